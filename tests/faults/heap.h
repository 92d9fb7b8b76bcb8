/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes malloc'd memory run out at a chosen allocation, and records blocks that are not freed. Sees the allocations of
 * the library, and those of the C library on its behalf (opendir, dlopen), but not those of the simulator.
 */
#ifndef TESTS_FAULTS_HEAP_H
#define TESTS_FAULTS_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Begin to count, with no recorded blocks. */
void heap_watch(void);

/* Make the nth next allocation fail, and with `for_good` all after it. 0: none. */
void heap_fail(unsigned int nth, bool for_good);

/* Stop counting and failing; the record stays. Returns the number of allocations, failed ones included. */
unsigned int heap_unwatch(void);

/* Return the number of recorded blocks that are not freed. If there is one, *size and *caller describe the first. */
unsigned int heap_left(size_t *size, void const **caller);

#endif /* TESTS_FAULTS_HEAP_H */
