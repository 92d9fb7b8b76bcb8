/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A library that was configured with dma-heap-device-node-path=/dev/dma_heap/board and dma-heap-uncached-memory.
 */
#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"

static void test_given_path_binds(void **state)
{
	ImxDmaBufferAllocatorInfo info;

	start_board("heap linux,cma-uncached; heap linux,cma; heap board; phys native");
	info = query("dma-heap");
	assert_int_equal(info.error, 0);
	assert_string_equal(info.node, "/dev/dma_heap/board");
	start_board("heap linux,cma-uncached; heap linux,cma; phys native");
	assert_no_allocator(ENODEV, "/dev/dma_heap/board");
}

static void test_environment_comes_first(void **state)
{
	ImxDmaBufferAllocatorInfo info;

	start_board("heap reserved; heap board; phys native");
	setenv("IMXDMABUFFER_ALLOCATOR", "dma-heap:reserved", 1);
	info = query("dma-heap");
	assert_string_equal(info.node, "/dev/dma_heap/reserved");
	/* The build option about caching applies to the configured heap only. */
	assert_int_equal(info.cached, YES);
}

static void test_configured_heap_counts_as_uncached(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	start_board("heap board uncached; phys native");
	allocator = new_allocator(NULL, 0);
	imx_dma_buffer_query_properties(new_buffer(allocator, 4096), &properties, NULL);
	assert_int_equal(properties.cached, NO);
	imx_dma_buffer_allocator_destroy(allocator);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_given_path_binds),
		cmocka_unit_test(test_environment_comes_first),
		cmocka_unit_test(test_configured_heap_counts_as_uncached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
