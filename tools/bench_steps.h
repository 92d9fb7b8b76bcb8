/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps of the operations that imxdmabuffer bench measures.
 */
#ifndef TOOLS_BENCH_STEPS_H
#define TOOLS_BENCH_STEPS_H

#include <stdint.h>

#include "bench.h"

/* For maps without sessions, which are measured by themselves. */
#define BENCH_MANUAL                                                                                                   \
	(IMX_DMA_BUFFER_MAPPING_FLAG_READ | IMX_DMA_BUFFER_MAPPING_FLAG_WRITE | IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC)

/* One allocator and size while it is measured. */
struct bench_run {
	struct bench const *bench;
	struct bench_allocator *allocator;
	bench_between *between;
	size_t size;
	/* For BENCH_OPERATIONS. */
	struct bench_value *values;
	/* Allocates: the allocator itself, or a pool around it. */
	ImxDmaBufferAllocator *source;
	ImxDmaBuffer *buffer;
	/* The mapping, and ordinary memory of the same size. */
	uint8_t *bytes, *ordinary;
};

/* One step. False: a reason was noted. */
typedef bool bench_step(struct bench_run *run);

struct bench_loop {
	enum bench_operation operation;
	/* Not timed; NULL: nothing. */
	bench_step *prepare;
	bench_step *work;
};

/* Note a failure. Returns false. */
bool bench_fail(struct bench_run *run, char const *reason);

/* Note why this size is not measured, which is no failure. Returns false. */
bool bench_refuse(struct bench_run *run, char const *reason);

bool bench_map(struct bench_run *run, unsigned int flags);

/* Write one byte to each page. */
void bench_touch(struct bench_run *run);

/* Free the buffer, if there is one. */
void bench_release(struct bench_run *run);

/* Of a mapped buffer, mapped with BENCH_MANUAL. */
bench_step bench_hold_session, bench_give_all, bench_take_all, bench_give_range, bench_take_range, bench_write_all,
	bench_write_range, bench_read_all, bench_copy_all;

/* Of a buffer that is not mapped. */
bench_step bench_map_again, bench_fill_frame;

/* Without a buffer; bench_allocate() leaves one behind. */
bench_step bench_allocate, bench_fill_new_frame, bench_get_and_return;

#endif /* TOOLS_BENCH_STEPS_H */
