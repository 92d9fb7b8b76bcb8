/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Accesses to guarded pages: by the program, which faults, and by the kernel, which would fail with EFAULT.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Catch faults from now on. Takes the lock, as the other functions. */
void sim_fault_start(void);
/* Return whether faults are caught, and the program's own handler is only called. Needs no lock. */
bool sim_fault_is_on(void);
/* sigaction() of the program for SIGSEGV. action, old: or NULL. */
void sim_fault_chain(struct sigaction const *action, struct sigaction *old);

/* The kernel will read or write this memory for the program. */
void sim_fault_transfer(void const *data, size_t length, bool write);
/* A driver gets this argument of `size` bytes: memory to which it points stays accessible for good. */
void sim_fault_argument(void const *argument, size_t size);

#endif /* SIM_FAULT_H */
