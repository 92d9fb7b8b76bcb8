/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools around the allocator under test: what they give out again, and what they must not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"
#include "imxdmabuffer/imxdmabuffer_pool.h"

#define SIZE 20000

#define SKIP_IS_POOL "the allocator is a pool or a slab already"

/* A pool around the allocator under test. Nothing ages. */
static ImxDmaBufferAllocator *new_pool(unsigned int flags)
{
	ImxDmaBufferPoolConfig config = {.struct_size = sizeof(config), .idle_ms = UINT32_MAX, .flags = flags};
	int error = 0;
	ImxDmaBufferAllocator *pool = imx_dma_buffer_pool_new(subject.allocator, &config, &error);

	if (!pool)
		fail_msg("no pool: %s", imx_dma_buffer_get_last_error());
	return pool;
}

static ImxDmaBuffer *take(ImxDmaBufferAllocator *pool, size_t size)
{
	int error = 0;
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(pool, size, 1, &error);

	if (!buffer)
		fail_msg("allocate from a pool: %s", imx_dma_buffer_get_last_error());
	return buffer;
}

static ImxDmaBufferPoolStats stats_of(ImxDmaBufferAllocator *pool)
{
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};

	assert_int_equal(imx_dma_buffer_pool_get_stats(pool, &stats, NULL), 0);
	return stats;
}

static void test_c113_pool_gives_memory_out_again(void **state)
{
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *first, *second;
	imx_physical_address_t address;
	unsigned long inode;

	if (subject_is_pool() || subject_is_slab())
		SKIP_BECAUSE(SKIP_IS_POOL);
	pool = new_pool(0);
	first = take(pool, SIZE);
	address = imx_dma_buffer_get_physical_address(first);
	inode = get_properties(first).inode;
	fill_pattern(map(first, 0), SIZE, 1);
	imx_dma_buffer_deallocate(first);
	assert_int_equal(stats_of(pool).idle_buffers, 1);
	second = take(pool, SIZE - 100);
	assert_int_equal(imx_dma_buffer_get_size(second), SIZE - 100);
	assert_int_equal(stats_of(pool).hits, 1);
	assert_int_equal(stats_of(pool).idle_buffers, 0);
	assert_true(imx_dma_buffer_get_physical_address(second) == address);
	assert_int_equal(get_properties(second).inode, inode);
	assert_int_equal(check_pattern(map(second, READ), SIZE - 100, 1), SIZE - 100);
	imx_dma_buffer_deallocate(second);
	/* Another class of sizes. */
	take(pool, 4 * SIZE);
	assert_int_equal(stats_of(pool).misses, 2);
	imx_dma_buffer_allocator_destroy(pool);
}

/* After deallocating the buffer, the pool may give out its memory only if nobody holds it. */
static void assert_held(ImxDmaBufferAllocator *pool, ImxDmaBuffer *buffer, bool is_held)
{
	unsigned long inode = get_properties(buffer).inode;
	ImxDmaBuffer *other;

	imx_dma_buffer_deallocate(buffer);
	other = take(pool, SIZE);
	assert_int_equal(get_properties(other).inode != inode, is_held);
	assert_int_equal(stats_of(pool).held_buffers, is_held);
	/* It is looked at again. */
	imx_dma_buffer_deallocate(other);
	imx_dma_buffer_pool_trim(pool, 0);
}

static void test_c114_pool_waits_for_other_holders(void **state)
{
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *buffer, *import;
	unsigned long inode;
	uint8_t *mapping;
	int fd;

	if (subject_is_pool() || subject_is_slab())
		SKIP_BECAUSE(SKIP_IS_POOL);
	if (subject.info.is_dmabuf == NO)
		SKIP_BECAUSE(SKIP_NO_DMABUF);
	pool = new_pool(IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES);
	buffer = take(pool, SIZE);
	inode = get_properties(buffer).inode;
	if (get_properties(buffer).is_dmabuf != YES || inode == 0) {
		imx_dma_buffer_allocator_destroy(pool);
		SKIP_BECAUSE(SKIP_NO_DMABUF);
	}
	/* The descriptor is known, and nobody else has one. */
	imx_dma_buffer_get_fd(buffer);
	map(buffer, 0);
	assert_held(pool, buffer, false);
	/* Another descriptor. */
	buffer = take(pool, SIZE);
	fd = imx_dma_buffer_export_fd(buffer, NULL, NULL);
	assert_true(fd >= 0);
	assert_held(pool, buffer, true);
	close(fd);
	/* A mapping. */
	buffer = take(pool, SIZE);
	map(buffer, 0);
	mapping = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, imx_dma_buffer_get_fd(buffer), 0);
	assert_ptr_not_equal(mapping, MAP_FAILED);
	assert_held(pool, buffer, true);
	munmap(mapping, SIZE);
	/* A buffer of this library. */
	buffer = take(pool, SIZE);
	import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(buffer), 0, 0, NULL);
	assert_non_null(import);
	assert_held(pool, buffer, true);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_allocator_destroy(pool);
}

static void test_c115_second_deallocation_is_an_error(void **state)
{
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *first, *second, *third;

	if (subject_is_pool() || subject_is_slab())
		SKIP_BECAUSE(SKIP_IS_POOL);
	pool = new_pool(0);
	first = take(pool, SIZE);
	imx_dma_buffer_deallocate(first);
	imx_dma_buffer_deallocate(first);
	assert_sentence("has been deallocated before");
	assert_int_equal(stats_of(pool).idle_buffers, 1);
	second = take(pool, SIZE);
	third = take(pool, SIZE);
	assert_ptr_not_equal(second, first);
	fill_pattern(map(second, 0), SIZE, 2);
	fill_pattern(map(third, 0), SIZE, 3);
	imx_dma_buffer_deallocate(first);
	assert_int_equal(check_pattern(map(second, READ), SIZE, 2), SIZE);
	assert_int_equal(stats_of(pool).used_buffers, 2);
	imx_dma_buffer_allocator_destroy(pool);
}

static void test_c116_pool_keeps_alignments(void **state)
{
	ImxDmaBufferAllocator *pool;

	if (subject_is_pool() || subject_is_slab())
		SKIP_BECAUSE(SKIP_IS_POOL);
	pool = new_pool(0);
	for (size_t alignment = 1; alignment <= 65536; alignment *= 4) {
		ImxDmaBuffer *buffers[3];
		int error = 0, count = 0;

		for (; count < 3; count++) {
			buffers[count] = imx_dma_buffer_allocate(pool, 65536, alignment, &error);
			if (!buffers[count])
				break;
			assert_int_equal(imx_dma_buffer_get_physical_address(buffers[count]) % alignment, 0);
		}
		assert_true(count == 3 || error == ENOTSUP);
		while (count > 0)
			imx_dma_buffer_deallocate(buffers[--count]);
	}
	imx_dma_buffer_allocator_destroy(pool);
}

static void test_c117_pool_lives_without_its_inner_allocator(void **state)
{
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *live;

	if (subject_is_pool() || subject_is_slab())
		SKIP_BECAUSE(SKIP_IS_POOL);
	pool = new_pool(0);
	imx_dma_buffer_deallocate(take(pool, SIZE));
	live = take(pool, SIZE);
	allocate(SIZE, 1);
	imx_dma_buffer_allocator_destroy(subject.allocator);
	subject.allocator = NULL;
	fill_pattern(map(live, 0), SIZE, 4);
	fill_pattern(map(take(pool, SIZE), 0), SIZE, 5);
	assert_int_equal(check_pattern(map(live, READ), SIZE, 4), SIZE);
	/* Its live buffers go with it. */
	imx_dma_buffer_allocator_destroy(pool);
	assert_int_equal(check_board(), 0);
	assert_int_equal(count_descriptors(), subject.descriptors);
}

/* What the CPU writes outside of sessions must not be written back later. */
static void test_c118_recycled_memory_is_ready_for_a_device(void **state)
{
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *buffer;
	struct device device;
	uint8_t expected[SIZE];

	if (subject_is_pool() || subject_is_slab())
		SKIP_BECAUSE(SKIP_IS_POOL);
	pool = new_pool(IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES);
	fill_pattern(map(take(pool, SIZE), 0), SIZE, 6);
	buffer = take(pool, SIZE);
	fill_pattern(map(buffer, MANUAL), SIZE, 7);
	imx_dma_buffer_deallocate(buffer);
	buffer = take(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 1);
	if (!find_device(buffer, &device)) {
		imx_dma_buffer_allocator_destroy(pool);
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	}
	fill_pattern(expected, SIZE, 8);
	device_writes(&device, 0, expected, SIZE);
	evict_caches();
	assert_int_equal(check_pattern(map(buffer, READ), SIZE, 8), SIZE);
	imx_dma_buffer_allocator_destroy(pool);
}

static bool is_zero(uint8_t const *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void test_c119_zeroing_pool_zeroes_each_buffer(void **state)
{
	ImxDmaBufferAllocator *pool;
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};

	if (subject_is_pool() || subject_is_slab())
		SKIP_BECAUSE(SKIP_IS_POOL);
	pool = new_pool(0);
	assert_int_equal(imx_dma_buffer_allocator_get_info(pool, &info, NULL), 0);
	assert_int_equal(info.zeroed, NO);
	assert_int_equal(get_properties(take(pool, SIZE)).zeroed, NO);
	imx_dma_buffer_allocator_destroy(pool);
	pool = new_pool(IMX_DMA_BUFFER_POOL_FLAG_ZERO);
	assert_int_equal(imx_dma_buffer_allocator_get_info(pool, &info, NULL), 0);
	assert_int_equal(info.zeroed, YES);
	for (int i = 0; i < 3; i++) {
		ImxDmaBuffer *buffer = take(pool, SIZE);

		assert_int_equal(get_properties(buffer).zeroed, YES);
		assert_true(is_zero(map(buffer, 0), SIZE));
		imx_dma_buffer_unmap(buffer);
		fill_pattern(map(buffer, WRITE), SIZE, 9);
		imx_dma_buffer_deallocate(buffer);
	}
	assert_int_equal(stats_of(pool).hits, 2);
	imx_dma_buffer_allocator_destroy(pool);
}

/* The child holds what its parent had at the fork. */
static void test_c120_pool_waits_for_a_child(void **state)
{
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *buffer;
	unsigned long inode;
	int ends[2], status;
	pid_t child;
	char byte;

	if (subject_is_pool() || subject_is_slab())
		SKIP_BECAUSE(SKIP_IS_POOL);
	if (board_has_one_process())
		SKIP_BECAUSE(SKIP_ONE_PROCESS);
	if (count_calls() >= 0)
		SKIP_BECAUSE("the simulator counts the references of one process");
	pool = new_pool(IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES);
	buffer = take(pool, SIZE);
	inode = get_properties(buffer).inode;
	if (inode == 0) {
		imx_dma_buffer_allocator_destroy(pool);
		SKIP_BECAUSE(SKIP_NO_DMABUF);
	}
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(ends[0]);
	assert_held(pool, buffer, get_properties(buffer).is_dmabuf == YES);
	buffer = take(pool, SIZE);
	inode = get_properties(buffer).inode;
	imx_dma_buffer_deallocate(buffer);
	buffer = take(pool, SIZE);
	assert_int_equal(get_properties(buffer).inode, inode);
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	imx_dma_buffer_allocator_destroy(pool);
}

static void test_c121_names_do_not_stay(void **state)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE] = "";
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *buffer;

	if (subject_is_pool() || subject_is_slab())
		SKIP_BECAUSE(SKIP_IS_POOL);
	pool = new_pool(0);
	buffer = take(pool, SIZE);
	if (imx_dma_buffer_set_name(buffer, "camera", NULL) != 0) {
		imx_dma_buffer_allocator_destroy(pool);
		SKIP_BECAUSE("the allocator's memory has no DMA-BUF with a name");
	}
	imx_dma_buffer_deallocate(buffer);
	buffer = take(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 1);
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "");
	imx_dma_buffer_allocator_destroy(pool);
}

struct CMUnitTest const pool_tests[MAX_TESTS] = {
	conformance_test(test_c113_pool_gives_memory_out_again),
	conformance_test(test_c114_pool_waits_for_other_holders),
	conformance_test(test_c115_second_deallocation_is_an_error),
	conformance_test(test_c116_pool_keeps_alignments),
	conformance_test(test_c117_pool_lives_without_its_inner_allocator),
	conformance_test(test_c118_recycled_memory_is_ready_for_a_device),
	conformance_test(test_c119_zeroing_pool_zeroes_each_buffer),
	conformance_test(test_c120_pool_waits_for_a_child),
	conformance_test(test_c121_names_do_not_stay),
};
