/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mappings: access, and counting.
 */
#include <errno.h>
#include <stdlib.h>

#include "conformance.h"

#define SIZE 20000

static void test_c19_further_map_returns_the_same_pointer(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	uint8_t *address = map(buffer, 0);

	assert_ptr_equal(map(buffer, READ), address);
	assert_ptr_equal(map(buffer, WRITE), address);
	assert_ptr_equal(map(buffer, READ | WRITE), address);
	assert_ptr_equal(map(buffer, MANUAL), address);
	imx_dma_buffer_unmap(buffer);
	assert_ptr_equal(map(buffer, 0), address);
}

static void test_c20_last_unmap_unmaps(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);

	for (int times = 1; times < 5; times++) {
		for (int i = 0; i < times; i++)
			map(buffer, READ);
		for (int i = 0; i < times; i++) {
			/* A map with more access would succeed if the buffer was not mapped. */
			assert_null(imx_dma_buffer_map(buffer, WRITE, NULL));
			imx_dma_buffer_unmap(buffer);
		}
		map(buffer, WRITE)[SIZE - 1] = 1;
		imx_dma_buffer_unmap(buffer);
	}
}

/* Map and unmap a fresh buffer. Returns whether its memory stays in the process. */
static bool stays_after_unmap(void)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	uint8_t *address = map(buffer, 0);
	bool stays;

	map(buffer, 0);
	imx_dma_buffer_unmap(buffer);
	assert_true(is_mapped(address) && is_mapped(address + SIZE - 1));
	imx_dma_buffer_unmap(buffer);
	stays = is_mapped(address);
	assert_int_equal(is_mapped(address + SIZE - 1), stays);
	imx_dma_buffer_deallocate(buffer);
	return stays;
}

static void test_c21_unmapped_memory_is_gone_from_the_process(void **state)
{
	bool stays = stays_after_unmap(), stays_without;

	setenv("IMXDMABUFFER_KEEP_MAPPINGS", "0", 1);
	imx_dma_buffer_allocator_destroy(new_allocator(NULL));
	stays_without = stays_after_unmap();
	unsetenv("IMXDMABUFFER_KEEP_MAPPINGS");
	imx_dma_buffer_allocator_destroy(new_allocator(NULL));
	if (subject_is("dwl") || subject_is("g2d"))
		SKIP_BECAUSE(SKIP_VENDOR_MAPS);
	if (subject_is_slab())
		SKIP_BECAUSE("small buffers share the mapping of their block");
	assert_true(stays);
	assert_false(stays_without);
}

static void test_c22_no_access_flags_mean_both(void **state)
{
	unsigned int const flags[] = {0, MANUAL};

	for (size_t i = 0; i < COUNT(flags); i++) {
		ImxDmaBuffer *buffer = allocate(SIZE, 1);
		uint8_t *address = map(buffer, flags[i]);

		address[0] = 7;
		assert_int_equal(address[0], 7);
		/* The mapping has both kinds of access, since a further map may request either. */
		assert_ptr_equal(map(buffer, READ | WRITE), address);
		imx_dma_buffer_deallocate(buffer);
		/* Flags 0 request both, so a mapping for reading only is not enough. */
		buffer = allocate(SIZE, 1);
		map(buffer, READ);
		assert_null(imx_dma_buffer_map(buffer, flags[i], NULL));
	}
}

static void test_c23_further_map_may_ask_for_less(void **state)
{
	unsigned int const first[] = {READ | WRITE, READ | WRITE, READ, WRITE, MANUAL, 0};
	unsigned int const further[] = {READ, WRITE, READ, WRITE, READ, WRITE};

	for (size_t i = 0; i < COUNT(first); i++) {
		ImxDmaBuffer *buffer = allocate(SIZE, 1);
		uint8_t *address = map(buffer, first[i]);

		assert_ptr_equal(map(buffer, further[i]), address);
		imx_dma_buffer_unmap(buffer);
		/* The mapping still has its original access. */
		assert_ptr_equal(map(buffer, first[i]), address);
	}
}

static void test_c24_map_with_more_access_is_refused(void **state)
{
	unsigned int const first[] = {READ, READ, READ, WRITE, WRITE, READ | MANUAL};
	unsigned int const further[] = {WRITE, READ | WRITE, 0, READ, 0, WRITE | MANUAL};

	for (size_t i = 0; i < COUNT(first); i++) {
		ImxDmaBuffer *buffer = allocate(SIZE, 1);
		uint8_t *address = map(buffer, first[i]);
		int error = 0;

		assert_null(imx_dma_buffer_map(buffer, further[i], &error));
		assert_int_equal(error, EACCES);
		/* The mapping is unchanged, and the refused map does not count. */
		assert_ptr_equal(map(buffer, first[i]), address);
		imx_dma_buffer_unmap(buffer);
		imx_dma_buffer_unmap(buffer);
		map(buffer, READ | WRITE)[0] = 1;
	}
}

static void test_c25_unknown_flags_are_refused(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);

	/* READ with OVERWRITE is refused as well. */
	for (unsigned int bit = 3; bit < 32; bit++) {
		int error = 0;

		assert_null(imx_dma_buffer_map(buffer, READ | (1u << bit), &error));
		assert_int_equal(error, EINVAL);
	}
	for (unsigned int bit = 4; bit < 32; bit++) {
		int error = 0;

		map(buffer, 0);
		assert_null(imx_dma_buffer_map(buffer, 1u << bit, &error));
		assert_int_equal(error, EINVAL);
		imx_dma_buffer_unmap(buffer);
	}
	map(buffer, READ);
	imx_dma_buffer_unmap(buffer);
	/* The failed maps were not counted. */
	map(buffer, WRITE);
}

static void test_c26_unmap_too_often_does_nothing(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	uint8_t *address;
	long calls;

	imx_dma_buffer_unmap(buffer);
	map(buffer, 0)[5] = 55;
	imx_dma_buffer_unmap(buffer);
	calls = count_calls();
	for (int i = 0; i < 3; i++)
		imx_dma_buffer_unmap(buffer);
	assert_int_equal(count_calls(), calls);
	/* The count has not dropped below 0: one map, one unmap. */
	address = map(buffer, READ);
	assert_int_equal(address[5], 55);
	assert_ptr_equal(map(buffer, READ), address);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(address[5], 55);
	imx_dma_buffer_unmap(buffer);
	map(buffer, WRITE);
}

static void test_c27_contents_stay_until_the_next_map(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);

	fill_pattern(map(buffer, WRITE), SIZE, 1);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(check_pattern(map(buffer, READ), SIZE, 1), SIZE);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(check_pattern(map(buffer, 0), SIZE, 1), SIZE);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(check_pattern(map(buffer, READ | MANUAL), SIZE, 1), SIZE);
}

static void test_c28_failed_map_leaves_the_buffer_unmapped(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	int error = 0;

	assert_null(imx_dma_buffer_map(buffer, 1u << 31, &error));
	imx_dma_buffer_unmap(buffer);
	if (subject_is("dwl") || subject_is("g2d"))
		SKIP_BECAUSE(SKIP_VENDOR_MAPS);
	assert_true(fail_next_mmap());
	assert_null(imx_dma_buffer_map(buffer, READ, &error));
	fail_no_more();
	assert_int_equal(error, ENOMEM);
	/* With more access than the map that failed. */
	fill_pattern(map(buffer, 0), SIZE, 1);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(check_pattern(map(buffer, READ), SIZE, 1), SIZE);
}

struct CMUnitTest const mapping_tests[MAX_TESTS] = {
	conformance_test(test_c19_further_map_returns_the_same_pointer),
	conformance_test(test_c20_last_unmap_unmaps),
	conformance_test(test_c21_unmapped_memory_is_gone_from_the_process),
	conformance_test(test_c22_no_access_flags_mean_both),
	conformance_test(test_c23_further_map_may_ask_for_less),
	conformance_test(test_c24_map_with_more_access_is_refused),
	conformance_test(test_c25_unknown_flags_are_refused),
	conformance_test(test_c26_unmap_too_often_does_nothing),
	conformance_test(test_c27_contents_stay_until_the_next_map),
	conformance_test(test_c28_failed_map_leaves_the_buffer_unmapped),
};
