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
	/* The text of --help below the usage line, with line breaks. */
	char const *help;
	/* Arguments and options, for the usage line. */
	char const *usage;
	/* For next_option() and for the completion of command lines. */
	struct option const *options;
	/* argv[0] is the command's name. Returns the exit code; prints an error line if it is not 0. */
	int (*run)(int argc, char **argv);
};

extern struct command const list_command, alloc_command, info_command, complete_command;

/* The options of commands that have only --json and --help. */
extern struct option const json_options[];

/* main.c: the commands; the last entry is NULL. */
extern struct command const *const commands[];

/* Results of next_option() besides the `val` of an option. */
enum { OPTION_END = -1, OPTION_ARGUMENT = 1, OPTION_BAD = '?' };

/*
 * Return the next option or argument, in the order of the command line, also if POSIXLY_CORRECT is set. For an
 * argument, optarg is its text, also after "--". OPTION_BAD: the error line was printed.
 */
int next_option(int argc, char **argv, struct option const *options);

/* Print the command's help. Returns an exit code. */
int print_command_help(struct command const *command);

/*
 * Parse the options of a command that has only --json and --help. *json: 0 or 1. Returns 0 to go on, or the exit code
 * plus 1.
 */
int read_json_option(struct command const *command, int argc, char **argv, int *json);

#endif /* TOOLS_COMMAND_H */
