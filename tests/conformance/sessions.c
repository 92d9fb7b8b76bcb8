/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When sync sessions are open. A missing effect is visible on memory that is not coherent only: there, the device does
 * not see the CPU's writes.
 */
#include <unistd.h>

#include "conformance.h"

#define SIZE 20000

static ImxDmaBuffer *buffer;
static struct device device;

static bool start(void)
{
	buffer = allocate(SIZE, 1);
	return find_device(buffer, &device);
}

static uint8_t device_sees(void)
{
	uint8_t byte = 0;

	device_reads(&device, 77, &byte, 1);
	return byte;
}

/* Does the device see the CPU's writes at once? Try it instead of relying on the properties. */
static bool is_coherent(void)
{
	uint8_t *address = map(buffer, MANUAL);
	bool coherent;

	address[77] = 0xc0;
	coherent = device_sees() == 0xc0;
	imx_dma_buffer_unmap(buffer);
	return coherent;
}

static void device_sets(uint8_t value)
{
	device_writes(&device, 77, &value, 1);
}

static void test_c39_sync_functions_do_nothing_on_automatic_mappings(void **state)
{
	uint8_t *address;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	if (is_coherent())
		SKIP_BECAUSE(SKIP_COHERENT);
	address = map(buffer, 0);
	address[77] = 1;
	imx_dma_buffer_stop_sync_session(buffer);
	assert_int_not_equal(device_sees(), 1);
	imx_dma_buffer_start_sync_session(buffer);
	assert_int_not_equal(device_sees(), 1);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(device_sees(), 1);
}

static void test_c40_sync_functions_do_nothing_unmapped(void **state)
{
	long calls;

	start();
	calls = count_calls();
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	assert_int_equal(count_calls(), calls);
	map(buffer, MANUAL)[77] = 5;
	imx_dma_buffer_unmap(buffer);
	calls = count_calls();
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	assert_int_equal(count_calls(), calls);
	assert_int_equal(map(buffer, READ | MANUAL)[77], 5);
}

static void test_c41_stop_without_start_does_nothing(void **state)
{
	uint8_t *address;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	if (is_coherent())
		SKIP_BECAUSE(SKIP_COHERENT);
	address = map(buffer, MANUAL);
	address[77] = 1;
	imx_dma_buffer_stop_sync_session(buffer);
	assert_int_not_equal(device_sees(), 1);
	imx_dma_buffer_start_sync_session(buffer);
	address[77] = 2;
	imx_dma_buffer_stop_sync_session(buffer);
	assert_int_equal(device_sees(), 2);
	address[77] = 3;
	imx_dma_buffer_stop_sync_session(buffer);
	assert_int_equal(device_sees(), 2);
}

static void test_c42_second_start_does_nothing(void **state)
{
	uint8_t *address;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	if (is_coherent())
		SKIP_BECAUSE(SKIP_COHERENT);
	address = map(buffer, MANUAL);
	imx_dma_buffer_start_sync_session(buffer);
	address[77] = 1;
	imx_dma_buffer_start_sync_session(buffer);
	assert_int_equal(address[77], 1);
	assert_int_not_equal(device_sees(), 1);
	/* After two starts, one stop ends the session. */
	imx_dma_buffer_stop_sync_session(buffer);
	assert_int_equal(device_sees(), 1);
	address[77] = 2;
	imx_dma_buffer_stop_sync_session(buffer);
	assert_int_equal(device_sees(), 1);
}

static void test_c43_open_session_ends_with_the_last_unmap(void **state)
{
	bool coherent;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	coherent = is_coherent();
	map(buffer, MANUAL);
	imx_dma_buffer_start_sync_session(buffer);
	map(buffer, WRITE)[77] = 0x61;
	imx_dma_buffer_unmap(buffer);
	if (!coherent)
		assert_int_not_equal(device_sees(), 0x61);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(device_sees(), 0x61);
	/* The session has ended: the next mapping begins without one. */
	device_sets(0x62);
	map(buffer, MANUAL);
	imx_dma_buffer_start_sync_session(buffer);
	assert_int_equal(map(buffer, READ)[77], 0x62);
}

static void test_c44_deallocate_ends_the_session(void **state)
{
	unsigned int const flags[] = {0, MANUAL, WRITE};

	for (uint8_t round = 0; round < COUNT(flags); round++) {
		int copy;

		if (!start())
			SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
		copy = imx_dma_buffer_export_fd(buffer, NULL, NULL);
		if (copy < 0)
			SKIP_BECAUSE("the memory is freed with its buffer, so nothing is left to check");
		map(buffer, flags[round]);
		imx_dma_buffer_start_sync_session(buffer);
		memset(map(buffer, WRITE), 0x71 + round, SIZE);
		device.fd = copy;
		imx_dma_buffer_deallocate(buffer);
		assert_int_equal(device_sees(), 0x71 + round);
		close(copy);
	}
}

static void test_c45_destroy_ends_sessions(void **state)
{
	int copy;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	copy = imx_dma_buffer_export_fd(buffer, NULL, NULL);
	if (copy < 0)
		SKIP_BECAUSE("the memory is freed with its buffer, so nothing is left to check");
	memset(map(buffer, 0), 0x7a, SIZE);
	device.fd = copy;
	imx_dma_buffer_allocator_destroy(subject.allocator);
	subject.allocator = NULL;
	assert_int_equal(device_sees(), 0x7a);
	close(copy);
}

static void test_c46_manual_sync_counts_on_the_first_map_only(void **state)
{
	uint8_t *address;
	bool coherent;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	coherent = is_coherent();
	/* An automatic mapping stays automatic. */
	address = map(buffer, 0);
	map(buffer, MANUAL);
	address[77] = 1;
	imx_dma_buffer_stop_sync_session(buffer);
	if (!coherent)
		assert_int_not_equal(device_sees(), 1);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(device_sees(), 1);
	/* A manual mapping stays manual: further maps and their unmaps neither start nor stop a session. */
	address = map(buffer, MANUAL);
	map(buffer, 0);
	imx_dma_buffer_start_sync_session(buffer);
	address[77] = 2;
	imx_dma_buffer_stop_sync_session(buffer);
	assert_int_equal(device_sees(), 2);
	address[77] = 3;
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(buffer);
	if (!coherent)
		assert_int_equal(device_sees(), 2);
	/* The same without an open session. */
	address = map(buffer, MANUAL);
	map(buffer, 0);
	address[77] = 4;
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(buffer);
	if (!coherent)
		assert_int_equal(device_sees(), 2);
}

static void test_c47_manual_mapping_starts_without_a_session(void **state)
{
	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	if (is_coherent())
		SKIP_BECAUSE(SKIP_COHERENT);
	map(buffer, MANUAL)[77] = 1;
	imx_dma_buffer_unmap(buffer);
	assert_int_not_equal(device_sees(), 1);
}

struct CMUnitTest const session_tests[MAX_TESTS] = {
	conformance_test(test_c39_sync_functions_do_nothing_on_automatic_mappings),
	conformance_test(test_c40_sync_functions_do_nothing_unmapped),
	conformance_test(test_c41_stop_without_start_does_nothing),
	conformance_test(test_c42_second_start_does_nothing),
	conformance_test(test_c43_open_session_ends_with_the_last_unmap),
	conformance_test(test_c44_deallocate_ends_the_session),
	conformance_test(test_c45_destroy_ends_sessions),
	conformance_test(test_c46_manual_sync_counts_on_the_first_map_only),
	conformance_test(test_c47_manual_mapping_starts_without_a_session),
};
