/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several buffers on one DMA-BUF in one process: the session of one does not take away what the CPU writes through
 * another one. DMA_BUF_IOCTL_SYNC and DMA_BUF_IOCTL_PHYS are always about the whole DMA-BUF.
 */
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_view.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define OVERWRITE IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE
#define SIZE 16384
#define HALF (SIZE / 2)

/* One board for each strategy that calls the kernel. */
static char const *const boards[] = {
	"heap reserved; phys absent; pagemap privileged",
	"heap reserved; phys native",
	"cpu arm64; heap reserved; phys native",
};

#define BOARDS (sizeof(boards) / sizeof(boards[0]))
#define IMPORTER_BOARD boards[0]
#define PHYS_BOARD boards[1]

static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffer, *import, *front, *back;
static int fd;

static void begin(char const *board)
{
	start_board(board);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, SIZE);
	fd = imx_dma_buffer_get_fd(buffer);
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	front = imx_dma_buffer_import_dmabuf(fd, 0, HALF, NULL);
	back = imx_dma_buffer_import_dmabuf(fd, HALF, HALF, NULL);
	assert_true(import && front && back);
	assert_int_equal(sim_attach(fd), 0);
}

static void finish(void)
{
	assert_int_equal(sim_open_accesses(fd), 0);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_deallocate(front);
	imx_dma_buffer_deallocate(back);
	imx_dma_buffer_allocator_destroy(allocator);
}

static uint8_t *map(ImxDmaBuffer *which, unsigned int flags)
{
	uint8_t *bytes = imx_dma_buffer_map(which, flags, NULL);

	assert_non_null(bytes);
	return bytes;
}

static void assert_all(uint8_t const *bytes, uint8_t value, size_t length)
{
	for (size_t i = 0; i < length; i++)
		assert_int_equal(bytes[i], value);
}

static void assert_device_sees(size_t offset, uint8_t value, size_t length)
{
	uint8_t data[SIZE];

	assert_int_equal(sim_device_read_fd(fd, offset, data, length), 0);
	assert_all(data, value, length);
}

static void device_writes(size_t offset, uint8_t value, size_t length)
{
	uint8_t data[SIZE];

	memset(data, value, length);
	assert_int_equal(sim_device_write_fd(fd, offset, data, length), 0);
}

static void test_reading_an_import_keeps_what_was_written(void **state)
{
	for (size_t i = 0; i < BOARDS; i++) {
		begin(boards[i]);
		uint8_t *bytes = map(buffer, WRITE);

		memset(bytes, 0x11, SIZE);
		assert_all(map(import, READ), 0x11, SIZE);
		imx_dma_buffer_unmap(import);
		assert_all(bytes, 0x11, SIZE);
		imx_dma_buffer_unmap(buffer);
		assert_device_sees(0, 0x11, SIZE);
		finish();
	}
}

static void test_a_wrapped_buffer_keeps_what_was_written(void **state)
{
	for (size_t i = 0; i < BOARDS; i++) {
		ImxWrappedDmaBuffer wrapped;

		begin(boards[i]);
		memset(map(import, WRITE), 0x12, SIZE);
		imx_dma_buffer_init_wrapped_buffer(&wrapped);
		wrapped.fd = fd;
		wrapped.size = SIZE;
		assert_all(map(&wrapped.parent, READ), 0x12, SIZE);
		imx_dma_buffer_unmap(&wrapped.parent);
		imx_dma_buffer_unmap(import);
		assert_device_sees(0, 0x12, SIZE);
		finish();
	}
}

/* Nor does a second writer, and the device gets the data of both. */
static void test_two_slices_are_written(void **state)
{
	for (size_t i = 0; i < BOARDS; i++) {
		begin(boards[i]);
		uint8_t *first = map(front, WRITE);

		memset(first, 0x21, HALF);
		memset(map(back, WRITE), 0x22, HALF);
		assert_all(first, 0x21, HALF);
		imx_dma_buffer_unmap(front);
		assert_device_sees(0, 0x21, HALF);
		imx_dma_buffer_unmap(back);
		assert_device_sees(HALF, 0x22, HALF);
		finish();
	}
}

/* Writers end with readers still there: C30 holds for the device. */
static void test_the_data_of_a_writer_reach_devices_before_readers_end(void **state)
{
	for (size_t i = 0; i < BOARDS; i++) {
		begin(boards[i]);
		map(import, READ);
		memset(map(buffer, WRITE), 0x31, SIZE);
		imx_dma_buffer_unmap(buffer);
		assert_device_sees(0, 0x31, SIZE);
		imx_dma_buffer_unmap(import);
		finish();
	}
}

/* Readers are no reason to keep old lines. */
static void test_a_new_session_reads_new_data(void **state)
{
	for (size_t i = 0; i < BOARDS; i++) {
		begin(boards[i]);
		map(import, READ);
		device_writes(0, 0x41, SIZE);
		assert_all(map(buffer, READ), 0x41, SIZE);
		imx_dma_buffer_unmap(buffer);
		device_writes(0, 0x42, SIZE);
		assert_all(map(front, READ | WRITE), 0x42, HALF);
		imx_dma_buffer_unmap(front);
		imx_dma_buffer_unmap(import);
		device_writes(0, 0x43, SIZE);
		assert_all(map(buffer, WRITE | READ), 0x43, SIZE);
		imx_dma_buffer_unmap(buffer);
		finish();
	}
}

/* Before Linux 5.19, END after reading invalidates. */
static void test_the_end_of_a_reader_keeps_what_was_written(void **state)
{
	char board[100];

	for (size_t i = 0; i < BOARDS; i++) {
		snprintf(board, sizeof(board), "%s; release 5.10.72", boards[i]);
		begin(board);
		map(import, READ);
		uint8_t *bytes = map(buffer, WRITE);

		memset(bytes, 0x51, SIZE);
		imx_dma_buffer_unmap(import);
		assert_all(bytes, 0x51, SIZE);
		imx_dma_buffer_unmap(buffer);
		assert_device_sees(0, 0x51, SIZE);
		finish();
	}
}

static void assert_steps_of(ImxDmaBuffer *which, unsigned int flags, char const *start, char const *stop)
{
	sim_reset_counts();
	map(which, flags);
	assert_string_equal(sim_sync_steps(), start);
	sim_reset_counts();
	imx_dma_buffer_unmap(which);
	assert_string_equal(sim_sync_steps(), stop);
}

/* The flush of the ioctl would invalidate what another thread writes meanwhile. */
static void test_steps_beside_a_writer(void **state)
{
	begin(PHYS_BOARD);
	assert_steps_of(import, READ, "start-r phys", "end-r");
	assert_steps_of(import, WRITE, "start-rw phys", "end-rw phys");
	map(buffer, WRITE);
	assert_steps_of(import, READ, "start-w", "end-rw");
	assert_steps_of(import, WRITE, "start-w", "end-rw");
	sim_reset_counts();
	imx_dma_buffer_unmap(buffer);
	assert_string_equal(sim_sync_steps(), "end-rw phys");
	assert_steps_of(import, READ, "start-r phys", "end-r");
	finish();
	begin(IMPORTER_BOARD);
	assert_steps_of(import, WRITE | OVERWRITE, "start-w", "end-rw");
	map(buffer, READ);
	assert_steps_of(import, READ, "start-r", "end-r");
	imx_dma_buffer_unmap(buffer);
	finish();
}

/* The rest of the last page belongs to the buffer, but not to its views. */
static void test_steps_of_overwriting_odd_sizes(void **state)
{
	ImxDmaBuffer *odd, *all, *most;

	begin(PHYS_BOARD);
	odd = imx_dma_buffer_import_dmabuf(fd, 0, SIZE - 100, NULL);
	all = imx_dma_buffer_new_view(odd, 0, 0, 0, NULL);
	most = imx_dma_buffer_new_view(odd, 0, SIZE - 4096, 0, NULL);
	assert_true(odd && all && most);
	assert_steps_of(odd, WRITE | OVERWRITE, "start-w", "end-rw phys");
	assert_steps_of(all, WRITE | OVERWRITE, "start-w", "end-rw phys");
	assert_steps_of(most, WRITE | OVERWRITE, "start-rw phys", "end-rw phys");
	assert_steps_of(front, WRITE | OVERWRITE, "start-rw phys", "end-rw phys");
	assert_steps_of(back, WRITE | OVERWRITE, "start-rw phys", "end-rw phys");
	imx_dma_buffer_deallocate(most);
	imx_dma_buffer_deallocate(all);
	imx_dma_buffer_deallocate(odd);
	finish();
}

static void test_failed_starts_do_not_count(void **state)
{
	begin(PHYS_BOARD);
	sim_fail(SIM_CALL_PHYS, 1, EIO, 1);
	assert_null(imx_dma_buffer_map(buffer, WRITE, NULL));
	sim_fail(SIM_CALL_SYNC, 1, EIO, 1);
	assert_null(imx_dma_buffer_map(buffer, WRITE, NULL));
	assert_steps_of(import, READ, "start-r phys", "end-r");
	map(buffer, WRITE);
	sim_fail(SIM_CALL_SYNC, 1, EIO, 1);
	imx_dma_buffer_unmap(buffer);
	assert_steps_of(import, READ, "start-r phys", "end-r");
	/* The end that failed is missing. */
	assert_int_equal(sim_open_accesses(fd), 1);
	imx_dma_buffer_allocator_destroy(allocator);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_deallocate(front);
	imx_dma_buffer_deallocate(back);
}

/* The parent's sessions are not the child's: nothing there waits for their end. */
static void test_a_child_begins_without_sessions(void **state)
{
	int status;
	pid_t child;

	begin(PHYS_BOARD);
	map(buffer, WRITE);
	child = fork();
	if (child == 0) {
		sim_reset_counts();
		imx_dma_buffer_map(import, READ, NULL);
		_exit(strcmp(sim_sync_steps(), "start-r phys") != 0);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	imx_dma_buffer_unmap(buffer);
	sim_reset_counts();
	map(import, READ);
	assert_string_equal(sim_sync_steps(), "start-r phys");
	imx_dma_buffer_unmap(import);
	imx_dma_buffer_allocator_destroy(allocator);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_deallocate(front);
	imx_dma_buffer_deallocate(back);
}

/* PHYS is left to the last session, which is one of the process's own maintenance here. */
static void test_the_last_session_flushes_for_others(void **state)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	start_board("cpu arm64; heap reserved; phys native");
	allocator = new_allocator("dma-heap", IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC);
	buffer = new_buffer(allocator, SIZE);
	fd = imx_dma_buffer_get_fd(buffer);
	import = imx_dma_buffer_import_dmabuf(fd, HALF, HALF, NULL);
	assert_int_equal(imx_dma_buffer_query_properties(import, &properties, NULL), 0);
	assert_int_equal(properties.coherency, IMX_DMA_BUFFER_COHERENCY_USER);
	memset(map(buffer, WRITE), 0x61, SIZE);
	memset(map(import, WRITE), 0x62, HALF);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(import);
	assert_device_sees(0, 0x61, HALF);
	assert_device_sees(HALF, 0x62, HALF);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* Before Linux 5.3 all DMA-BUFs have the same inode: other buffers' sessions must not count. */
static void test_kernels_without_inodes(void **state)
{
	ImxDmaBuffer *other;

	begin("heap reserved; phys native; release 4.19.35");
	other = new_buffer(allocator, SIZE);
	map(other, WRITE);
	assert_steps_of(buffer, READ, "start-r phys", "end-r");
	imx_dma_buffer_unmap(other);
	finish();
}

/* The strategy of a buffer is chosen at its first session. */
static void test_parts_without_a_session(void **state)
{
	unsigned int const flags = WRITE | OVERWRITE | IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC;

	for (size_t i = 0; i < BOARDS; i++) {
		begin(boards[i]);
		map(front, flags);
		imx_dma_buffer_unmap(front);
		map(front, flags);
		imx_dma_buffer_stop_sync_session(front);
		map(back, flags);
		finish();
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_reading_an_import_keeps_what_was_written),
	cmocka_unit_test(test_a_wrapped_buffer_keeps_what_was_written),
	cmocka_unit_test(test_two_slices_are_written),
	cmocka_unit_test(test_the_data_of_a_writer_reach_devices_before_readers_end),
	cmocka_unit_test(test_a_new_session_reads_new_data),
	cmocka_unit_test(test_the_end_of_a_reader_keeps_what_was_written),
	cmocka_unit_test(test_steps_beside_a_writer),
	cmocka_unit_test(test_steps_of_overwriting_odd_sizes),
	cmocka_unit_test(test_failed_starts_do_not_count),
	cmocka_unit_test(test_a_child_begins_without_sessions),
	cmocka_unit_test(test_the_last_session_flushes_for_others),
	cmocka_unit_test(test_kernels_without_inodes),
	cmocka_unit_test(test_parts_without_a_session),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
