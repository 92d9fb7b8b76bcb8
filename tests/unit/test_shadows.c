/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of mapped wrapped buffers.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "shadows.h"
#include "support.h"

#define MOST 10000

static struct imxd_shadow shadows[MOST];
static bool no_memory;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return no_memory ? NULL : __real_calloc(count, size);
}

/* Structures that are so far apart, in memory that nobody looks at. */
static void fill(struct imxd_shadows *table, size_t count, size_t stride)
{
	for (size_t i = 0; i < count; i++) {
		shadows[i].wrapped = (ImxWrappedDmaBuffer const *)((uintptr_t)0x10000 + i * stride);
		assert_null(imxd_shadows_find(table, shadows[i].wrapped));
		imxd_shadows_add(table, &shadows[i]);
	}
}

/* Each is found while it is there, and not afterwards: every third goes first. */
static void empty(struct imxd_shadows *table, size_t count)
{
	for (size_t start = 0; start < 3; start++)
		for (size_t i = start; i < count; i += 3) {
			assert_ptr_equal(imxd_shadows_find(table, shadows[i].wrapped), &shadows[i]);
			imxd_shadows_remove(table, &shadows[i]);
			assert_null(imxd_shadows_find(table, shadows[i].wrapped));
		}
	assert_int_equal(table->count, 0);
	assert_ptr_equal(table->lists, table->few);
}

static size_t find_longest(struct imxd_shadows const *table)
{
	size_t longest = 0;

	for (size_t i = 0; i < (size_t)1 << table->bits; i++) {
		size_t length = 0;

		for (struct imxd_shadow const *shadow = table->lists[i]; shadow; shadow = shadow->next)
			length++;
		longest = (length > longest) ? length : longest;
	}
	return longest;
}

/* Nobody looks at more than a few, in arrays and apart, as few as when there are few. */
static void test_lists_stay_short(void **state)
{
	static size_t const strides[] = {sizeof(ImxWrappedDmaBuffer), 16, 64, 80, 1000, 4096, 4096 + 48, 65536};

	for (size_t i = 0; i < sizeof(strides) / sizeof(strides[0]); i++)
		for (size_t count = 1; count <= MOST; count *= 10) {
			struct imxd_shadows table = IMXD_SHADOWS_INIT(table);

			fill(&table, count, strides[i]);
			assert_in_range(find_longest(&table), 1, 6);
			empty(&table, count);
		}
}

static void test_without_memory_it_goes_on(void **state)
{
	struct imxd_shadows table = IMXD_SHADOWS_INIT(table);

	no_memory = true;
	fill(&table, 100, sizeof(ImxWrappedDmaBuffer));
	no_memory = false;
	assert_ptr_equal(table.lists, table.few);
	empty(&table, 100);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_lists_stay_short),
		cmocka_unit_test(test_without_memory_it_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
