/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer top: the DMA-BUFs of the system, and who holds them.
 */
#include "top.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "hold.h"
#include "output.h"
#include "size.h"

struct options {
	int (*compare)(void const *a, void const *b);
	pid_t pid;
	struct timespec wait;
	bool diff, once, json;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* The order must not depend on the order in /proc: inodes are the last criterion. */
static int by_size(void const *a, void const *b)
{
	struct dmabuf const *one = a, *other = b;

	return (one->size != other->size) ? compare_numbers(one->size, other->size)
									  : compare_numbers(other->inode, one->inode);
}

static int by_name(void const *a, void const *b)
{
	struct dmabuf const *one = a, *other = b;
	int order = strcmp(one->name, other->name);

	return (order != 0) ? order : by_size(a, b);
}

static int by_holders(void const *a, void const *b)
{
	struct dmabuf const *one = a, *other = b;

	return (one->count != other->count) ? compare_numbers(one->count, other->count) : by_size(a, b);
}

static int read_order(struct options *options, char const *text)
{
	static struct {
		char const *name;
		int (*compare)(void const *a, void const *b);
	} const orders[] = {{"size", by_size}, {"name", by_name}, {"holders", by_holders}};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(text, orders[i].name) == 0) {
			options->compare = orders[i].compare;
			return EXIT_DONE;
		}
	}
	return output_fail_usage("--sort: \"%.60s\" is none of size, name and holders", text);
}

/* PID_MAX_LIMIT, include/linux/threads.h of Linux 6.1. */
#define MAX_PID (4 << 20)

static int read_pid(struct options *options, char const *text)
{
	size_t number;

	if (size_parse_number(text, &number) != 0 || number == 0 || number > MAX_PID)
		return output_fail_usage("--pid: \"%.60s\" is not the number of a process", text);
	options->pid = (pid_t)number;
	return EXIT_DONE;
}

static int read_wait(struct options *options, char const *text)
{
	options->diff = true;
	if (hold_parse(text, &options->wait) == 0)
		return EXIT_DONE;
	return output_fail_usage("--diff: \"%.60s\" is not a time in seconds, such as 5 or 0.5", text);
}

static int take_option_of_top(void *context, int option, char const *text)
{
	struct options *options = context;

	switch (option) {
	case OPTION_SORT:
		return read_order(options, text);
	case OPTION_PID:
		return read_pid(options, text);
	case OPTION_DIFF:
		return read_wait(options, text);
	case OPTION_ONCE:
		options->once = true;
		return EXIT_DONE;
	case OPTION_JSON:
		options->json = true;
		return EXIT_DONE;
	default:
		return output_fail_usage("takes no argument, but \"%.60s\" was given", text);
	}
}

/* Returns 0, or -1 with errno. */
static int take_survey(void *context, struct survey *survey)
{
	struct options const *options = context;

	if (survey_take(survey, options->pid) != 0)
		return -1;
	survey_sort(survey, options->compare);
	return 0;
}

/* Print the error line for errno. */
static int fail(struct options const *options)
{
	if (errno == ESRCH)
		return output_fail(EXIT_FAILED, "there is no process %d, or it is hidden from this user", (int)options->pid);
	return output_fail(EXIT_FAILED, "/proc cannot be read: %s", strerror(errno));
}

static int print_difference(struct options *options)
{
	struct survey before, after;
	double seconds;
	int code;

	if (take_survey(options, &before) != 0)
		return fail(options);
	hold_prepare();
	output_note("%zu DMA-BUFs now; the differences follow after the time, or at SIGINT", before.count);
	seconds = hold_wait(options->wait);
	if (take_survey(options, &after) == 0) {
		code = top_print_difference(&before, &after, seconds, options->json);
		survey_free(&after);
	} else {
		code = fail(options);
	}
	survey_free(&before);
	return code;
}

static int print_once(struct options *options)
{
	struct survey survey;
	int code;

	if (take_survey(options, &survey) != 0)
		return fail(options);
	if (options->json) {
		code = top_print_json(&survey);
	} else {
		top_print(&survey, stdout, output_width());
		code = output_flush();
	}
	survey_free(&survey);
	return code;
}

int run_top(struct command const *command, int argc, char **argv)
{
	struct options options = {.compare = by_size};
	int code = read_options(command, argc, argv, take_option_of_top, &options);

	if (code != 0)
		return code - 1;
	if (options.diff)
		return print_difference(&options);
	if (options.once || options.json || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		return print_once(&options);
	return (top_watch(take_survey, &options) == 0) ? output_flush() : fail(&options);
}
