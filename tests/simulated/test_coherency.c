/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sync sessions on memory of which the CPU and devices have separate views: a missing or reversed sync is visible.
 */
#include <unistd.h>

#include "board.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define SIZE 20000

/*
 * By user of the memory: a device with the physical address, an attached device, or a device that is always coherent.
 */
static char const *const boards[] = {
	"heap reserved; phys native",
	"heap reserved; phys absent",
	"heap reserved-uncached; heap reserved; phys native",
};

struct board {
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	int fd;
};

static struct board board;

static int start(void **state)
{
	size_t index = (size_t)(uintptr_t)*state;

	start_board(boards[index]);
	board.allocator = new_allocator(NULL, (index == 1) ? IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS : 0);
	board.buffer = new_buffer(board.allocator, SIZE);
	board.fd = imx_dma_buffer_get_fd(board.buffer);
	if (index == 1)
		assert_int_equal(sim_attach(board.fd), 0);
	return 0;
}

static int end(void **state)
{
	imx_dma_buffer_allocator_destroy(board.allocator);
	return 0;
}

static uint8_t *map(unsigned int flags)
{
	uint8_t *address = imx_dma_buffer_map(board.buffer, flags, NULL);

	if (!address)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(address);
	return address;
}

static void device_writes(size_t offset, uint8_t value, size_t length)
{
	uint8_t data[SIZE];

	memset(data, value, length);
	assert_int_equal(sim_device_write_fd(board.fd, offset, data, length), 0);
}

static uint8_t device_reads(size_t offset)
{
	uint8_t value = 0;

	assert_int_equal(sim_device_read_fd(board.fd, offset, &value, 1), 0);
	return value;
}

static void test_cpu_to_device(void **state)
{
	memset(map(0), 0x11, SIZE);
	imx_dma_buffer_unmap(board.buffer);
	assert_int_equal(device_reads(0), 0x11);
	assert_int_equal(device_reads(SIZE - 1), 0x11);
}

static void test_write_only_to_device(void **state)
{
	memset(map(WRITE), 0x12, SIZE);
	imx_dma_buffer_unmap(board.buffer);
	assert_int_equal(device_reads(0), 0x12);
	assert_int_equal(device_reads(SIZE - 1), 0x12);
}

static void test_device_to_cpu(void **state)
{
	/* Read first, so that old lines are in the CPU's cache. */
	assert_int_equal(map(READ)[100], 0);
	imx_dma_buffer_unmap(board.buffer);
	device_writes(0, 0x21, SIZE);
	assert_int_equal(map(READ)[100], 0x21);
	imx_dma_buffer_unmap(board.buffer);
	device_writes(0, 0x22, SIZE);
	assert_int_equal(map(0)[SIZE - 1], 0x22);
	imx_dma_buffer_unmap(board.buffer);
}

static void test_manual_sessions(void **state)
{
	uint8_t *address = map(MANUAL);

	for (uint8_t round = 1; round < 5; round++) {
		imx_dma_buffer_start_sync_session(board.buffer);
		memset(address, round, SIZE);
		imx_dma_buffer_stop_sync_session(board.buffer);
		assert_int_equal(device_reads(5), round);
		device_writes(0, 0x30 + round, SIZE);
		imx_dma_buffer_start_sync_session(board.buffer);
		assert_int_equal(address[SIZE - 1], 0x30 + round);
		imx_dma_buffer_stop_sync_session(board.buffer);
	}
	imx_dma_buffer_unmap(board.buffer);
}

/* The CPU writes part of a line. The rest must keep the device's data, not the CPU's older view. */
static void test_partial_line_keeps_writes_of_a_device(void **state)
{
	assert_int_equal(map(READ)[0], 0);
	imx_dma_buffer_unmap(board.buffer);
	device_writes(0, 0x41, 128);
	map(WRITE)[10] = 0x42;
	imx_dma_buffer_unmap(board.buffer);
	assert_int_equal(device_reads(10), 0x42);
	assert_int_equal(device_reads(9), 0x41);
	assert_int_equal(device_reads(64), 0x41);
}

static void test_nested_maps_sync_once(void **state)
{
	uint8_t *address = map(0);

	map(READ);
	memset(address, 0x51, SIZE);
	imx_dma_buffer_unmap(board.buffer);
	address[1] = 0x52;
	imx_dma_buffer_unmap(board.buffer);
	assert_int_equal(device_reads(0), 0x51);
	assert_int_equal(device_reads(1), 0x52);
}

static void test_session_left_open_ends_with_unmap(void **state)
{
	memset(map(MANUAL), 0, SIZE);
	imx_dma_buffer_start_sync_session(board.buffer);
	memset(map(0), 0x61, SIZE);
	imx_dma_buffer_unmap(board.buffer);
	imx_dma_buffer_unmap(board.buffer);
	assert_int_equal(device_reads(3), 0x61);
}

static void test_deallocate_ends_the_session(void **state)
{
	int copy = imx_dma_buffer_export_fd(board.buffer, NULL, NULL);
	uint8_t value = 0;

	memset(map(0), 0x71, SIZE);
	imx_dma_buffer_deallocate(board.buffer);
	assert_int_equal(sim_device_read_fd(copy, 7, &value, 1), 0);
	assert_int_equal(value, 0x71);
	close(copy);
}

static void test_dirty_zeros_do_not_hit_a_device_later(void **state)
{
	/* The kernel's zeros in the CPU's cache must not overwrite the device's data in a fresh buffer. */
	device_writes(0, 0x81, SIZE);
	sim_evict(0, 0);
	assert_int_equal(device_reads(0), 0x81);
	assert_int_equal(map(READ)[SIZE - 1], 0x81);
	imx_dma_buffer_unmap(board.buffer);
}

static void test_failed_sync_fails_the_map(void **state)
{
	int error = 0;

	sim_fail(SIM_CALL_SYNC, 1, EIO, 1);
	assert_null(imx_dma_buffer_map(board.buffer, 0, &error));
	assert_int_equal(error, EIO);
	assert_sentence("DMA_BUF_IOCTL_SYNC");
	memset(map(0), 0x91, SIZE);
	imx_dma_buffer_unmap(board.buffer);
	assert_int_equal(device_reads(0), 0x91);
}

static void test_sync_is_tried_again(void **state)
{
	sim_fail(SIM_CALL_SYNC, 1, EINTR, 3);
	sim_fail(SIM_CALL_SYNC, 4, EAGAIN, 3);
	memset(map(0), 0xa1, SIZE);
	imx_dma_buffer_unmap(board.buffer);
	assert_int_equal(device_reads(0), 0xa1);
	assert_int_equal(sim_count(SIM_CALL_SYNC), 8);
}

static void test_properties_tell_the_truth(void **state)
{
	static ImxDmaBufferCoherency const coherencies[] = {
		IMX_DMA_BUFFER_COHERENCY_PHYS, IMX_DMA_BUFFER_COHERENCY_IMPORTER, IMX_DMA_BUFFER_COHERENCY_UNCACHED};
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(board.buffer, &properties, NULL), 0);
	assert_int_equal(properties.coherency, coherencies[(uintptr_t)*state]);
	assert_int_equal(properties.cached, (*state == (void *)2) ? NO : YES);
	assert_string_equal(properties.exporter, (*state == (void *)2) ? "reserved-uncached" : "reserved");
}

#define on_board(function, index)                                                                                      \
	{                                                                                                                  \
#function " on board " #index, function, start, end, (void *)index                                             \
	}
#define on_cached_boards(function) on_board(function, 0), on_board(function, 1)
#define on_boards(function) on_cached_boards(function), on_board(function, 2)

int main(void)
{
	struct CMUnitTest const tests[] = {
		on_boards(test_cpu_to_device),
		on_boards(test_write_only_to_device),
		on_boards(test_device_to_cpu),
		on_boards(test_manual_sessions),
		on_boards(test_partial_line_keeps_writes_of_a_device),
		on_boards(test_nested_maps_sync_once),
		on_boards(test_session_left_open_ends_with_unmap),
		on_boards(test_deallocate_ends_the_session),
		on_boards(test_dirty_zeros_do_not_hit_a_device_later),
		on_cached_boards(test_failed_sync_fails_the_map),
		on_cached_boards(test_sync_is_tried_again),
		on_boards(test_properties_tell_the_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
