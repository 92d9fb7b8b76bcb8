/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands of the program, and the parser of their options.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <getopt.h>
#include <stddef.h>

/* The allocator that serves every machine, but only by name. */
#define FALLBACK_ALLOCATOR "host"

struct command {
	char const *name;
	/* One line for the list of commands; NULL for commands that are called by scripts only, which are not listed. */
	char const *summary;
	/* Arguments and options, for the usage line. */
	char const *usage;
	/* The text of --help below the usage line, with line breaks. */
	char const *help;
	/* Ends with an option without a name. */
	struct option const *options;
	/* argv[0] is the command's name. Returns the exit code; prints an error line if it is not 0. */
	int (*run)(struct command const *command, int argc, char **argv);
};

/* From commands.py: the commands; the last one has no name. */
extern struct command const commands[];

/* OPTION_JSON and the numbers of all other options, and the function run_NAME() of each command. */
#include "options.inc"

/* Passed to a take_option function for an argument. */
#define OPTION_ARGUMENT 1

/* Returned by it: the rest of the command line is for another program. optind: the index of the rest. */
#define OPTIONS_STOP (-1)

/*
 * Take one option or argument. option: a number of options.inc, or OPTION_ARGUMENT. text: the argument, or the value of
 * the option. Returns EXIT_DONE, OPTIONS_STOP, or another exit code after an error line.
 */
typedef int take_option(void *context, int option, char const *text);

/*
 * Parse the command line, in its order, also if POSIXLY_CORRECT is set. This function does --help and --root itself.
 * Returns 0 to go on, or the exit code plus 1.
 */
int read_options(struct command const *command, int argc, char **argv, take_option *take, void *context);

/* Parse the command line of a command that has only --json and --help. *json: 0 or 1. Returns as read_options(). */
int read_json_option(struct command const *command, int argc, char **argv, int *json);

#endif /* TOOLS_COMMAND_H */
