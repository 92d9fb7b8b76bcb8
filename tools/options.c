/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

#include <stdbool.h>
#include <stdio.h>

#include "files.h"
#include "output.h"

/* The leading "-" keeps the order of the arguments, also if POSIXLY_CORRECT is set. */
#define SHORT_OPTIONS "-:h"

/* Results of next_option() besides those of command.h. */
enum { OPTION_END = -1, OPTION_BAD = '?' };

static int report_bad_option(int found, char **argv)
{
	char const *text = argv[optind - 1];

	if (found == ':')
		output_fail_usage("the option %s needs a value", text);
	else if (optopt > ' ' && optopt < 0x7f && text[0] == '-' && text[1] != '-')
		output_fail_usage("unknown option -%c", optopt);
	else
		output_fail_usage("unknown, ambiguous or wrongly used option \"%.60s\"", text);
	return OPTION_BAD;
}

/*
 * Return the next option or argument. For an argument, optarg is its text, also after "--". OPTION_BAD: the error line
 * was printed.
 */
static int next_option(int argc, char **argv, struct option const *options)
{
	/* Set after "--": another call of getopt_long() would start again. */
	static bool only_arguments;
	int found = OPTION_END;

	opterr = 0;
	if (!only_arguments)
		found = getopt_long(argc, argv, SHORT_OPTIONS, options, NULL);
	if (found == ':' || found == '?')
		return report_bad_option(found, argv);
	if (found != OPTION_END)
		return found;
	only_arguments = true;
	if (optind >= argc)
		return OPTION_END;
	optarg = argv[optind++];
	return OPTION_ARGUMENT;
}

static int print_help(struct command const *command)
{
	printf("usage: imxdmabuffer %s %s\n\n%s", command->name, command->usage, command->help);
	return output_flush();
}

int read_options(struct command const *command, int argc, char **argv, take_option *take, void *context)
{
	int option, code;

	while ((option = next_option(argc, argv, command->options)) != OPTION_END) {
		if (option == OPTION_HELP || option == 'h')
			return print_help(command) + 1;
		if (option == OPTION_BAD)
			return EXIT_USAGE + 1;
		if (option == OPTION_ROOT) {
			files_set_root(optarg);
			continue;
		}
		code = take(context, option, optarg);
		if (code == OPTIONS_STOP)
			return 0;
		if (code != EXIT_DONE)
			return code + 1;
	}
	return 0;
}

static int take_json(void *json, int option, char const *text)
{
	if (option == OPTION_ARGUMENT)
		return output_fail_usage("takes no argument, but \"%.60s\" was given", text);
	*(int *)json = 1;
	return EXIT_DONE;
}

int read_json_option(struct command const *command, int argc, char **argv, int *json)
{
	*json = 0;
	return read_options(command, argc, argv, take_json, json);
}
