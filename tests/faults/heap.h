/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Heap memory that runs out when the test says so, and an account of what is not given back. It sees the allocations of
 * the library, and those that the C library makes for it (opendir, dlopen), but not the simulator's own.
 */
#ifndef TESTS_FAULTS_HEAP_H
#define TESTS_FAULTS_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Begins to count, with an empty account. */
void heap_watch(void);

/* The nth next allocation fails, and if `for_good` all after it. 0: none. */
void heap_fail(unsigned int nth, bool for_good);

/* Ends counting and failing; the account stays. Returns the number of allocations, failed ones included. */
unsigned int heap_unwatch(void);

/* The number of blocks of the account that are alive; if there is one, *size and *caller tell the first. */
unsigned int heap_left(size_t *size, void const **caller);

#endif /* TESTS_FAULTS_HEAP_H */
