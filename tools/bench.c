/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer bench: the time that memory takes, and its speed.
 */
#include "bench.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "output.h"

/* For each operation and size, in ns. */
#define BUDGET 20e6
#define QUICK_BUDGET 1e6
/* For a whole quick run, which stays below 10 seconds also if slow memory takes ten times as long. */
#define QUICK_TOTAL 600e6

/* The 95th percentile of the control loop, in medians, from which on other programs disturb the results. */
#define NOISE 1.5
#define CONTROL_ROUNDS 20000

#define PROGRESS_WIDTH 256

static size_t const full_sizes[] = {4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 32 << 20};
static size_t const quick_sizes[] = {4 << 10, 64 << 10, 1 << 20, 4 << 20};

struct request {
	char const *names[BENCH_ALLOCATORS];
	size_t name_count;
	/* NULL: no picture. */
	char const *picture;
	bool quick, json;
};

static struct bench_samples control_samples;

/* For progress. */
static size_t points_done, points_total;

static int take_name(struct request *request, char const *name)
{
	if (name[0] == '\0')
		return output_fail_usage("--allocator needs a name, see imxdmabuffer list");
	if (strncmp(name, "pool", 4) == 0 && (name[4] == '\0' || name[4] == ':'))
		return output_fail_usage("--allocator: each allocator is measured with a pool around it; name the inner one");
	if (request->name_count == BENCH_ALLOCATORS)
		return output_fail_usage("--allocator may be given %d times", BENCH_ALLOCATORS);
	request->names[request->name_count++] = name;
	return EXIT_DONE;
}

static int take(void *context, int option, char const *text)
{
	struct request *request = context;

	switch (option) {
	case OPTION_ARGUMENT:
		return output_fail_usage("takes no argument, but \"%.60s\" was given", text);
	case OPTION_ALLOCATOR:
		return take_name(request, text);
	case OPTION_SVG:
		request->picture = text;
		return (text[0] != '\0') ? EXIT_DONE : output_fail_usage("--svg needs the name of a file");
	case OPTION_QUICK:
		request->quick = true;
		return EXIT_DONE;
	case OPTION_JSON:
		request->json = true;
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
}

/* Print one line over the last one, no longer than the terminal is wide: a wrapped line could not be rewritten. */
static void rewrite(char const *text)
{
	/* One write: the standard error has no buffer. */
	char line[PROGRESS_WIDTH + 2] = "\r";
	struct winsize window;
	int width = 80;

	if (!isatty(STDERR_FILENO))
		return;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
		width = window.ws_col;
	if (width > PROGRESS_WIDTH)
		width = PROGRESS_WIDTH;
	for (int i = 1; i < width; i++) {
		line[i] = (*text == '\0') ? ' ' : (*text < ' ' || *text > '~') ? '?' : *text;
		text += *text != '\0';
	}
	line[width] = '\r';
	fputs(line, stderr);
}

/* The same work each time: its time tells if the CPU was shared, or changed its frequency. */
static void run_control(void)
{
	uint64_t word = 88172645463325252u;
	double begin = bench_now();

	for (int i = 0; i < CONTROL_ROUNDS; i++) {
		word ^= word << 13;
		word ^= word >> 7;
		word ^= word << 17;
	}
	/* The compiler may not leave the loop out. */
	__asm__ volatile("" : : "r"(word));
	bench_add(&control_samples, bench_now() - begin);
}

static void pass(struct bench_allocator const *allocator, size_t size, enum bench_operation next)
{
	char text[PROGRESS_WIDTH], size_text[16];

	run_control();
	snprintf(text, sizeof(text), "%3zu%% %s %s %s", points_done * 100 / points_total, bench_write_size(size_text, size),
		bench_operations[next].label, allocator->name);
	rewrite(text);
	points_done += (next == BENCH_ALLOCATE) ? BENCH_FREE + 1 : 1;
}

static void measure_all(struct bench *bench)
{
	points_total = bench->allocator_count * bench->size_count * BENCH_OPERATIONS;
	bench->budget = bench->quick ? fmin(QUICK_BUDGET, QUICK_TOTAL / (double)points_total) : BUDGET;
	for (size_t i = 0; i < bench->allocator_count; i++) {
		size_t size = 0;

		while (size < bench->size_count && bench_measure(bench, &bench->allocators[i], size, pass))
			size++;
		points_done = (i + 1) * bench->size_count * BENCH_OPERATIONS;
	}
	run_control();
	rewrite("");
	bench->control = bench_summarise(&control_samples);
	bench->noisy = bench->control.p95 > NOISE * bench->control.median;
}

static int find(struct bench *bench, struct request const *request)
{
	int code = EXIT_DONE;

	if (request->name_count == 0)
		return bench_find_all(bench);
	for (size_t i = 0; i < request->name_count && code == EXIT_DONE; i++)
		code = bench_find(bench, request->names[i]);
	return code;
}

/* Print one error line about the first failure. The report has the others. */
static int check(struct bench const *bench)
{
	struct bench_allocator const *failed = NULL;
	size_t measured = 0;

	for (size_t i = bench->allocator_count; i-- > 0;) {
		measured += bench->allocators[i].skipped_from;
		if (bench->allocators[i].failed)
			failed = &bench->allocators[i];
	}
	/* Memory that is used up for some sizes only is no failure. */
	if (measured == 0)
		failed = &bench->allocators[0];
	return failed ? output_fail(EXIT_FAILED, "%s: %s", failed->name, failed->reason) : EXIT_DONE;
}

static int run(struct bench *bench, struct request const *request)
{
	int code = find(bench, request);

	if (code != EXIT_DONE)
		return code;
	measure_all(bench);
	code = request->json ? bench_print_json(bench) : bench_print_text(bench);
	if (code == EXIT_DONE && request->picture)
		code = bench_plot(bench, request->picture);
	return (code == EXIT_DONE) ? check(bench) : code;
}

int run_bench(struct command const *command, int argc, char **argv)
{
	static struct bench bench;
	struct request request = {0};
	int code = read_options(command, argc, argv, take, &request);

	if (code != 0)
		return code - 1;
	bench.quick = request.quick;
	bench.size_count = (request.quick ? sizeof(quick_sizes) : sizeof(full_sizes)) / sizeof(full_sizes[0]);
	memcpy(bench.sizes, request.quick ? quick_sizes : full_sizes, bench.size_count * sizeof(full_sizes[0]));
	code = run(&bench, &request);
	for (size_t i = 0; i < bench.allocator_count; i++)
		free(bench.allocators[i].name);
	return code;
}
