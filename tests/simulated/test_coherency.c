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

static uint8_t device_reads(size_t offset)
{
	uint8_t value = 0;

	assert_int_equal(sim_device_read_fd(board.fd, offset, &value, 1), 0);
	return value;
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
		on_cached_boards(test_failed_sync_fails_the_map),
		on_cached_boards(test_sync_is_tried_again),
		on_boards(test_properties_tell_the_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
