/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ranges of a buffer that CPU and devices use by turns while it stays mapped.
 */
#include <errno.h>

#include "conformance.h"

#define SIZE 40000
/* Far from each other: no granule is larger. */
#define HERE 4096
#define THERE 24576
#define LENGTH 5000

#define TO IMX_DMA_BUFFER_TO_DEVICE
#define FROM IMX_DMA_BUFFER_FROM_DEVICE
#define BOTH IMX_DMA_BUFFER_BIDIRECTIONAL

static ImxDmaBuffer *buffer;
static struct device device;
static uint8_t *bytes;

/* Return false if there is no device. The caller then skips the test. */
static bool start(unsigned int flags)
{
	buffer = allocate(SIZE, 1);
	if (!find_device(buffer, &device))
		return false;
	bytes = map(buffer, flags);
	return true;
}

static int for_device(size_t offset, ImxDmaBufferDirection direction)
{
	ImxDmaBufferRange const range = {offset, LENGTH};

	return imx_dma_buffer_sync_for_device(buffer, &range, 1, direction, NULL);
}

static int for_cpu(size_t offset, ImxDmaBufferDirection direction)
{
	ImxDmaBufferRange const range = {offset, LENGTH};

	return imx_dma_buffer_sync_for_cpu(buffer, &range, 1, direction, NULL);
}

static void write_device(size_t offset, unsigned int seed)
{
	uint8_t data[LENGTH];

	fill_pattern(data, LENGTH, seed);
	device_writes(&device, offset, data, LENGTH);
}

static void assert_device_sees(size_t offset, unsigned int seed)
{
	uint8_t data[LENGTH];

	device_reads(&device, offset, data, LENGTH);
	assert_int_equal(check_pattern(data, LENGTH, seed), LENGTH);
}

static void assert_cpu_sees(size_t offset, unsigned int seed)
{
	assert_int_equal(check_pattern(bytes + offset, LENGTH, seed), LENGTH);
}

static void test_c105_devices_see_ranges_that_were_handed_over(void **state)
{
	ImxDmaBufferDirection const directions[] = {TO, BOTH};

	if (!start(MANUAL))
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	for (unsigned int i = 0; i < COUNT(directions); i++) {
		fill_pattern(bytes + HERE, LENGTH, i);
		assert_int_equal(for_device(HERE, directions[i]), 0);
		assert_device_sees(HERE, i);
	}
}

static void test_c106_the_cpu_sees_ranges_that_it_took_back(void **state)
{
	ImxDmaBufferDirection const directions[] = {FROM, BOTH};

	if (!start(MANUAL))
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	for (unsigned int i = 0; i < COUNT(directions); i++) {
		/* Old lines are in the cache, and some are dirty. */
		memset(bytes + HERE, 0x77, LENGTH);
		assert_int_equal(for_device(HERE, directions[i]), 0);
		write_device(HERE, i);
		evict_caches();
		assert_int_equal(for_cpu(HERE, directions[i]), 0);
		assert_cpu_sees(HERE, i);
	}
}

static void test_c107_ranges_discard_nothing(void **state)
{
	if (!start(MANUAL))
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	assert_int_equal(for_device(THERE, FROM), 0);
	write_device(THERE, 1);
	fill_pattern(bytes + HERE, LENGTH, 2);
	assert_int_equal(for_cpu(THERE, FROM), 0);
	assert_cpu_sees(THERE, 1);
	assert_cpu_sees(HERE, 2);
	assert_int_equal(for_device(HERE, TO), 0);
	assert_device_sees(HERE, 2);
}

static void test_c108_bad_ranges_are_refused(void **state)
{
	ImxDmaBufferRange const good = {0, 64};
	ImxDmaBufferRange const bad[] = {{0, 0}, {SIZE, 1}, {1, SIZE}, {0, SIZE + 1}, {SIZE_MAX, 2}, {2, SIZE_MAX}};
	int error;

	buffer = allocate(SIZE, 1);
	map(buffer, 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		ImxDmaBufferRange const ranges[] = {good, bad[i]};

		error = 0;
		assert_int_equal(imx_dma_buffer_sync_for_device(buffer, ranges, 2, TO, &error), -1);
		assert_int_equal(error, EINVAL);
		error = 0;
		assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, ranges, 2, FROM, &error), -1);
		assert_int_equal(error, EINVAL);
	}
	assert_int_equal(imx_dma_buffer_sync_for_device(buffer, &good, 1, (ImxDmaBufferDirection)0, &error), -1);
	assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, &good, 1, (ImxDmaBufferDirection)4, &error), -1);
	assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, NULL, 1, FROM, &error), -1);
	assert_int_equal(error, EINVAL);
}

static void test_c109_null_is_the_whole_buffer_and_0_ranges_are_none(void **state)
{
	ImxDmaBufferRange const range = {0, SIZE};

	if (!start(MANUAL))
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	fill_pattern(bytes + HERE, LENGTH, 1);
	fill_pattern(bytes + THERE, LENGTH, 2);
	assert_int_equal(imx_dma_buffer_sync_for_device(buffer, NULL, 0, TO, NULL), 0);
	assert_device_sees(HERE, 1);
	assert_device_sees(THERE, 2);
	write_device(HERE, 3);
	assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, NULL, 0, FROM, NULL), 0);
	assert_cpu_sees(HERE, 3);
	/* The address is valid, but no range is read from it. */
	assert_int_equal(imx_dma_buffer_sync_for_device(buffer, &range, 0, TO, NULL), 0);
	assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, &range, 0, FROM, NULL), 0);
}

static void test_c110_ranges_need_a_mapping_of_any_kind(void **state)
{
	ImxDmaBufferRange const range = {HERE, LENGTH};
	int error = 0;

	if (!start(READ))
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	write_device(HERE, 1);
	assert_int_equal(for_cpu(HERE, FROM), 0);
	assert_cpu_sees(HERE, 1);
	assert_int_equal(for_device(HERE, FROM), 0);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, &range, 1, FROM, &error), -1);
	assert_int_equal(error, EINVAL);
	error = 0;
	assert_int_equal(imx_dma_buffer_sync_for_device(buffer, &range, 1, TO, &error), -1);
	assert_int_equal(error, EINVAL);
	assert_int_equal(imx_dma_buffer_sync_for_device(NULL, &range, 1, TO, &error), -1);
}

struct CMUnitTest const range_tests[MAX_TESTS] = {
	conformance_test(test_c105_devices_see_ranges_that_were_handed_over),
	conformance_test(test_c106_the_cpu_sees_ranges_that_it_took_back),
	conformance_test(test_c107_ranges_discard_nothing),
	conformance_test(test_c108_bad_ranges_are_refused),
	conformance_test(test_c109_null_is_the_whole_buffer_and_0_ranges_are_none),
	conformance_test(test_c110_ranges_need_a_mapping_of_any_kind),
};
