/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scenarios, which are repeated with a different failure each time.
 *
 * A scenario is one function in a table: that of scenarios.c, or those declared below. It uses the library only through
 * the macros of check.h, goes on after failures, frees all it allocates, allocates no memory with malloc() itself, and
 * does the same each time. The driver creates the failures.
 */
#ifndef TESTS_FAULTS_SCENARIOS_H
#define TESTS_FAULTS_SCENARIOS_H

#include "check.h"

/* The board that the scenarios run on. */
struct board {
	char const *allocator; /* "dma-heap", "host:memfd" */
	bool is_pool; /* the name begins with "pool:" */
	bool is_slab; /* the allocator is behind a slab */
	bool cached; /* ION with its flag for cached memory */
	char const *policy; /* of physical addresses, as in IMXDMABUFFER_PHYSICAL_ADDRESS */
	char const *configuration; /* text for sim_configure() */
};

extern struct board board;

struct scenario {
	char const *name;
	void (*run)(void);
};

/* Tables that end with a scenario without a name. */
extern struct scenario const buffer_scenarios[];
extern struct scenario const wrapped_scenarios[];
extern struct scenario const allocator_scenarios[];
extern struct scenario const kind_scenarios[];
extern struct scenario const passing_scenarios[];
extern struct scenario const pool_scenarios[];

/* Set the members of the board that depend on its allocator, as for new_allocator_of_board(). */
void describe_board(char const *allocator);

/* Create the board's allocator, or a buffer from it. */
ImxDmaBufferAllocator *new_allocator(void);
ImxDmaBuffer *new_buffer(ImxDmaBufferAllocator *allocator, size_t size);

/* Return a new descriptor of memory from the board's allocator, or -1 if its memory has no descriptor. */
int new_descriptor(size_t size);

/* Is this the board's allocator? */
bool board_has(char const *name);

#endif /* TESTS_FAULTS_SCENARIOS_H */
