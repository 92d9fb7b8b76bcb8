/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system calls of each operation, and no others.
 */
#include <fcntl.h>
#include <unistd.h>

#include "../sim/raw.h"
#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"

/* This many calls of any kind were made since the last reset of counts. */
#define assert_calls(number) assert_int_equal(sim_count(SIM_CALL_ANY), number)

static void test_allocation_is_one_call_and_one_for_the_address(void **state)
{
	ImxDmaBufferAllocator *allocator;

	start_board("heap reserved-uncached; heap reserved; phys native");
	allocator = new_allocator(NULL, 0);
	for (int i = 0; i < 3; i++) {
		ImxDmaBuffer *buffer;

		sim_reset_counts();
		buffer = new_buffer(allocator, 3110400);
		assert_int_equal(sim_count(SIM_CALL_HEAP_ALLOC), 1);
		assert_int_equal(sim_count(SIM_CALL_PHYS), 1);
		assert_calls(2);
		sim_reset_counts();
		imx_dma_buffer_deallocate(buffer);
		assert_int_equal(sim_count(SIM_CALL_CLOSE), 1);
		assert_calls(1);
	}
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_allocator(NULL, IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	sim_reset_counts();
	new_buffer(allocator, 3110400);
	assert_calls(1);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_getters_make_no_call(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;

	start_board("heap reserved; phys native");
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, 100000);
	sim_reset_counts();
	assert_true(imx_dma_buffer_get_physical_address(buffer) != 0);
	assert_true(imx_dma_buffer_get_fd(buffer) > 0);
	assert_int_equal(imx_dma_buffer_get_size(buffer), 100000);
	assert_calls(0);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* Without kept mappings. */
static void start_plain_board(char const *text)
{
	start_board(text);
	setenv("IMXDMABUFFER_KEEP_MAPPINGS", "0", 1);
}

static void test_uncached_mapping_is_one_call_each_way(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;

	start_plain_board("heap reserved-uncached; heap reserved; phys native");
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, 100000);
	sim_reset_counts();
	assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
	assert_int_equal(sim_count(SIM_CALL_MMAP), 1);
	assert_calls(1);
	assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	assert_calls(1);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(sim_count(SIM_CALL_MUNMAP), 1);
	assert_calls(2);
	imx_dma_buffer_unmap(buffer);
	assert_calls(2);
	imx_dma_buffer_allocator_destroy(allocator);
}

/*
 * Mapping a cached buffer with these flags makes this many SYNC and PHYS calls at map and unmap. Without PHYS, the
 * first session looks for a render node that could attach: here for the directory of render nodes.
 */
static void assert_sync_calls(char const *kernel, unsigned int flags, unsigned int syncs_in, unsigned int phys_in,
	unsigned int syncs_out, unsigned int phys_out)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;

	start_plain_board(kernel);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, 100000);
	sim_reset_counts();
	assert_non_null(imx_dma_buffer_map(buffer, flags, NULL));
	assert_int_equal(sim_count(SIM_CALL_SYNC), syncs_in);
	assert_int_equal(sim_count(SIM_CALL_PHYS), phys_in);
	assert_calls(1 + syncs_in + phys_in + sim_count(SIM_CALL_OPENDIR));
	assert_int_equal(sim_count(SIM_CALL_OPENDIR), syncs_in > phys_in);
	sim_reset_counts();
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(sim_count(SIM_CALL_SYNC), syncs_out);
	assert_int_equal(sim_count(SIM_CALL_PHYS), phys_out);
	assert_calls(1 + syncs_out + phys_out);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_cached_mapping_syncs_by_direction(void **state)
{
	assert_sync_calls("heap reserved; phys native", 0, 1, 1, 1, 1);
	assert_sync_calls("heap reserved; phys native", IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, 1, 1, 1, 1);
	assert_sync_calls("heap reserved; phys native", IMX_DMA_BUFFER_MAPPING_FLAG_READ, 1, 1, 1, 0);
	assert_sync_calls("heap reserved; phys native", IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, 0, 0, 0, 0);
	assert_sync_calls("heap reserved; phys absent", 0, 1, 0, 1, 0);
	assert_sync_calls("heap reserved; phys absent", IMX_DMA_BUFFER_MAPPING_FLAG_READ, 1, 0, 1, 0);
}

#define LENGTH 100000

enum operation { ALLOCATE, FIRST_MAP, LAST_UNMAP, DEALLOCATE, OPERATIONS };

/* Passes are cache operations on the whole buffer: PHYS on NXP's kernels, SYNC if a device is attached. */
struct cost {
	unsigned long calls, passes;
};

static struct cost take_cost(void)
{
	struct cost cost = {sim_count(SIM_CALL_ANY), sim_count(SIM_CALL_PHYS) + sim_count(SIM_CALL_SYNC)};

	sim_reset_counts();
	return cost;
}

static void cost_of_raw_calls(bool cached, bool phys, struct cost costs[OPERATIONS])
{
	struct raw_alloc data = {.len = LENGTH, .fd_flags = O_RDWR | O_CLOEXEC};
	int heap = open_heap(cached ? "reserved" : "reserved-uncached"), fd;
	void *address;

	sim_reset_counts();
	assert_int_equal(ioctl(heap, RAW_ALLOC, &data), 0);
	fd = (int)data.fd;
	if (phys)
		get_phys(fd);
	costs[ALLOCATE] = take_cost();
	address = map_buffer(fd, LENGTH);
	if (cached)
		sync_buffer(fd, RAW_READ | RAW_WRITE);
	if (cached && phys)
		get_phys(fd);
	costs[FIRST_MAP] = take_cost();
	if (cached)
		sync_buffer(fd, RAW_READ | RAW_WRITE | RAW_END);
	if (cached && phys)
		get_phys(fd);
	munmap(address, LENGTH);
	costs[LAST_UNMAP] = take_cost();
	close(fd);
	costs[DEALLOCATE] = take_cost();
	close(heap);
}

/* While there are imports, the library asks which DMA-BUF a buffer is. */
static void import_for_a_while(ImxDmaBufferAllocator *allocator)
{
	ImxDmaBuffer *buffer = new_buffer(allocator, LENGTH);
	ImxDmaBuffer *import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(buffer), 0, 0, NULL);

	assert_non_null(imx_dma_buffer_map(import, 0, NULL));
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_deallocate(buffer);
}

static void cost_of_library(bool cached, bool phys, struct cost costs[OPERATIONS])
{
	ImxDmaBufferAllocator *allocator = new_allocator(cached ? "dma-heap:reserved" : "dma-heap:reserved-uncached",
		phys ? 0 : IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	ImxDmaBuffer *buffer;

	import_for_a_while(allocator);
	sim_reset_counts();
	buffer = new_buffer(allocator, LENGTH);
	costs[ALLOCATE] = take_cost();
	assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
	costs[FIRST_MAP] = take_cost();
	imx_dma_buffer_unmap(buffer);
	costs[LAST_UNMAP] = take_cost();
	imx_dma_buffer_deallocate(buffer);
	costs[DEALLOCATE] = take_cost();
	imx_dma_buffer_allocator_destroy(allocator);
}

/*
 * The library makes as many calls and passes as a program that calls the kernel itself. The exception is cached memory
 * without an address: its first session calls PHYS once to find out if the kernel has it.
 */
static void test_costs_are_those_of_raw_calls(void **state)
{
	static struct {
		bool cached, phys;
	} const cases[] = {{true, true}, {false, true}, {false, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cost raw[OPERATIONS], library[OPERATIONS];

		start_plain_board(cases[i].phys ? "heap reserved; heap reserved-uncached; phys native"
										: "heap reserved; heap reserved-uncached; phys absent");
		cost_of_raw_calls(cases[i].cached, cases[i].phys, raw);
		cost_of_library(cases[i].cached, cases[i].phys, library);
		for (enum operation operation = ALLOCATE; operation < OPERATIONS; operation++) {
			assert_int_equal(library[operation].calls, raw[operation].calls);
			assert_int_equal(library[operation].passes, raw[operation].passes);
		}
	}
}

/* Before the first session it is unknown if the kernel has PHYS, afterwards it is known. */
static void test_phys_is_probed_once(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;

	start_board("heap reserved; phys absent");
	allocator = new_allocator(NULL, IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	buffer = new_buffer(allocator, 100000);
	for (int i = 0; i < 3; i++) {
		assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
		imx_dma_buffer_unmap(buffer);
	}
	assert_true(sim_count(SIM_CALL_PHYS) <= 1 + (sizeof(long) < 8));
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_interrupted_calls_are_tried_again(void **state)
{
	ImxDmaBufferAllocator *allocator;

	start_board("heap reserved; phys native; fail open 1 EINTR 2; fail ioctl 1 EINTR 2");
	allocator = new_allocator("dma-heap:reserved", 0);
	sim_fail(SIM_CALL_HEAP_ALLOC, 1, EINTR, 2);
	sim_fail(SIM_CALL_PHYS, 1, EINTR, 2);
	new_buffer(allocator, 4096);
	/* After EINTR the descriptor is closed all the same. */
	sim_fail(SIM_CALL_CLOSE, 1, EINTR, 1);
	sim_reset_counts();
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_count(SIM_CALL_CLOSE), 2);
}

static void test_questions_are_asked_again(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *import;
	int fd;

	start_board("heap reserved; phys native; udmabuf on");
	allocator = new_allocator("dma-heap:reserved", 0);
	fd = imx_dma_buffer_export_fd(new_buffer(allocator, 4096), NULL, NULL);
	sim_fail(SIM_CALL_SYNC, 1, EAGAIN, 2);
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	assert_non_null(import);
	imx_dma_buffer_deallocate(import);
	close(fd);
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_allocator("host:memfd", 0);
	sim_fail(SIM_CALL_FTRUNCATE, 1, EINTR, 2);
	new_buffer(allocator, 4096);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* Programs take descriptor 0 for a failure: the library never returns it, but accepts it. */
static void test_descriptor_zero(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer, *import;
	int saved = fcntl(0, F_DUPFD_CLOEXEC, 3), fd, heap;

	start_board("heap reserved; phys native");
	close(0);
	allocator = new_allocator("dma-heap:reserved", 0);
	buffer = new_buffer(allocator, 4096);
	assert_true(imx_dma_buffer_get_fd(buffer) > 0);
	fd = imx_dma_buffer_export_fd(buffer, NULL, NULL);
	assert_true(fd > 0);
	assert_int_equal(fcntl(0, F_GETFD), -1);
	assert_int_equal(dup2(fd, 0), 0);
	import = imx_dma_buffer_import_dmabuf(0, 0, 0, NULL);
	assert_non_null(import);
	assert_true(imx_dma_buffer_get_fd(import) > 0);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_true(fcntl(0, F_GETFD) >= 0);
	close(fd);
	/* The program may ask for a descriptor that its children inherit. */
	heap = open("/dev/dma_heap/reserved", O_RDONLY | O_CLOEXEC);
	close(0);
	for (int flag = 0; flag <= O_CLOEXEC; flag += O_CLOEXEC) {
		fd = imx_dma_buffer_dma_heap_allocate_dmabuf(heap, 4096, 0, O_RDWR | (unsigned int)flag, NULL);
		assert_true(fd > 0);
		assert_int_equal(fcntl(fd, F_GETFD), flag ? FD_CLOEXEC : 0);
		close(fd);
	}
	close(heap);
	if (saved >= 0) {
		dup2(saved, 0);
		close(saved);
	}
}

/* A strange file may return EAGAIN without end: the call ends nevertheless. */
static void test_eagain_without_end(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board("heap reserved; phys native");
	allocator = new_allocator(NULL, 0);
	sim_fail(SIM_CALL_SYNC, 1, EAGAIN, 0);
	assert_null(imx_dma_buffer_map(new_buffer(allocator, 4096), 0, &error));
	assert_int_equal(error, EAGAIN);
	assert_sentence("EAGAIN");
	sim_forget_failures();
	imx_dma_buffer_allocator_destroy(allocator);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_eagain_without_end),
		cmocka_unit_test(test_allocation_is_one_call_and_one_for_the_address),
		cmocka_unit_test(test_getters_make_no_call),
		cmocka_unit_test(test_uncached_mapping_is_one_call_each_way),
		cmocka_unit_test(test_cached_mapping_syncs_by_direction),
		cmocka_unit_test(test_costs_are_those_of_raw_calls),
		cmocka_unit_test(test_phys_is_probed_once),
		cmocka_unit_test(test_interrupted_calls_are_tried_again),
		cmocka_unit_test(test_questions_are_asked_again),
		cmocka_unit_test(test_descriptor_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
