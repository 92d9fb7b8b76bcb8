/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TOOLS_SIM_CHECK_H
#define TOOLS_SIM_CHECK_H

#include <stdbool.h>

/* The exit code if there are findings. */
#define SIM_EXIT_FINDINGS 99

/*
 * Run a program whose environment is prepared, and report what it does wrong with caches. trace: look at each access of
 * the CPU. file: for the report as JSON, or NULL. Returns SIM_EXIT_FINDINGS, the exit code of the program, 128 plus its
 * signal, or EXIT_FAILED after an error line.
 */
int sim_check(char const *path, char **arguments, bool trace, char const *file);

#endif /* TOOLS_SIM_CHECK_H */
