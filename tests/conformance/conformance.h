/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One suite for every allocator. It uses the public interface only, so that it runs on the simulator and on real
 * kernels alike, and asks of an allocator what its capabilities promise.
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include "support.h"

/* What the suite runs on: a fresh allocator for each test, and what is promised for it. */
struct subject {
	char const *name;
	ImxDmaBufferAllocator *allocator;
	unsigned int capabilities;
	/* Open descriptors before the allocator was made. */
	size_t descriptors;
};

extern struct subject subject;

/* The number of open descriptors of this process. */
size_t count_descriptors(void);

/* Allocates, or fails the test with the sentence. */
ImxDmaBuffer *allocate(size_t size, size_t alignment);

/* Maps, or fails the test with the sentence. */
uint8_t *map(ImxDmaBuffer *buffer, unsigned int flags);

/* Fills memory with bytes that depend on the seed and the place; check tells the first wrong place, or the length. */
void fill_pattern(uint8_t *memory, size_t length, unsigned int seed);
size_t check_pattern(uint8_t const *memory, size_t length, unsigned int seed);

int setup_subject(void **state);
int teardown_subject(void **state);

#define conformance_test(function) cmocka_unit_test_setup_teardown(function, setup_subject, teardown_subject)

/* The machine that the suite runs on: simulated.c or real.c. The check is that nothing of its memory is left. */
void start_board(void);
int check_board(void);
/* Why DMA-BUFs of this machine cannot go to another process; NULL: they can. */
char const *board_has_one_process(void);

int run_memory_tests(void);
int run_object_tests(void);
int run_passing_tests(void);

#endif /* TESTS_CONFORMANCE_H */
