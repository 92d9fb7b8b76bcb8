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
#include "imxdmabuffer/imxdmabuffer_ipc.h"
#include "imxdmabuffer/imxdmabuffer_pool.h"
#include "imxdmabuffer/imxdmabuffer_view.h"

#define THREADS 8

/* The slice of a shared buffer that one thread writes to: whole pages, so that threads share no cache line. */
#define PART 8192
#define SHARED_SIZE ((size_t)THREADS * PART)

struct worker {
	unsigned int number; /* 0 to THREADS - 1 */
	uint32_t random;
	unsigned long rounds;
	char const *failure; /* NULL: all is well */
	char detail[256];
	/* Sometimes freed while mapped: the next one is at its address. */
	ImxWrappedDmaBuffer wrapped;
};

/*
 * Used by all threads; created before them, and freed after them. If contents are checked, only one object stands for
 * the memory: a session of another object may discard writes through this one.
 */
struct shared {
	char const *name; /* of the allocator */
	char const *policy; /* of physical addresses: "required" or "optional" */
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferAllocator *pool; /* around another one, or the allocator itself if that is a pool */
	ImxDmaBufferAllocator *slab; /* around another one, or NULL */
	ImxDmaBuffer *buffer; /* mapped without MANUAL_SYNC, contents are checked */
	ImxDmaBuffer *manual; /* mapped with it, and by other objects too; contents are not checked */
	int copy; /* duplicate of the descriptor of `manual`, -1 if there is none */
	ImxWrappedDmaBuffer wrapped; /* memory of its own, contents are checked; descriptor -1 if there is none */
	/* The IPU's node, -1 if there is none. Opened once: with later drivers a close may free the memory of others. */
	int ipu;
};

extern struct shared shared;

/* One action of a thread. The order is random. */
struct action {
	char const *name;
	void (*run)(struct worker *worker);
};

extern struct action const actions[];
extern size_t const num_actions;

/* Record the first failure of a worker, with the library's message. */
void fail(struct worker *worker, char const *what);

/* Fail unless the condition holds. */
#define expect(worker, condition)                                                                                      \
	do {                                                                                                               \
		if (!(condition))                                                                                              \
			fail(worker, #condition);                                                                                  \
	} while (0)

uint32_t next_random(struct worker *worker);

/* Actions of frames.c. */
void use_pool(struct worker *worker);
void use_views(struct worker *worker);
void use_slab(struct worker *worker);
void use_fences(struct worker *worker);

/* Bytes that depend on the seed. */
static inline void fill(uint8_t *memory, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++)
		memory[i] = (uint8_t)(i * 31 + seed);
}

static inline bool holds(uint8_t const *memory, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++)
		if (memory[i] != (uint8_t)(i * 31 + seed))
			return false;
	return true;
}

#endif /* TESTS_THREADS_H */
