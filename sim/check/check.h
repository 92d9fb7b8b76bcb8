/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The check for mistakes with caches: the observer of the simulated kernel.
 */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include <stdbool.h>

/* Begin to check. Findings go to a file. trace: guard pages as well. Takes the lock. */
void sim_check_start(char const *path, bool trace);
/* Return whether it has begun. Needs no lock. */
bool sim_check_is_on(void);
/* Report what is left at the end of the process. Takes the lock. */
void sim_check_end(void);

#endif /* SIM_CHECK_H */
