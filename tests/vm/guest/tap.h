/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Results of tests in the Test Anything Protocol, on standard output.
 */
#ifndef VM_TAP_H
#define VM_TAP_H

#include <stdbool.h>

/* One line for one test; returns good. */
bool tap(bool good, char const *format, ...) __attribute__((format(printf, 2, 3)));
/* "yes", or what errno says. */
char const *tap_why(bool good);
/* The test that would stand here cannot run; the reason ends the line. */
void tap_skip(char const *name, char const *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds to what went before, for whoever reads a failure. */
void tap_note(char const *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints the plan. Returns the exit status: 0, 1 when a test failed or none ran, 77 when all were skipped. */
int tap_done(void);

#endif
