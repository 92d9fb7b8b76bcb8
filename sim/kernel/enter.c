/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Like the interposed functions, this file is never compiled for ThreadSanitizer: gcc's runtime calls the program's
 * mmap() before the runtime has started.
 */
#include "kernel/enter.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "kernel/observer.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* The holder's state of cancellation before it took the lock. */
static int cancel_state;
static atomic_ulong total;
static atomic_bool awake;
static _Thread_local bool inside;

void sim_watch_forks(void)
{
	static atomic_bool watching;

	if (!atomic_exchange(&watching, true))
		pthread_atfork(sim_lock, sim_unlock, sim_unlock);
}

/* Sanitizers and allocators have started by then. */
__attribute__((constructor(101))) static void wake_up(void)
{
	sim_watch_forks();
	atomic_store(&awake, true);
}

void sim_lock(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	/* A signal handler that runs while the mutex is taken or given back must not wait for it. */
	inside = true;
	atomic_signal_fence(memory_order_seq_cst);
	pthread_mutex_lock(&mutex);
	cancel_state = state;
}

void sim_unlock(void)
{
	int state = cancel_state;

	pthread_mutex_unlock(&mutex);
	atomic_signal_fence(memory_order_seq_cst);
	inside = false;
	if (sim_observer)
		sim_observer->unlocked();
	pthread_setcancelstate(state, NULL);
}

bool sim_is_passed(void)
{
	return inside || !atomic_load_explicit(&awake, memory_order_relaxed);
}

bool sim_enter(void)
{
	if (sim_is_passed())
		return false;
	atomic_fetch_add_explicit(&total, 1, memory_order_relaxed);
	return true;
}

unsigned long sim_total(void)
{
	return atomic_load(&total);
}

void sim_total_reset(void)
{
	atomic_store(&total, 0);
}

int sim_error(int code)
{
	errno = code;
	return -1;
}
