/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of imxdmabuffer bench.
 */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "bench_time.h"

#define BENCH_SIZES 8
/* The picture has room for the letters of as many. */
#define BENCH_ALLOCATORS 16
/* Room for a reason, without what the library's longest messages list at their end. */
#define BENCH_REASON 512

/* What is measured, in the order of the output. See bench_operations. */
enum bench_operation {
	BENCH_ALLOCATE,
	BENCH_MAP,
	BENCH_FIRST_TOUCH,
	BENCH_UNMAP,
	BENCH_FREE,
	BENCH_MAP_AGAIN,
	BENCH_SESSION,
	BENCH_ALL_TO_DEVICE,
	BENCH_ALL_FROM_DEVICE,
	BENCH_RANGE_TO_DEVICE,
	BENCH_RANGE_FROM_DEVICE,
	BENCH_POOL,
	BENCH_FRAME_NEW,
	BENCH_FRAME_POOL,
	BENCH_FRAME_MAPPED,
	BENCH_WRITE,
	BENCH_READ,
	BENCH_COPY,
	BENCH_OPERATIONS
};

struct bench_operation_text {
	/* The name in JSON, and the words in tables. */
	char const *name, *label;
	/* Is the value a speed in MiB/s? Otherwise it is a time in ns. */
	bool is_speed;
};

extern struct bench_operation_text const bench_operations[BENCH_OPERATIONS];

/* An allocator, and what was measured. */
struct bench_allocator {
	/* As on the command line; malloc'd. */
	char *name;
	/* The flags for opening it. */
	unsigned int flags;
	/* Who maintains caches: "user" or "kernel"; NULL if that cannot be chosen. */
	char const *sync;
	ImxDmaBufferAllocatorInfo info;
	/* Of a buffer, which may know more than the allocator. */
	ImxDmaBufferCoherency coherency;
	/* No repetitions: not measured. */
	struct bench_value values[BENCH_SIZES][BENCH_OPERATIONS];
	/* The sizes from this index on were not measured; the reason is "" if there are none. */
	size_t skipped_from;
	char reason[BENCH_REASON];
	/* Is the reason another one than that memory cannot be allocated? */
	bool failed;
};

struct bench {
	/* In ascending order. */
	size_t sizes[BENCH_SIZES];
	size_t size_count;
	struct bench_allocator allocators[BENCH_ALLOCATORS];
	size_t allocator_count;
	/* Built-in allocators that are not usable, separated by blanks. */
	char unusable[128];
	/* For each operation and size, in ns. */
	double budget;
	bool quick;
	/* The control loop, in ns. */
	struct bench_value control;
	bool noisy;
};

/* bench_find.c: add the usable allocators of this machine. Returns an exit code. */
int bench_find_all(struct bench *bench);

/* bench_find.c: add an allocator by name. Returns an exit code; prints an error line if it is not 0. */
int bench_find(struct bench *bench, char const *name);

/* Called between two operations, with the one that comes next. */
typedef void bench_between(struct bench_allocator const *allocator, size_t size, enum bench_operation next);

/* bench_measure.c: measure all operations with this size. False: see skipped_from. */
bool bench_measure(struct bench const *bench, struct bench_allocator *allocator, size_t size_index,
	bench_between *between);

/* bench_report.c: print the tables. Returns an exit code. */
int bench_print_text(struct bench const *bench);

/* bench_report.c: print the JSON document. Returns an exit code. */
int bench_print_json(struct bench const *bench);

/* bench_report.c: write a size such as "64K". Returns text. */
char const *bench_write_size(char text[16], size_t size);

/* bench_plot.c: write the picture. Returns an exit code. */
int bench_plot(struct bench const *bench, char const *path);

#endif /* TOOLS_BENCH_H */
