/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU and devices read each other's writes: with map and unmap alone, and with manual sync sessions.
 */
#include <errno.h>
#include <unistd.h>

#include "conformance.h"

#define SIZE 20000

static ImxDmaBuffer *buffer;
static struct device device;

/* Return false if there is no device. The caller then skips the test. */
static bool start(void)
{
	buffer = allocate(SIZE, 1);
	return find_device(buffer, &device);
}

static void write_device(size_t offset, uint8_t value, size_t length)
{
	uint8_t data[SIZE];

	memset(data, value, length);
	device_writes(&device, offset, data, length);
}

/* Return the value that all bytes have in the device's view, or -1 if they differ. */
static int read_device(size_t offset, size_t length)
{
	uint8_t data[SIZE];

	device_reads(&device, offset, data, length);
	for (size_t i = 1; i < length; i++)
		if (data[i] != data[0])
			return -1;
	return data[0];
}

static int read_cpu(uint8_t const *memory, size_t length)
{
	for (size_t i = 1; i < length; i++)
		if (memory[i] != memory[0])
			return -1;
	return memory[0];
}

static void test_c29_map_shows_writes_of_devices(void **state)
{
	unsigned int const flags[] = {READ, 0, READ | WRITE};

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	for (uint8_t round = 0; round < COUNT(flags); round++) {
		/* Read first, so that old lines are in the CPU's caches. */
		assert_true(read_cpu(map(buffer, READ), SIZE) != 0x20 + round);
		imx_dma_buffer_unmap(buffer);
		write_device(0, 0x20 + round, SIZE);
		assert_int_equal(read_cpu(map(buffer, flags[round]), SIZE), 0x20 + round);
		imx_dma_buffer_unmap(buffer);
	}
}

static void test_c30_devices_see_writes_before_unmap(void **state)
{
	unsigned int const flags[] = {WRITE, 0, READ | WRITE};

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	for (uint8_t round = 0; round < COUNT(flags); round++) {
		memset(map(buffer, flags[round]), 0x10 + round, SIZE);
		imx_dma_buffer_unmap(buffer);
		assert_int_equal(read_device(0, SIZE), 0x10 + round);
	}
}

static void test_c31_nested_maps_are_one_session(void **state)
{
	uint8_t *address;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	address = map(buffer, 0);
	memset(address, 0x51, SIZE);
	map(buffer, READ);
	map(buffer, WRITE);
	imx_dma_buffer_unmap(buffer);
	address[1] = 0x52;
	imx_dma_buffer_unmap(buffer);
	address[SIZE - 1] = 0x53;
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(read_device(0, 1), 0x51);
	assert_int_equal(read_device(1, 1), 0x52);
	assert_int_equal(read_device(2, SIZE - 3), 0x51);
	assert_int_equal(read_device(SIZE - 1, 1), 0x53);
}

static void test_c32_start_shows_writes_of_devices(void **state)
{
	unsigned int const flags[] = {MANUAL | READ, MANUAL};
	uint8_t value = 0x60;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	for (size_t i = 0; i < COUNT(flags); i++) {
		uint8_t *address = map(buffer, flags[i]);

		for (int round = 0; round < 3; round++) {
			write_device(0, ++value, SIZE);
			imx_dma_buffer_start_sync_session(buffer);
			assert_int_equal(read_cpu(address, SIZE), value);
			imx_dma_buffer_stop_sync_session(buffer);
		}
		imx_dma_buffer_unmap(buffer);
	}
}

static void test_c33_devices_see_writes_before_stop(void **state)
{
	unsigned int const flags[] = {MANUAL | WRITE, MANUAL};
	uint8_t value = 0x70;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	for (size_t i = 0; i < COUNT(flags); i++) {
		uint8_t *address = map(buffer, flags[i]);

		for (int round = 0; round < 3; round++) {
			imx_dma_buffer_start_sync_session(buffer);
			memset(address, ++value, SIZE);
			imx_dma_buffer_stop_sync_session(buffer);
			assert_int_equal(read_device(0, SIZE), value);
		}
		imx_dma_buffer_unmap(buffer);
	}
}

/* The CPU writes part of a line. The rest must keep the device's data, not the CPU's older view. */
static void test_c34_partial_line_keeps_writes_of_a_device(void **state)
{
	unsigned int const flags[] = {WRITE, 0, MANUAL | WRITE, MANUAL};

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	for (uint8_t round = 0; round < COUNT(flags); round++) {
		uint8_t *address;

		assert_true(read_cpu(map(buffer, READ), 200) != 0x40 + round);
		imx_dma_buffer_unmap(buffer);
		write_device(0, 0x40 + round, 200);
		address = map(buffer, flags[round]);
		imx_dma_buffer_start_sync_session(buffer);
		address[10] = address[100] = 0x4f;
		imx_dma_buffer_stop_sync_session(buffer);
		imx_dma_buffer_unmap(buffer);
		assert_int_equal(read_device(0, 10), 0x40 + round);
		assert_int_equal(read_device(10, 1), 0x4f);
		assert_int_equal(read_device(11, 89), 0x40 + round);
		assert_int_equal(read_device(100, 1), 0x4f);
		assert_int_equal(read_device(101, 99), 0x40 + round);
	}
}

static void test_c35_nothing_is_written_back_after_a_session(void **state)
{
	unsigned int const flags[] = {READ, WRITE, 0};

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	for (uint8_t round = 0; round < COUNT(flags); round++) {
		uint8_t *address = map(buffer, flags[round]);

		if (flags[round] == READ)
			assert_true(read_cpu(address, SIZE) >= 0);
		else
			memset(address, 0x30, SIZE);
		imx_dma_buffer_unmap(buffer);
		write_device(0, 0x31 + round, SIZE);
		evict_caches();
		assert_int_equal(read_device(0, SIZE), 0x31 + round);
	}
}

/* The kernel's zeros are in the CPU's caches. They must not overwrite the device's data. */
static void test_c36_fresh_memory_is_ready_for_a_device(void **state)
{
	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	/* Query nothing but the address of this buffer, since queries may clean caches. */
	if (device.address != 0 && serves_addresses(get_properties(buffer).coherency)) {
		buffer = allocate(SIZE, 1);
		device.address = imx_dma_buffer_get_physical_address(buffer);
		device.fd = imx_dma_buffer_get_fd(buffer);
		/* Memory without a promise to be contiguous may have an address the first time only. */
		if (device.address == 0)
			SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	}
	write_device(0, 0x81, SIZE);
	evict_caches();
	assert_int_equal(read_device(0, SIZE), 0x81);
	assert_int_equal(read_cpu(map(buffer, READ), SIZE), 0x81);
}

static void test_c37_failed_map_starts_no_session(void **state)
{
	bool synced = subject.info.cached != NO;
	int error = 0;

	if (!start())
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	assert_null(imx_dma_buffer_map(buffer, 1u << 31, NULL));
	if (synced && get_properties(buffer).is_dmabuf == YES && fail_next_sync()) {
		assert_null(imx_dma_buffer_map(buffer, READ, &error));
		assert_int_equal(error, EIO);
	}
	write_device(0, 0x91, SIZE);
	assert_int_equal(read_cpu(map(buffer, READ), SIZE), 0x91);
	imx_dma_buffer_unmap(buffer);
	memset(map(buffer, WRITE), 0x92, SIZE);
	/* This map is refused. It must not affect the open session. */
	assert_null(imx_dma_buffer_map(buffer, READ, NULL));
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(read_device(0, SIZE), 0x92);
}

static void test_c38_uncached_memory_needs_no_call(void **state)
{
	ImxDmaBuffer *uncached = allocate(SIZE, 1);
	long calls = count_calls();

	if (calls < 0)
		SKIP_BECAUSE("system calls are not counted here");
	if (get_properties(uncached).cached != NO)
		SKIP_BECAUSE("the memory is cached: sessions make calls");
	map(uncached, MANUAL);
	calls = count_calls();
	for (int i = 0; i < 3; i++) {
		imx_dma_buffer_start_sync_session(uncached);
		imx_dma_buffer_stop_sync_session(uncached);
	}
	assert_int_equal(count_calls(), calls);
	imx_dma_buffer_unmap(uncached);
	calls = count_calls();
	map(uncached, 0);
	imx_dma_buffer_unmap(uncached);
	/* At most mmap and munmap. */
	assert_true(count_calls() - calls <= 2);
}

struct CMUnitTest const coherency_tests[MAX_TESTS] = {
	conformance_test(test_c29_map_shows_writes_of_devices),
	conformance_test(test_c30_devices_see_writes_before_unmap),
	conformance_test(test_c31_nested_maps_are_one_session),
	conformance_test(test_c32_start_shows_writes_of_devices),
	conformance_test(test_c33_devices_see_writes_before_stop),
	conformance_test(test_c34_partial_line_keeps_writes_of_a_device),
	conformance_test(test_c35_nothing_is_written_back_after_a_session),
	conformance_test(test_c36_fresh_memory_is_ready_for_a_device),
	conformance_test(test_c37_failed_map_starts_no_session),
	conformance_test(test_c38_uncached_memory_needs_no_call),
};
