/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program on a simulated board.
 */
#ifndef TOOLS_SIM_RUN_H
#define TOOLS_SIM_RUN_H

#include <limits.h>

#include "boards.h"

/* Of env(1): the program cannot be run, or is not there. */
enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

/*
 * Find the program that execvp() would run, and prepare the environment for the machine of these statements. board: for
 * its libraries, or NULL. Returns EXIT_DONE, or another exit code after an error line.
 */
int sim_prepare(char const *statements, struct board const *board, char const *name, char path[PATH_MAX]);

/* Become the program. Returns an exit code after an error line. */
int sim_become(char const *path, char **arguments);

/* Set a variable for the program. Returns EXIT_DONE, or EXIT_FAILED after an error line. */
int sim_set(char const *name, char const *value);

#endif /* TOOLS_SIM_RUN_H */
