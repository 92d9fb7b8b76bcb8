/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Print test results on standard output in the Test Anything Protocol.
 */
#ifndef VM_TAP_H
#define VM_TAP_H

#include <stdbool.h>

/* Print the line of a test. Return good. */
bool tap(bool good, char const *format, ...) __attribute__((format(printf, 2, 3)));
/* Return "yes" if good, otherwise the message for errno. */
char const *tap_why(bool good);
/* Print the line of a skipped test, with the reason. */
void tap_skip(char const *name, char const *format, ...) __attribute__((format(printf, 2, 3)));
/* Print a comment that helps to understand a failure. */
void tap_note(char const *format, ...) __attribute__((format(printf, 1, 2)));
/* Print the plan. Return the exit status: 0, 1 if a test failed or none ran, 77 if all were skipped. */
int tap_done(void);

#endif
