/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lifetimes of objects, on every board.
 */
#ifndef TESTS_LIFETIME_H
#define TESTS_LIFETIME_H

#include "sim.h"
#include "support.h"

#define SIZE 70000

/* The subject of the tests: a board and an allocator, fresh for each test. */
struct subject {
	char const *name;
	char const *policy;
	char const *board;
	char const *program; /* for exec */
	ImxDmaBufferAllocator *allocator;
	size_t descriptors; /* open before the allocator was created */
	size_t mappings; /* of memory files, likewise */
};

extern struct subject subject;

ImxDmaBuffer *allocate(size_t size);
uint8_t *map(ImxDmaBuffer *buffer, unsigned int flags);
void fill(uint8_t *memory, uint8_t seed);
/* Does the memory hold the bytes from fill()? */
int holds(uint8_t const *memory, uint8_t seed);
size_t count_descriptors(void);

int set_up(void **state);
int tear_down(void **state);

#define lifetime_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int run_object_tests(void);
int run_process_tests(void);

#endif /* TESTS_LIFETIME_H */
