/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One lock for all state of the simulator; counters and scripted failures of calls.
 */
#ifndef SIM_CALLS_H
#define SIM_CALLS_H

#include <stdbool.h>

#include "sim.h"

/*
 * All but these, sim_enter() and sim_error() need the lock. Neither changes errno, and the lock is free in a fork.
 */
void sim_lock(void);
void sim_unlock(void);

/*
 * Begins an interposed call: counts it, on whatever object. False if the simulator has no part in it: when it is not
 * awake yet, or when it is the caller in some way, as with a sanitizer that reports on the simulator.
 */
bool sim_enter(void);
/* Only whether it would be false. */
bool sim_is_passed(void);

/* The count of sim_enter(). */
unsigned long sim_total(void);
void sim_total_reset(void);

/* Counts a call on a simulated object. False, with errno set, if the call is scripted to fail. */
bool sim_admit(enum sim_call call);

/* The same for an ioctl of a kind of its own; SIM_CALL_IOCTL for one without. */
bool sim_admit_ioctl(enum sim_call call);

/* sim_fail() with the lock held. */
int sim_script(enum sim_call call, unsigned int nth, int code, unsigned int times);

/* Forgets counters and scripted failures. */
void sim_reset_calls(void);

/* Sets errno and returns -1. */
int sim_error(int code);

#endif /* SIM_CALLS_H */
