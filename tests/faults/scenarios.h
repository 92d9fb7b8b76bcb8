/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is run again and again, each time with another failure.
 *
 * A scenario is one function in the table of scenarios.c or of a file that it names. It uses the library only through
 * the macros of check.h, goes on after failures, gives everything back, allocates no heap memory itself, and does the
 * same each time. The failures are found by the driver.
 */
#ifndef TESTS_FAULTS_SCENARIOS_H
#define TESTS_FAULTS_SCENARIOS_H

#include "check.h"

/* The board that the scenarios run on. */
struct board {
	char const *allocator; /* "dma-heap", "host:memfd" */
	bool cached; /* ION with its flag for cached memory */
	char const *policy; /* of physical addresses, as in IMXDMABUFFER_PHYSICAL_ADDRESS */
	char const *configuration; /* as sim_configure() takes it */
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

/* The board's allocator, and a buffer of it. */
ImxDmaBufferAllocator *new_allocator(void);
ImxDmaBuffer *new_buffer(ImxDmaBufferAllocator *allocator, size_t size);

/* A new descriptor of memory that the board's allocator made, -1 where it has none. */
int new_descriptor(size_t size);

/* The board's allocator is this one. */
bool board_has(char const *name);

#endif /* TESTS_FAULTS_SCENARIOS_H */
