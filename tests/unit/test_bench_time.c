/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Percentiles and repetitions of imxdmabuffer bench. No test waits for the clock.
 */
#include "support.h"

#include "bench_time.h"

/* Values such as these are exact, and so are their differences. */
#define assert_same(got, wanted) assert_true((got) == (wanted))

static void test_percentile_of_one(void **state)
{
	double const values[] = {7};

	assert_same(bench_percentile(values, 1, 0), 7);
	assert_same(bench_percentile(values, 1, 0.5), 7);
	assert_same(bench_percentile(values, 1, 1), 7);
}

static void test_percentile_between_values(void **state)
{
	double const values[] = {10, 20, 40, 80, 160};

	assert_same(bench_percentile(values, 5, 0), 10);
	assert_same(bench_percentile(values, 5, 0.25), 20);
	assert_same(bench_percentile(values, 5, 0.375), 30);
	assert_same(bench_percentile(values, 5, 0.5), 40);
	assert_same(bench_percentile(values, 5, 0.875), 120);
	assert_same(bench_percentile(values, 5, 1), 160);
	assert_same(bench_percentile(values, 4, 0.5), 30);
}

static void test_summary_sorts(void **state)
{
	static struct bench_samples samples;
	struct bench_value value;

	/* 0 to 100 in another order. */
	for (int i = 0; i <= 100; i++)
		bench_add(&samples, i * 37 % 101);
	value = bench_summarise(&samples);
	assert_same(value.median, 50);
	assert_same(value.p5, 5);
	assert_same(value.p95, 95);
	assert_int_equal(value.repetitions, 101);
}

static void test_summary_of_nothing(void **state)
{
	static struct bench_samples samples;
	struct bench_value value = bench_summarise(&samples);

	assert_int_equal(value.repetitions, 0);
	assert_same(value.median, 0);
}

/* One median hides an outlier, the 95th percentile does not. */
static void test_outliers(void **state)
{
	static struct bench_samples samples;
	struct bench_value value;

	for (int i = 0; i < 10; i++)
		bench_add(&samples, (i == 4) ? 1000 : 1);
	value = bench_summarise(&samples);
	assert_same(value.median, 1);
	assert_same(value.p5, 1);
	assert_true(value.p95 > 500);
}

static void test_too_many_samples(void **state)
{
	static struct bench_samples samples;
	struct bench_value value;

	for (int i = 0; i < BENCH_REPETITIONS * 2; i++)
		bench_add(&samples, (i < BENCH_REPETITIONS) ? 1 : 2);
	value = bench_summarise(&samples);
	assert_int_equal(value.repetitions, BENCH_REPETITIONS * 2);
	assert_same(samples.values[0], 2);
	assert_same(value.median, 2);
}

static void test_repetitions(void **state)
{
	struct bench_limits endless = bench_begin(1e18), over = bench_begin(0), slow;

	assert_true(bench_goes_on(&endless, BENCH_REPETITIONS - 1));
	assert_false(bench_goes_on(&endless, BENCH_REPETITIONS));
	assert_true(bench_goes_on(&over, 0));
	assert_false(bench_goes_on(&over, BENCH_FEWEST_REPETITIONS));
	/* Begun so long ago that the budget is over, but not ten times the budget. */
	slow = bench_begin(1e18);
	slow.begin -= 5e18;
	assert_true(bench_goes_on(&slow, BENCH_FEWEST_REPETITIONS - 1));
	assert_false(bench_goes_on(&slow, BENCH_FEWEST_REPETITIONS));
	slow.begin -= 6e18;
	assert_true(bench_goes_on(&slow, 0));
	assert_false(bench_goes_on(&slow, 1));
}

static void test_clock(void **state)
{
	double begin = bench_now();

	assert_true(begin > 0);
	assert_true(bench_now() >= begin);
	assert_true(bench_since(begin) >= 0);
	/* A time in the future stands for a clock that costs more than what was timed. */
	assert_same(bench_since(bench_now() + 1e12), 0);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_percentile_of_one),
		cmocka_unit_test(test_percentile_between_values),
		cmocka_unit_test(test_summary_sorts),
		cmocka_unit_test(test_summary_of_nothing),
		cmocka_unit_test(test_outliers),
		cmocka_unit_test(test_too_many_samples),
		cmocka_unit_test(test_repetitions),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
