/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer complete: completions for a shell, from the same tables as the commands. completion.bash calls it with
 * the words of the command line as bash splits them: "=" and ":" are separate words.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "boards.h"
#include "command.h"
#include "output.h"
#include "size.h"

/* Print a candidate that begins with the typed text. */
static void offer(char const *typed, char const *candidate)
{
	if (strncmp(candidate, typed, strlen(typed)) == 0)
		puts(candidate);
}

static void offer_option(char const *typed, char const *name)
{
	char text[64];

	snprintf(text, sizeof(text), "--%s", name);
	offer(typed, text);
}

static void offer_commands(char const *typed)
{
	for (struct command const *command = commands; command->name; command++)
		if (command->summary)
			offer(typed, command->name);
	/* Without a typed dash, offer commands only. */
	if (typed[0] == '-') {
		offer(typed, "--help");
		offer(typed, "--version");
	}
}

static struct command const *find_command(char const *name)
{
	for (struct command const *command = commands; command->name; command++)
		if (command->summary && strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

/* Return the option with this full name if it takes a value. */
static struct option const *find_valued(struct command const *command, char const *word)
{
	struct option const *option = command->options;

	while (option->name &&
		(strncmp(word, "--", 2) != 0 || strcmp(option->name, word + 2) != 0 || option->has_arg == no_argument))
		option++;
	return option->name ? option : NULL;
}

static void offer_values(struct option const *option, char const *typed)
{
	char const *name;

	if (strcmp(option->name, "board") == 0)
		for (struct board const *board = boards; board->name; board++)
			offer(typed, board->name);
	if (strcmp(option->name, "allocator") != 0)
		return;
	for (size_t i = 0; (name = imx_dma_buffer_builtin_allocator_name(i)); i++)
		offer(typed, name);
}

/* Offer formats after WIDTHxHEIGHT and a colon. */
static void offer_formats(char const *dimensions, char const *typed)
{
	char text[SIZE_MESSAGE], *rest = NULL;

	if (dimensions[strspn(dimensions, "0123456789xX")] != '\0' || !strpbrk(dimensions, "xX"))
		return;
	size_list_formats(text, sizeof(text));
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		offer(typed, word);
}

/* Is there a "--" that is not the value of an option? Only arguments follow it. */
static bool options_ended(struct command const *command, char **words, int count)
{
	for (int i = 1; i < count - 1; i++) {
		if (strcmp(words[i], "--") == 0)
			return true;
		if (find_valued(command, words[i]))
			i += (strcmp(words[i + 1], "=") == 0) ? 2 : 1;
	}
	return false;
}

static void offer_arguments(struct command const *command, char **words, int count)
{
	char const *typed = words[count - 1], *last = words[count - 2];
	bool only_arguments = options_ended(command, words, count);
	struct option const *option;

	/* If nothing follows a separator, bash passes the separator as the word to complete. */
	if (strcmp(typed, ":") == 0 || strcmp(typed, "=") == 0) {
		last = typed;
		typed = "";
		count++;
	}
	if (strcmp(last, ":") == 0 && count > 3) {
		offer_formats(words[count - 3], typed);
		return;
	}
	if (only_arguments)
		return;
	option = find_valued(command, (strcmp(last, "=") == 0 && count > 3) ? words[count - 3] : last);
	if (option) {
		offer_values(option, typed);
	} else if (typed[0] == '-') {
		for (option = command->options; option->name; option++)
			offer_option(typed, option->name);
	}
}

int run_complete(struct command const *command, int argc, char **argv)
{
	/* argv: the name of this command, "--", and at least the word to complete. */
	char **words = argv + 2;
	int count = argc - 2;

	if (count < 1 || strcmp(argv[1], "--") != 0)
		return output_fail(EXIT_USAGE,
			"for shells only: complete -- WORD..., where the last word is the one to complete");
	command = find_command(words[0]);
	if (count == 1)
		offer_commands(words[0]);
	else if (command)
		offer_arguments(command, words, count);
	return output_flush();
}
