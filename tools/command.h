/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A subcommand, and the reading of its options.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <getopt.h>
#include <stddef.h>

struct command {
	char const *name;
	/* One line for the list of commands; NULL for one that people do not call, which is not listed. */
	char const *summary;
	/* What --help prints below the usage line, lines broken already. */
	char const *help;
	/* Arguments and options, for the usage line. */
	char const *usage;
	/* What it takes, for next_option() and for the completion of command lines. */
	struct option const *options;
	/* argv[0] is the command's name. Returns the exit code, after an error line where it is not 0. */
	int (*run)(int argc, char **argv);
};

extern struct command const list_command, alloc_command, info_command, complete_command;

/* The options of commands that know --json and --help alone. */
extern struct option const json_options[];

/* main.c: the commands, up to a NULL. */
extern struct command const *const commands[];

/* info.c: the names of the allocators that are built in; NULL beyond the last one. */
char const *allocator_name(size_t index);

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
