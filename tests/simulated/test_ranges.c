/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ranges of mapped buffers, with each way to keep caches coherent, and the maintenance by the process itself. CPU and
 * devices have separate views of cached memory: a missing or reversed operation is visible.
 */
#include <stdbool.h>

#include "board.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define OVERWRITE IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE
#define TO IMX_DMA_BUFFER_TO_DEVICE
#define FROM IMX_DMA_BUFFER_FROM_DEVICE
#define BOTH IMX_DMA_BUFFER_BIDIRECTIONAL
#define SIZE 20000
/* A session includes the rest of the last page. */
#define LINES (20480 / 64)

/* One board for each strategy, and which property it has. */
static struct {
	char const *board;
	ImxDmaBufferCoherency coherency;
	bool attach;
} const boards[] = {
	{"cpu arm64 granule=64; heap reserved; phys native", IMX_DMA_BUFFER_COHERENCY_USER, false},
	{"cpu arm64 line=128 granule=128; heap reserved; phys absent; pagemap privileged", IMX_DMA_BUFFER_COHERENCY_USER,
		false},
	{"heap reserved; phys native", IMX_DMA_BUFFER_COHERENCY_PHYS, false},
	{"heap reserved; phys absent; pagemap privileged", IMX_DMA_BUFFER_COHERENCY_IMPORTER, true},
	{"heap reserved-uncached; phys native", IMX_DMA_BUFFER_COHERENCY_UNCACHED, false},
	{"cpu arm64; heap reserved-uncached; phys native", IMX_DMA_BUFFER_COHERENCY_UNCACHED, false},
};

#define BOARDS (sizeof(boards) / sizeof(boards[0]))
#define USER_BOARD boards[0].board

static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffer;
static uint8_t *bytes;
static int fd;

static ImxDmaBufferProperties properties_of(ImxDmaBuffer *of)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(of, &properties, NULL), 0);
	return properties;
}

static void begin(char const *board, unsigned int flags)
{
	start_board(board);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, SIZE);
	fd = imx_dma_buffer_get_fd(buffer);
	bytes = imx_dma_buffer_map(buffer, flags, NULL);
	assert_non_null(bytes);
}

static void begin_on(size_t index)
{
	begin(boards[index].board, MANUAL);
	assert_int_equal(properties_of(buffer).coherency, boards[index].coherency);
	if (boards[index].attach)
		assert_int_equal(sim_attach(fd), 0);
}

static void finish(void)
{
	imx_dma_buffer_allocator_destroy(allocator);
}

static void device_writes(size_t offset, uint8_t value, size_t length)
{
	uint8_t data[SIZE];

	memset(data, value, length);
	assert_int_equal(sim_device_write_fd(fd, offset, data, length), 0);
}

static void assert_device_sees(size_t offset, uint8_t value, size_t length)
{
	uint8_t data[SIZE];

	assert_int_equal(sim_device_read_fd(fd, offset, data, length), 0);
	for (size_t i = 0; i < length; i++)
		assert_int_equal(data[i], value);
}

static void assert_cpu_sees(size_t offset, uint8_t value, size_t length)
{
	for (size_t i = 0; i < length; i++)
		assert_int_equal(bytes[offset + i], value);
}

static int for_device(size_t offset, size_t length, ImxDmaBufferDirection direction)
{
	ImxDmaBufferRange range = {offset, length};

	return imx_dma_buffer_sync_for_device(buffer, &range, 1, direction, NULL);
}

static int for_cpu(size_t offset, size_t length, ImxDmaBufferDirection direction)
{
	ImxDmaBufferRange range = {offset, length};

	return imx_dma_buffer_sync_for_cpu(buffer, &range, 1, direction, NULL);
}

/* The CPU's bytes of one range must survive the return of another one. */
static void test_nothing_written_is_lost(void **state)
{
	for (size_t i = 0; i < BOARDS; i++) {
		begin_on(i);
		assert_int_equal(for_device(8192, 4096, FROM), 0);
		device_writes(8192, 0xd1, 4096);
		memset(bytes, 0xc1, 4096);
		assert_int_equal(for_cpu(8192, 4096, FROM), 0);
		assert_cpu_sees(8192, 0xd1, 4096);
		assert_cpu_sees(0, 0xc1, 4096);
		assert_int_equal(for_device(0, 4096, TO), 0);
		assert_device_sees(0, 0xc1, 4096);
		finish();
	}
}

static void test_a_ring_of_two(void **state)
{
	for (size_t i = 0; i < BOARDS; i++) {
		begin_on(i);
		for (unsigned int round = 1; round < 6; round++) {
			size_t mine = (round % 2) * 8192, theirs = 8192 - mine;

			memset(bytes + mine, (int)round, 8192);
			assert_int_equal(for_device(mine, 8192, TO), 0);
			assert_device_sees(mine, (uint8_t)round, 8192);
			assert_int_equal(for_device(theirs, 8192, FROM), 0);
			device_writes(theirs, (uint8_t)(0x80 + round), 8192);
			sim_evict(0, 0);
			assert_int_equal(for_cpu(theirs, 8192, FROM), 0);
			assert_cpu_sees(theirs, (uint8_t)(0x80 + round), 8192);
		}
		finish();
	}
}

/* Begins and ends within lines count as whole lines. */
static void test_partial_lines(void **state)
{
	for (size_t i = 0; i < BOARDS; i++) {
		begin_on(i);
		memset(bytes + 1000, 0x31, 3001);
		assert_int_equal(for_device(1000, 3001, BOTH), 0);
		assert_device_sees(1000, 0x31, 3001);
		device_writes(1000, 0x32, 3001);
		assert_int_equal(for_cpu(1000, 3001, BOTH), 0);
		assert_cpu_sees(1000, 0x32, 3001);
		finish();
	}
}

static void test_the_whole_buffer_and_nothing(void **state)
{
	ImxDmaBufferRange range = {0, SIZE};

	for (size_t i = 0; i < BOARDS; i++) {
		begin_on(i);
		memset(bytes, 0x41, SIZE);
		assert_int_equal(imx_dma_buffer_sync_for_device(buffer, NULL, 0, TO, NULL), 0);
		assert_device_sees(0, 0x41, SIZE);
		sim_reset_counts();
		assert_int_equal(imx_dma_buffer_sync_for_device(buffer, &range, 0, TO, NULL), 0);
		assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, &range, 0, BOTH, NULL), 0);
		assert_int_equal(sim_count(SIM_CALL_ANY), 0);
		assert_int_equal(sim_cache_operations(SIM_BARRIER_AFTER), 0);
		finish();
	}
}

static void assert_operations(unsigned long clean, unsigned long flush, unsigned long before, unsigned long after)
{
	assert_int_equal(sim_cache_operations(SIM_LINE_CLEAN), clean);
	assert_int_equal(sim_cache_operations(SIM_LINE_CLEAN_INVALIDATE), flush);
	assert_int_equal(sim_cache_operations(SIM_BARRIER_BEFORE), before);
	assert_int_equal(sim_cache_operations(SIM_BARRIER_AFTER), after);
	sim_reset_counts();
}

/* Each line once, one pair of barriers a call, no system call. */
static void test_operations_of_ranges(void **state)
{
	ImxDmaBufferRange const ranges[] = {{63, 2}, {1024, 64}, {640, 1}};

	begin(USER_BOARD, MANUAL);
	sim_reset_counts();
	imx_dma_buffer_sync_for_device(buffer, ranges, 3, TO, NULL);
	assert_operations(4, 0, 0, 1);
	imx_dma_buffer_sync_for_device(buffer, ranges, 3, FROM, NULL);
	assert_operations(4, 0, 0, 1);
	imx_dma_buffer_sync_for_cpu(buffer, ranges, 3, FROM, NULL);
	assert_int_equal(sim_count(SIM_CALL_ANY), 0);
	assert_operations(0, 4, 1, 1);
	imx_dma_buffer_sync_for_cpu(buffer, ranges, 3, BOTH, NULL);
	assert_operations(0, 4, 1, 1);
	imx_dma_buffer_sync_for_cpu(buffer, ranges, 3, TO, NULL);
	assert_operations(0, 0, 0, 0);
	finish();
	begin(boards[1].board, MANUAL);
	sim_reset_counts();
	for_device(0, 129, TO);
	assert_operations(2, 0, 0, 1);
	finish();
	begin(boards[5].board, MANUAL);
	sim_reset_counts();
	for_device(0, 100, TO);
	assert_operations(0, 0, 0, 1);
	for_cpu(0, 100, FROM);
	assert_operations(0, 0, 1, 0);
	imx_dma_buffer_start_sync_session(buffer);
	assert_operations(0, 0, 1, 0);
	imx_dma_buffer_stop_sync_session(buffer);
	assert_operations(0, 0, 0, 1);
	finish();
}

static void count_session(unsigned int flags, unsigned long clean, unsigned long flush, unsigned long syncs)
{
	sim_reset_counts();
	assert_non_null(imx_dma_buffer_map(buffer, flags, NULL));
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(sim_count(SIM_CALL_SYNC), syncs);
	assert_int_equal(sim_count(SIM_CALL_PHYS), 0);
	assert_operations(clean, flush, 1, 2);
}

static void test_walks_of_sessions(void **state)
{
	begin(USER_BOARD, 0);
	imx_dma_buffer_unmap(buffer);
	count_session(READ, 0, LINES, 2);
	count_session(WRITE, LINES, LINES, 2);
	count_session(READ | WRITE, LINES, LINES, 2);
	count_session(WRITE | OVERWRITE, LINES, 0, 2);
	/* It is about the first session of the mapping. */
	bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL | OVERWRITE, NULL);
	imx_dma_buffer_start_sync_session(buffer);
	memset(bytes, 0x51, SIZE);
	imx_dma_buffer_stop_sync_session(buffer);
	device_writes(0, 0x52, SIZE);
	imx_dma_buffer_start_sync_session(buffer);
	assert_cpu_sees(0, 0x52, SIZE);
	assert_null(imx_dma_buffer_map(buffer, READ | OVERWRITE, NULL));
	finish();
}

/* With the kernel's ways too: the begin does nothing to the caches. */
static void test_overwriting(void **state)
{
	for (size_t i = 0; i < BOARDS; i++) {
		begin_on(i);
		imx_dma_buffer_unmap(buffer);
		sim_reset_counts();
		bytes = imx_dma_buffer_map(buffer, WRITE | OVERWRITE, NULL);
		assert_int_equal(sim_count(SIM_CALL_PHYS), 0);
		memset(bytes, 0x61, SIZE);
		imx_dma_buffer_unmap(buffer);
		assert_device_sees(0, 0x61, SIZE);
		finish();
	}
	begin(USER_BOARD, 0);
	imx_dma_buffer_unmap(buffer);
	assert_null(imx_dma_buffer_map(buffer, READ | OVERWRITE, NULL));
	assert_sentence("OVERWRITE needs WRITE");
	finish();
}

static void test_bad_arguments(void **state)
{
	ImxDmaBufferRange const good = {0, 64};
	ImxDmaBufferRange const bad[] = {{0, 0}, {0, SIZE + 1}, {SIZE, 1}, {1, SIZE}, {SIZE_MAX, 2}, {2, SIZE_MAX}};
	int error;

	begin(USER_BOARD, MANUAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ImxDmaBufferRange const both[] = {good, bad[i]};

		sim_reset_counts();
		assert_int_equal(imx_dma_buffer_sync_for_device(buffer, both, 2, TO, &error), -1);
		assert_int_equal(error, EINVAL);
		assert_sentence("range 1: ");
		assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, both, 2, BOTH, NULL), -1);
		assert_operations(0, 0, 0, 0);
	}
	assert_int_equal(imx_dma_buffer_sync_for_device(buffer, &good, 1, (ImxDmaBufferDirection)0, &error), -1);
	assert_int_equal(imx_dma_buffer_sync_for_device(buffer, &good, 1, (ImxDmaBufferDirection)4, &error), -1);
	assert_sentence("direction 4: unknown");
	assert_int_equal(imx_dma_buffer_sync_for_device(buffer, NULL, 1, TO, &error), -1);
	assert_int_equal(imx_dma_buffer_sync_for_cpu(NULL, &good, 1, TO, &error), -1);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, &good, 1, BOTH, &error), -1);
	assert_int_equal(error, EINVAL);
	assert_sentence("is not mapped");
	finish();
}

static void test_a_read_only_mapping(void **state)
{
	begin(USER_BOARD, READ | MANUAL);
	assert_int_equal(for_device(0, SIZE, FROM), 0);
	device_writes(0, 0x71, SIZE);
	assert_int_equal(for_cpu(0, SIZE, FROM), 0);
	assert_cpu_sees(0, 0x71, SIZE);
	finish();
}

/* The range of an import begins where the import does. */
static void test_imports_and_wrapped_buffers(void **state)
{
	ImxDmaBufferRange const range = {100, 200};
	ImxWrappedDmaBuffer wrapped;
	ImxDmaBuffer *slice;
	uint8_t *mine;

	begin(USER_BOARD, MANUAL);
	slice = imx_dma_buffer_import_dmabuf(fd, 4096, 8192, NULL);
	mine = imx_dma_buffer_map(slice, MANUAL, NULL);
	memset(mine + 100, 0x81, 200);
	assert_int_equal(imx_dma_buffer_sync_for_device(slice, &range, 1, TO, NULL), 0);
	assert_device_sees(4196, 0x81, 200);
	imx_dma_buffer_deallocate(slice);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = fd;
	wrapped.size = SIZE;
	assert_int_equal(imx_dma_buffer_sync_for_device(&wrapped.parent, &range, 1, TO, NULL), -1);
	assert_sentence("is not mapped");
	mine = imx_dma_buffer_map(&wrapped.parent, MANUAL, NULL);
	memset(mine + 100, 0x82, 200);
	assert_int_equal(imx_dma_buffer_sync_for_device(&wrapped.parent, &range, 1, TO, NULL), 0);
	assert_device_sees(100, 0x82, 200);
	imx_dma_buffer_deallocate(&wrapped.parent);
	finish();
}

/* The kernel's zeros in the cache must not come down on what a device wrote to the address. */
static void test_an_address_is_of_clean_memory(void **state)
{
	start_board(boards[1].board);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, SIZE);
	fd = imx_dma_buffer_get_fd(buffer);
	assert_true(imx_dma_buffer_get_physical_address(buffer) != 0);
	device_writes(0, 0x91, SIZE);
	sim_evict(0, 0);
	assert_device_sees(0, 0x91, SIZE);
	finish();
}

static void test_properties(void **state)
{
	ImxDmaBufferTristate const ranged[BOARDS] = {YES, YES, NO, NO, YES, YES};
	size_t const granules[BOARDS] = {64, 128, 0, 0, 1, 1};

	for (size_t i = 0; i < BOARDS; i++) {
		begin_on(i);
		assert_int_equal(properties_of(buffer).sync_is_ranged, ranged[i]);
		assert_int_equal(properties_of(buffer).sync_granule, granules[i]);
		finish();
	}
	begin("cpu arm64; heap reserved", 0);
	assert_int_equal(properties_of(buffer).sync_granule, 2048);
	finish();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_nothing_written_is_lost),
	cmocka_unit_test(test_a_ring_of_two),
	cmocka_unit_test(test_partial_lines),
	cmocka_unit_test(test_the_whole_buffer_and_nothing),
	cmocka_unit_test(test_operations_of_ranges),
	cmocka_unit_test(test_walks_of_sessions),
	cmocka_unit_test(test_overwriting),
	cmocka_unit_test(test_bad_arguments),
	cmocka_unit_test(test_a_read_only_mapping),
	cmocka_unit_test(test_imports_and_wrapped_buffers),
	cmocka_unit_test(test_an_address_is_of_clean_memory),
	cmocka_unit_test(test_properties),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
