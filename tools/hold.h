/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for a time that the user can cut short with SIGINT, SIGTERM or SIGHUP.
 */
#ifndef TOOLS_HOLD_H
#define TOOLS_HOLD_H

#include <time.h>

/*
 * Block the signals that end a wait. Call this when all is done that must be done before the wait: from then on, a
 * signal ends the wait, and is not lost if it comes earlier.
 */
void hold_prepare(void);

/* Wait for the duration, or until one of these signals arrives. Returns the seconds that have passed. */
double hold_wait(struct timespec duration);

/* Parse seconds such as 2 or 0.5. Returns 0 or -1. */
int hold_parse(char const *text, struct timespec *duration);

#endif /* TOOLS_HOLD_H */
