/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocators that programs bring, and invalid objects: every public function.
 */
#include <errno.h>
#include <unistd.h>

#include "support.h"
#include "base/memory_file.h"
#include "base/sys.h"

static ImxDmaBufferAllocator own;
static ImxDmaBuffer buffer = {&own};

/* As a program does that traces calls: a copy of the structure, with some functions of its own. */
static void test_copy_of_the_librarys_allocator(void **state)
{
	ImxDmaBufferAllocator *real = imx_dma_buffer_allocator_new_by_name("host:memfd", 0, NULL);
	ImxDmaBufferAllocator copy = *real, functions = {.allocate = real->allocate, .destroy = real->destroy};
	ImxDmaBuffer *taken;
	int error = 0;

	assert_null(imx_dma_buffer_allocator_get_name(&copy));
	taken = imx_dma_buffer_allocate(&copy, 4096, 1, NULL);
	assert_non_null(taken);
	assert_ptr_equal(taken->allocator, real);
	imx_dma_buffer_allocator_destroy(&copy);
	assert_non_null(imx_dma_buffer_map(taken, 0, NULL));
	assert_null(imx_dma_buffer_allocate(&functions, 4096, 1, &error));
	assert_int_equal(error, EINVAL);
	imx_dma_buffer_allocator_destroy(&functions);
	imx_dma_buffer_allocator_destroy(real);
}

/* The result of every function without an object, or for a buffer without an allocator. */
static void refuse(ImxDmaBuffer *none)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	size_t offset;
	int error = 0;

	assert_null(imx_dma_buffer_map(none, 0, &error));
	assert_int_equal(error, EINVAL);
	assert_null(imx_dma_buffer_map(none, 0, NULL));
	imx_dma_buffer_unmap(none);
	imx_dma_buffer_start_sync_session(none);
	imx_dma_buffer_stop_sync_session(none);
	imx_dma_buffer_deallocate(none);
	assert_int_equal(imx_dma_buffer_get_physical_address(none), 0);
	assert_int_equal(imx_dma_buffer_get_fd(none), -1);
	assert_int_equal(imx_dma_buffer_get_size(none), 0);
	imx_dma_buffer_query_properties(none, &properties, NULL);
	assert_int_equal(imx_dma_buffer_query_physical_address(none, &address, NULL), -1);
	assert_int_equal(imx_dma_buffer_export_fd(none, &offset, NULL), -1);
}

static void test_null_is_an_error(void **state)
{
	ImxDmaBuffer orphan = {NULL};
	int error = 0;

	refuse(NULL);
	refuse(&orphan);
	assert_null(imx_dma_buffer_allocate(NULL, 10, 20, &error));
	assert_int_equal(error, EINVAL);
	imx_dma_buffer_allocator_destroy(NULL);
	assert_null(imx_dma_buffer_allocator_get_name(NULL));
	assert_int_equal(imx_dma_buffer_query_properties(NULL, NULL, &error), -1);
	assert_int_equal(imx_dma_buffer_query_physical_address(&buffer, NULL, &error), -1);
	assert_int_equal(imx_dma_buffer_query_properties(&buffer, NULL, &error), -1);
	assert_int_equal(imx_dma_buffer_query_allocator("host", NULL, &error), -1);
	assert_int_equal(error, EINVAL);
}

static void test_descriptors_that_are_none(void **state)
{
	int const foreign = imxd_memory_file("foreign", 0, 4096, 0);
	int const descriptors[] = {-1, -1000, 1 << 30, foreign, 0};

	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
		int code = (descriptors[i] == foreign || descriptors[i] == 0) ? EINVAL : EBADF, error = 0;

		assert_null(imx_dma_buffer_import_dmabuf(descriptors[i], 0, 0, &error));
		assert_int_equal(error, code);
		error = 0;
		assert_int_equal(imx_dma_buffer_get_physical_address_from_dmabuf_fd(descriptors[i], &error), 0);
		assert_int_equal(error, code);
	}
	close(foreign);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_null_is_an_error),
		cmocka_unit_test(test_descriptors_that_are_none),
		cmocka_unit_test(test_copy_of_the_librarys_allocator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
