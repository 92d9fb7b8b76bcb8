/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counters, scripted failures and misuses of calls.
 */
#ifndef SIM_CALLS_H
#define SIM_CALLS_H

#include <stdbool.h>

#include "kernel/constants.h"

/* Indexed by enum sim_call. */
extern char const *const sim_call_names[SIM_CALLS];

/* Count a call on a simulated object. Returns false, with errno set, if the call is scripted to fail. */
bool sim_admit(enum sim_call call);

/* As sim_admit(), for an ioctl: counts SIM_CALL_IOCTL too. */
bool sim_admit_ioctl(enum sim_call call);

/* The internals of the functions of the same names in sim.h. */
int sim_call_fail(enum sim_call call, unsigned int nth, int code, unsigned int times);
void sim_call_forget_failures(void);
unsigned long sim_call_count(enum sim_call call);
void sim_call_reset_counts(void);

/* Count a misuse: a call that succeeds, but that no program should make. The first one keeps its description. */
__attribute__((format(printf, 1, 2))) void sim_note_misuse(char const *format, ...);
unsigned long sim_misuse_count(void);
/* The description of the first misuse, or "". */
char const *sim_misuse_first(void);
void sim_misuse_reset(void);

#endif /* SIM_CALLS_H */
