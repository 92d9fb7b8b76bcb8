/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that a driver or a library accepts, but that no program should make.
 */
#ifndef SIM_MISUSE_H
#define SIM_MISUSE_H

/* Count a misuse. The first one keeps its description. */
__attribute__((format(printf, 1, 2))) void sim_note_misuse(char const *format, ...);
unsigned long sim_misuse_count(void);
/* The description of the first misuse, or "". */
char const *sim_misuse_first(void);
void sim_misuse_reset(void);

#endif /* SIM_MISUSE_H */
