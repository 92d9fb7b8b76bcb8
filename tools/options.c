/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

#include <stdbool.h>
#include <stdio.h>

#include "output.h"

/* The leading "-" keeps the order of the arguments, also if POSIXLY_CORRECT is set. */
#define SHORT_OPTIONS "-:h"

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

int next_option(int argc, char **argv, struct option const *options)
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

int print_command_help(struct command const *command)
{
	printf("usage: imxdmabuffer %s %s\n\n%s", command->name, command->usage, command->help);
	return output_flush();
}

struct option const json_options[] = {{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};

int read_json_option(struct command const *command, int argc, char **argv, int *json)
{
	int found;

	*json = 0;
	while ((found = next_option(argc, argv, command->options)) != OPTION_END) {
		if (found == 'h')
			return print_command_help(command) + 1;
		if (found == OPTION_ARGUMENT)
			return output_fail_usage("takes no argument, but \"%.60s\" was given", optarg) + 1;
		if (found == OPTION_BAD)
			return EXIT_USAGE + 1;
		*json = 1;
	}
	return 0;
}
