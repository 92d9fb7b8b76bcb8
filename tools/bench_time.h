/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times of imxdmabuffer bench: the clock, repetitions within a budget, and percentiles.
 */
#ifndef TOOLS_BENCH_TIME_H
#define TOOLS_BENCH_TIME_H

#include <stdbool.h>
#include <stddef.h>

#define BENCH_REPETITIONS 1000
#define BENCH_FEWEST_REPETITIONS 5

struct bench_samples {
	double values[BENCH_REPETITIONS];
	size_t count;
};

struct bench_value {
	double median, p5, p95;
	size_t repetitions;
};

/* The end of a measurement. */
struct bench_limits {
	double begin, budget;
};

/* Return the time of CLOCK_MONOTONIC in ns. */
double bench_now(void);

/* Return the time since bench_now() in ns, without what reading the clock takes. */
double bench_since(double begin);

/* Begin a measurement that takes this time in ns. */
struct bench_limits bench_begin(double budget);

/*
 * Is there time for another repetition? At least BENCH_FEWEST_REPETITIONS are made, unless they take ten times the
 * budget.
 */
bool bench_goes_on(struct bench_limits const *limits, size_t repetitions);

/* Add a sample; after BENCH_REPETITIONS ones, it takes the place of an earlier one. */
void bench_add(struct bench_samples *samples, double value);

/* Return a value below which this part (0 to 1) of the ascending values is; between two values in proportion. */
double bench_percentile(double const *ascending, size_t count, double part);

/* Sort the samples and summarise them. Without samples, all members are 0. */
struct bench_value bench_summarise(struct bench_samples *samples);

#endif /* TOOLS_BENCH_TIME_H */
