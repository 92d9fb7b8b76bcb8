/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slabs: small buffers that are cut from few large blocks.
 */
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_pool.h"
#include "imxdmabuffer/imxdmabuffer_view.h"

#define UNCACHED "heap reserved-uncached; phys native; release 6.1.0"
#define ARM64 "cpu arm64 line=64 granule=128; heap reserved; phys native; release 6.1.0"
#define BLOCK 65536

static ImxDmaBufferAllocator *new_slab(char const *board)
{
	ImxDmaBufferAllocator *inner, *slab;

	start_board(board);
	inner = new_allocator(NULL, 0);
	slab = imx_dma_buffer_slab_new(inner, BLOCK, NULL);
	if (!slab)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(slab);
	imx_dma_buffer_allocator_destroy(inner);
	sim_reset_counts();
	return slab;
}

static void assert_blocks(unsigned int blocks)
{
	assert_int_equal(sim_live_buffers(), blocks);
}

static void test_small_buffers_share_blocks(void **state)
{
	ImxDmaBufferAllocator *slab = new_slab(UNCACHED);
	ImxDmaBuffer *buffers[2048];
	imx_physical_address_t first = 0;

	/* 1,024 of 64 bytes fit into a block. */
	for (size_t i = 0; i < 2048; i++) {
		buffers[i] = new_buffer(slab, 1 + i % 64);
		assert_int_equal(imx_dma_buffer_get_size(buffers[i]), 1 + i % 64);
		assert_int_equal(imx_dma_buffer_get_fd(buffers[i]), -1);
	}
	assert_blocks(2);
	assert_int_equal(sim_count(SIM_CALL_HEAP_ALLOC), 2);
	for (size_t i = 0; i < 2048; i++) {
		uint8_t *bytes = imx_dma_buffer_map(buffers[i], 0, NULL);

		memset(bytes, (int)i, 1 + i % 64);
	}
	assert_int_equal(sim_count(SIM_CALL_MMAP), 2);
	for (size_t i = 0; i < 2048; i++) {
		uint8_t byte = 0;

		assert_int_equal(sim_device_read(imx_dma_buffer_get_physical_address(buffers[i]) + i % 64, &byte, 1), 0);
		assert_int_equal(byte, (uint8_t)i);
	}
	/* A block goes with its last buffer, and one live buffer keeps it. */
	for (size_t i = 1; i < 2048; i++)
		imx_dma_buffer_deallocate(buffers[i]);
	assert_blocks(1);
	first = imx_dma_buffer_get_physical_address(buffers[0]);
	assert_true(imx_dma_buffer_get_physical_address(new_buffer(slab, 64)) != first);
	imx_dma_buffer_deallocate(buffers[0]);
	assert_true(imx_dma_buffer_get_physical_address(new_buffer(slab, 64)) == first);
	assert_blocks(1);
	imx_dma_buffer_allocator_destroy(slab);
	assert_nothing_left();
}

static void test_sizes_and_alignments(void **state)
{
	ImxDmaBufferAllocator *slab = new_slab(UNCACHED);

	for (size_t size = 1; size <= BLOCK; size = size * 3 / 2 + 1)
		for (size_t alignment = 1; alignment <= 65536; alignment *= 8) {
			ImxDmaBuffer *buffers[3];

			for (int i = 0; i < 3; i++) {
				uint8_t *bytes;

				buffers[i] = imx_dma_buffer_allocate(slab, size, alignment, NULL);
				assert_non_null(buffers[i]);
				assert_int_equal(imx_dma_buffer_get_physical_address(buffers[i]) % alignment, 0);
				bytes = imx_dma_buffer_map(buffers[i], 0, NULL);
				memset(bytes, i, size);
			}
			for (int i = 0; i < 3; i++) {
				uint8_t const *bytes = imx_dma_buffer_map(buffers[i], 0, NULL);

				assert_int_equal(bytes[0], i);
				assert_int_equal(bytes[size - 1], i);
				imx_dma_buffer_deallocate(buffers[i]);
			}
		}
	assert_blocks(0);
	/* Above half a block. */
	assert_true(imx_dma_buffer_get_fd(new_buffer(slab, BLOCK / 2 + 1)) >= 0);
	assert_int_equal(imx_dma_buffer_get_fd(new_buffer(slab, BLOCK / 2)), -1);
	imx_dma_buffer_allocator_destroy(slab);
	assert_nothing_left();
}

/* Each small buffer has a granule of its own, and its sessions maintain nothing else. */
static void test_cached_memory(void **state)
{
	ImxDmaBufferAllocator *slab = new_slab(ARM64);
	ImxDmaBuffer *one = new_buffer(slab, 10), *other = new_buffer(slab, 10);
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(one);
	uint8_t data[10] = "device", *bytes;
	unsigned long lines;

	assert_int_equal(imx_dma_buffer_get_physical_address(other) - address, 128);
	/* The CPU writes one while a device writes the other one. */
	bytes = imx_dma_buffer_map(other, 0, NULL);
	bytes[0] = 7;
	assert_int_equal(sim_device_write(address, data, sizeof(data)), 0);
	lines = sim_cache_operations(SIM_LINE_CLEAN);
	imx_dma_buffer_unmap(other);
	assert_int_equal(sim_cache_operations(SIM_LINE_CLEAN) - lines, 1);
	assert_memory_equal(imx_dma_buffer_map(one, 0, NULL), data, sizeof(data));
	imx_dma_buffer_deallocate(one);
	/* Without a session: it is cleaned before another buffer has it. */
	one = new_buffer(slab, 10);
	imx_dma_buffer_map(one, IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, NULL)[0] = 9;
	imx_dma_buffer_deallocate(one);
	one = new_buffer(slab, 10);
	assert_true(imx_dma_buffer_get_physical_address(one) == address);
	assert_int_equal(sim_device_write(address, data, sizeof(data)), 0);
	sim_evict(0, 0);
	assert_memory_equal(imx_dma_buffer_map(one, 0, NULL), data, sizeof(data));
	imx_dma_buffer_allocator_destroy(slab);
	assert_nothing_left();
}

static void assert_refused(ImxDmaBufferAllocator *inner, size_t block_size, int code, char const *sentence)
{
	int error = 0;

	assert_null(imx_dma_buffer_slab_new(inner, block_size, &error));
	assert_int_equal(error, code);
	assert_sentence(sentence);
}

static void test_wrong_arguments(void **state)
{
	static ImxDmaBufferAllocator of_a_program;
	ImxDmaBufferAllocator *slab = new_slab(UNCACHED), *inner = new_allocator(NULL, 0), *pool;
	ImxDmaBuffer *buffer = new_buffer(slab, 100);
	int error = 0;

	assert_refused(NULL, BLOCK, EINVAL, "NULL");
	assert_refused(&of_a_program, BLOCK, ENOTSUP, "not one of the library");
	assert_refused(slab, BLOCK, EINVAL, "a pool already, or a slab");
	pool = imx_dma_buffer_pool_new(inner, NULL, NULL);
	assert_refused(pool, BLOCK, EINVAL, "a pool already, or a slab");
	assert_null(imx_dma_buffer_pool_new(slab, NULL, &error));
	assert_int_equal(error, EINVAL);
	assert_refused(inner, 0, EINVAL, "multiple of a page");
	assert_refused(inner, 4095, EINVAL, "multiple of a page");
	assert_refused(inner, 6000, EINVAL, "multiple of a page");
	sim_fail(SIM_CALL_HEAP_ALLOC, 1, ENOMEM, 1);
	assert_refused(inner, BLOCK, ENOMEM, "no memory left");
	assert_null(imx_dma_buffer_new_view(buffer, 0, 64, 0, &error));
	assert_int_equal(error, ENOTSUP);
	assert_int_equal(imx_dma_buffer_export_fd(buffer, NULL, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_null(imx_dma_buffer_allocate(slab, 0, 1, &error));
	assert_int_equal(error, EINVAL);
	sim_fail(SIM_CALL_HEAP_ALLOC, 1, ENOMEM, 1);
	assert_null(imx_dma_buffer_allocate(slab, 5000, 1, &error));
	assert_int_equal(error, ENOMEM);
	imx_dma_buffer_allocator_destroy(pool);
	imx_dma_buffer_allocator_destroy(inner);
	imx_dma_buffer_allocator_destroy(slab);
	assert_nothing_left();
	/* Sessions of the kernel maintain whole blocks. */
	start_board("heap reserved; phys native");
	inner = new_allocator(NULL, 0);
	assert_refused(inner, BLOCK, ENOTSUP, "phys");
	assert_sentence("uncached");
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
}

/* An exported descriptor would show the other small buffers of the block, later ones as well. */
static void assert_not_exported(char const *board, char const *name)
{
	ImxDmaBufferAllocator *inner, *slab;
	int error = 0;

	start_board(board);
	inner = new_allocator(name, 0);
	slab = imx_dma_buffer_slab_new(inner, BLOCK, NULL);
	assert_non_null(slab);
	assert_int_equal(imx_dma_buffer_export_fd(new_buffer(slab, 100), NULL, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_sentence("small buffers");
	imx_dma_buffer_allocator_destroy(slab);
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
}

static void test_small_buffers_are_not_exported(void **state)
{
	assert_not_exported(UNCACHED, "dma-heap");
	assert_not_exported("g2d on", "g2d");
	assert_not_exported("heap linux,cma-uncached; dwl on; phys native", "dwl");
}

static int query_address(char const *board, imx_physical_address_t *first, imx_physical_address_t *second, int *error)
{
	ImxDmaBufferAllocator *inner, *slab;
	ImxDmaBufferAddress found = {.struct_size = sizeof(found)};
	int code;

	start_board(board);
	inner = new_allocator("dma-heap", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	slab = imx_dma_buffer_slab_new(inner, BLOCK, NULL);
	assert_non_null(slab);
	code = imx_dma_buffer_query_physical_address(new_buffer(slab, 64), &found, error);
	*first = found.address;
	if (code == 0)
		assert_int_equal(imx_dma_buffer_query_physical_address(new_buffer(slab, 64), &found, NULL), 0);
	*second = found.address;
	imx_dma_buffer_allocator_destroy(slab);
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
	return code;
}

/* DMA_BUF_IOCTL_PHYS invalidates the whole block, with the CPU's writes to other small buffers in cached memory. */
static void test_addresses_are_queried_of_uncached_memory_only(void **state)
{
	imx_physical_address_t first = 0, second = 0;
	int error = 0;

	assert_int_equal(query_address(UNCACHED, &first, &second, NULL), 0);
	assert_true(first != 0);
	assert_true(second == first + 64);
	assert_int_equal(query_address(ARM64, &first, &second, &error), -1);
	assert_int_equal(error, ENOTSUP);
}

/* libg2d's memory need not begin at a page: no piece of a block fits, and a block of its own is needed. */
static void test_block_for_an_alignment_fails(void **state)
{
	ImxDmaBufferAllocator *inner, *slab;
	int error = 0;

	start_board("g2d on skew=64");
	inner = new_allocator("g2d", 0);
	slab = imx_dma_buffer_slab_new(inner, BLOCK, NULL);
	imx_dma_buffer_allocator_destroy(inner);
	imx_dma_buffer_deallocate(imx_dma_buffer_allocate(slab, 100, 4096, NULL));
	assert_int_equal(sim_fail(SIM_CALL_G2D_ALLOC, 2, ENOMEM, 1), 0);
	assert_null(imx_dma_buffer_allocate(slab, 100, 4096, &error));
	assert_int_equal(error, ENOMEM);
	assert_blocks(0);
	imx_dma_buffer_allocator_destroy(slab);
	assert_nothing_left();
}

/* Parent and child must not give out the same memory. */
static void test_child_has_blocks_of_its_own(void **state)
{
	ImxDmaBufferAllocator *slab = new_slab(UNCACHED);
	ImxDmaBuffer *buffer = new_buffer(slab, 100);
	int status;
	pid_t child;

	memset(imx_dma_buffer_map(buffer, 0, NULL), 1, 100);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		ImxDmaBuffer *own = imx_dma_buffer_allocate(slab, 100, 1, NULL);

		memset(imx_dma_buffer_map(own, 0, NULL), 2, 100);
		status = imx_dma_buffer_get_physical_address(own) / BLOCK ==
			imx_dma_buffer_get_physical_address(buffer) / BLOCK;
		imx_dma_buffer_deallocate(buffer);
		imx_dma_buffer_allocator_destroy(slab);
		_exit(status);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	memset(imx_dma_buffer_map(new_buffer(slab, 100), 0, NULL), 3, 100);
	assert_int_equal(imx_dma_buffer_map(buffer, 0, NULL)[99], 1);
	imx_dma_buffer_allocator_destroy(slab);
	assert_nothing_left();
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_small_buffers_share_blocks),
		cmocka_unit_test(test_sizes_and_alignments),
		cmocka_unit_test(test_cached_memory),
		cmocka_unit_test(test_wrong_arguments),
		cmocka_unit_test(test_small_buffers_are_not_exported),
		cmocka_unit_test(test_addresses_are_queried_of_uncached_memory_only),
		cmocka_unit_test(test_block_for_an_alignment_fails),
		cmocka_unit_test(test_child_has_blocks_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
