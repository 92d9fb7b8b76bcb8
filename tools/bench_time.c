/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench_time.h"

#include <stdlib.h>
#include <time.h>

/* Slow memory may not delay the end of the whole run without a limit. */
#define OVERDRAFT 10

double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

struct bench_limits bench_begin(double budget)
{
	return (struct bench_limits){.begin = bench_now(), .budget = budget};
}

bool bench_goes_on(struct bench_limits const *limits, size_t repetitions)
{
	double elapsed = bench_now() - limits->begin;

	if (repetitions < BENCH_FEWEST_REPETITIONS)
		return repetitions == 0 || elapsed < limits->budget * OVERDRAFT;
	return repetitions < BENCH_REPETITIONS && elapsed < limits->budget;
}

void bench_add(struct bench_samples *samples, double value)
{
	samples->values[samples->count++ % BENCH_REPETITIONS] = value;
}

static int compare(void const *left, void const *right)
{
	double a = *(double const *)left, b = *(double const *)right;

	return (a > b) - (a < b);
}

double bench_percentile(double const *ascending, size_t count, double part)
{
	double place = part * (double)(count - 1);
	size_t below = (size_t)place;
	size_t above = (below + 1 < count) ? below + 1 : below;

	return ascending[below] + (ascending[above] - ascending[below]) * (place - (double)below);
}

struct bench_value bench_summarise(struct bench_samples *samples)
{
	size_t count = (samples->count < BENCH_REPETITIONS) ? samples->count : BENCH_REPETITIONS;
	struct bench_value value = {.repetitions = samples->count};

	if (count == 0)
		return value;
	qsort(samples->values, count, sizeof(samples->values[0]), compare);
	value.median = bench_percentile(samples->values, count, 0.5);
	value.p5 = bench_percentile(samples->values, count, 0.05);
	value.p95 = bench_percentile(samples->values, count, 0.95);
	return value;
}

/* Return the median of the time between two readings. */
static double find_clock_cost(void)
{
	static struct bench_samples samples;

	while (samples.count < 100) {
		double begin = bench_now();

		bench_add(&samples, bench_now() - begin);
	}
	return bench_summarise(&samples).median;
}

double bench_since(double begin)
{
	static double clock_cost = -1;
	double elapsed = bench_now() - begin;

	if (clock_cost < 0)
		clock_cost = find_clock_cost();
	return (elapsed > clock_cost) ? elapsed - clock_cost : 0;
}
