/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A subcommand, and the reading of its options.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <getopt.h>

struct command {
	char const *name;
	/* One line for the list of commands. */
	char const *summary;
	/* What --help prints below the usage line, lines broken already. */
	char const *help;
	/* Arguments and options, for the usage line. */
	char const *usage;
	/* argv[0] is the command's name. Returns the exit code, after an error line where it is not 0. */
	int (*run)(int argc, char **argv);
};

extern struct command const list_command, alloc_command, info_command;

/* What next_option() answers besides the `val` of an option. */
enum { OPTION_END = -1, OPTION_ARGUMENT = 1, OPTION_BAD = '?' };

/*
 * The next option or argument, in the order they stand in, also where POSIXLY_CORRECT is set; optarg is the text of
 * an argument, after "--" too. OPTION_BAD: the error line has been printed.
 */
int next_option(int argc, char **argv, struct option const *options);

/* Prints the command's help. Returns an exit code. */
int print_command_help(struct command const *command);

/* For commands that know --json and --help alone. *json: 0 or 1. Returns 0 to go on, or the exit code plus 1. */
int read_json_option(struct command const *command, int argc, char **argv, int *json);

#endif /* TOOLS_COMMAND_H */
