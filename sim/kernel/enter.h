/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lock for all state of the simulator, and the entry of interposed functions. Only the public functions (sim.h,
 * vendor.h), the interposed functions and sim_resolve() take the lock; all other functions need it, unless a header
 * states otherwise.
 */
#ifndef SIM_ENTER_H
#define SIM_ENTER_H

#include <stdbool.h>

/* Lock and unlock. Neither changes errno. The thread cannot be cancelled meanwhile. After fork the lock is free. */
void sim_lock(void);
void sim_unlock(void);

/*
 * Hold the lock during each fork from now on. Handlers that are registered later run before: they may wait for threads
 * that call the simulator.
 */
void sim_watch_forks(void);

/* Evaluate an expression with the lock. */
#define SIM_LOCKED(expression)                                                                                         \
	({                                                                                                                 \
		__typeof__(expression) locked_result_;                                                                         \
		sim_lock();                                                                                                    \
		locked_result_ = (expression);                                                                                 \
		sim_unlock();                                                                                                  \
		locked_result_;                                                                                                \
	})

/*
 * Begin an interposed call and count it, without the lock. Returns false if the call must go to the real function only:
 * before the simulator has started, or if the simulator itself makes the call (for example through a sanitizer's
 * report).
 */
bool sim_enter(void);
/* Return whether sim_enter() would return false. */
bool sim_is_passed(void);

/* The number of calls that sim_enter() counted. */
unsigned long sim_total(void);
void sim_total_reset(void);

/* Set errno and return -1. Needs no lock. */
int sim_error(int code);

#endif /* SIM_ENTER_H */
