/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of imxdmabuffer check.
 */
#ifndef TOOLS_CHECK_H
#define TOOLS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "witness/witness.h"

/* A line of the cache, in bytes; of most processors, and the unit of the counts. */
#define CHECK_LINE 64

/* More than any cache of these boards. */
#define BALLAST_SIZE (8u << 20)

#define MAX_TRIALS 16
/* By the default, by the process, by the kernel. */
#define MAX_STRATEGIES 3

/* One session, and what the device or the CPU saw. */
struct trial {
	char const *session;
	/* The device reads what the CPU wrote. Otherwise the CPU reads what the device wrote. */
	bool device_reads;
	/* Without a session: wrong lines are expected. */
	bool is_control;
	size_t lines;
	/* Lines that the CPU wrote and the device did not see, or that the device wrote and the CPU did not see. */
	size_t wrong;
	/* The failure of a call, "" without one: nothing was counted then. */
	char error[WITNESS_TEXT];
};

/* A way to keep memory coherent, with all its trials. */
struct strategy {
	ImxDmaBufferCoherency coherency;
	/* Is it the one that programs get without a flag? */
	bool is_default;
	/* Does it promise to serve this kind of device? */
	bool serves;
	struct trial trials[MAX_TRIALS];
	size_t count;
};

struct check {
	/* The command line: NULL for the defaults. */
	char const *allocator_name, *witness_name;
	bool json;
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferAllocatorInfo info;
	struct witness const *witness;
	struct witness_facts facts;
	struct strategy strategies[MAX_STRATEGIES];
	size_t count;
	/* check_instruction.c: of a read-only mapping. */
	ImxDmaBufferTristate may_flush;
	char const *flush_signal;
};

/* What trials need besides the strategy. */
struct stand {
	struct check const *check;
	ImxDmaBuffer *buffer;
	/* Of `room` bytes each: what was written, the result that the device makes of it, and what was seen. */
	uint8_t *image, *expected, *seen;
	/* Larger than caches: reading it empties them. */
	uint8_t *ballast;
	uint64_t seed;
	/* Does the device copy, or does it make something else of an image? */
	bool is_copy;
};

/* check_trial.c: find out what the device makes of images. Returns 0, or -1 with witness_reason(). */
int stand_prepare(struct stand *stand);

/*
 * check_trial.c: run all trials on the buffer. A failure of the library is kept in the trial. Returns 0, or -1 with
 * witness_reason() if the witness fails.
 */
int run_trials(struct stand *stand, struct strategy *strategy);

/* check_instruction.c: clean and invalidate a range of a mapping with instructions, where a program can (arm64). */
void instruction_flush(void const *begin, size_t length);

/*
 * check_instruction.c: may a program do this on a read-only mapping? UNKNOWN where there are no such instructions.
 * signal: receives the name of the signal that ended the attempt, or NULL. fd: to be mapped, or -1.
 */
ImxDmaBufferTristate instruction_probe(int fd, char const **signal);

/* check_report.c: print the report, as text or JSON. Returns the exit code, after an error line if it is not 0. */
int report_check(struct check const *check);

#endif /* TOOLS_CHECK_H */
