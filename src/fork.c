/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fork.h"

#include <pthread.h>
#include <stdatomic.h>

static _Atomic unsigned int generation;

static void count(void)
{
	atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
}

/* From the beginning: a child may be forked before it makes its first allocator, and its parent too. */
static __attribute__((constructor)) void begin(void)
{
	pthread_atfork(NULL, NULL, count);
}

unsigned int imxd_fork_generation(void)
{
	return atomic_load_explicit(&generation, memory_order_relaxed);
}
