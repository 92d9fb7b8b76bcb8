/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every public function from many threads at once.
 */
#ifndef TESTS_THREADS_H
#define TESTS_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#define THREADS 8

/* The part of a shared buffer that one thread writes to: pages, so that no cache line is shared. */
#define PART 8192
#define SHARED_SIZE ((size_t)THREADS * PART)

struct worker {
	unsigned int number; /* 0 to THREADS - 1 */
	uint32_t random;
	unsigned long rounds;
	char const *failure; /* NULL: all is well */
	char detail[256];
	/* Freed without a word now and then: the next one is at its address. */
	ImxWrappedDmaBuffer wrapped;
};

/*
 * What all threads use; made before them, and freed after them. Where contents are checked, one object alone stands for
 * the memory: a session of another one may throw away what is written in this one's.
 */
struct shared {
	char const *name; /* of the allocator */
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer; /* mapped without MANUAL_SYNC, contents are checked */
	ImxDmaBuffer *manual; /* mapped with it, and by other objects too; contents are not checked */
	int copy; /* of the descriptor of `manual`, -1 where there is none */
	ImxWrappedDmaBuffer wrapped; /* memory of its own, contents are checked; descriptor -1 where there is none */
	/* The IPU's node, -1 where there is none. Opened once: with later drivers a close may free what others have. */
	int ipu;
};

extern struct shared shared;

/* One thing that a thread does; the order is random. */
struct action {
	char const *name;
	void (*run)(struct worker *worker);
};

extern struct action const actions[];
extern size_t const num_actions;

/* Notes the first failure of a worker, with the library's sentence. */
void fail(struct worker *worker, char const *what);

/* Fails unless the condition holds. */
#define expect(worker, condition)                                                                                      \
	do {                                                                                                               \
		if (!(condition))                                                                                              \
			fail(worker, #condition);                                                                                  \
	} while (0)

uint32_t next_random(struct worker *worker);

#endif /* TESTS_THREADS_H */
