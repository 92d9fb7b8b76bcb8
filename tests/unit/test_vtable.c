/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocators that programs bring, and invalid objects: every public function.
 */
#include <errno.h>
#include <unistd.h>

#include "support.h"
#include "base/sys.h"

static char called[128];
static ImxDmaBufferAllocator own;
static ImxDmaBuffer buffer = {&own};
static uint8_t memory[4];

static void note(char const *name)
{
	strncat(called, name, sizeof(called) - strlen(called) - 2);
	strcat(called, " ");
}

static void destroy(ImxDmaBufferAllocator *allocator)
{
	assert_ptr_equal(allocator, &own);
	note("destroy");
}

static ImxDmaBuffer *allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	assert_int_equal(size, 10);
	assert_int_equal(alignment, 20);
	*error = 30;
	note("allocate");
	return &buffer;
}

static void deallocate(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	assert_ptr_equal(argument, &buffer);
	note("deallocate");
}

static uint8_t *map(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument, unsigned int flags, int *error)
{
	assert_int_equal(flags, 99);
	note("map");
	return memory;
}

static void unmap(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	note("unmap");
}

static void start(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	note("start");
}

static void stop(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	note("stop");
}

static imx_physical_address_t get_address(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	return 0x5000;
}

static int get_fd(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	return 6;
}

static size_t get_size(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	return 7;
}

static int fill(void **state)
{
	own = (ImxDmaBufferAllocator){
		destroy, allocate, deallocate, map, unmap, start, stop, get_address, get_fd, get_size, {NULL}};
	called[0] = '\0';
	return 0;
}

static int empty(void **state)
{
	memset(&own, 0, sizeof(own));
	return 0;
}

static void test_every_function_reaches_its_member(void **state)
{
	int error = 0;

	assert_ptr_equal(imx_dma_buffer_allocate(&own, 10, 20, &error), &buffer);
	assert_int_equal(error, 30);
	assert_ptr_equal(imx_dma_buffer_map(&buffer, 99, &error), memory);
	imx_dma_buffer_unmap(&buffer);
	imx_dma_buffer_start_sync_session(&buffer);
	imx_dma_buffer_stop_sync_session(&buffer);
	assert_int_equal(imx_dma_buffer_get_physical_address(&buffer), 0x5000);
	assert_int_equal(imx_dma_buffer_get_fd(&buffer), 6);
	assert_int_equal(imx_dma_buffer_get_size(&buffer), 7);
	imx_dma_buffer_deallocate(&buffer);
	imx_dma_buffer_allocator_destroy(&own);
	assert_string_equal(called, "allocate map unmap start stop deallocate destroy ");
	assert_null(imx_dma_buffer_allocator_get_name(&own));
}

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

static void test_new_functions_take_foreign_buffers(void **state)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};

	own.get_fd = NULL;
	assert_int_equal(imx_dma_buffer_query_properties(&buffer, &properties, NULL), 0);
	assert_int_equal(properties.is_dmabuf, NO);
	assert_int_equal(properties.cached, UNKNOWN);
	assert_int_equal(properties.contiguous, UNKNOWN);
	assert_int_equal(properties.coherency, IMX_DMA_BUFFER_COHERENCY_UNKNOWN);
	assert_int_equal(imx_dma_buffer_query_physical_address(&buffer, &address, NULL), 0);
	assert_int_equal(address.address, 0x5000);
	assert_int_equal(address.source, IMX_DMA_BUFFER_ADDRESS_SOURCE_USER);
	assert_int_equal(imx_dma_buffer_export_fd(&buffer, NULL, NULL), -1);
}

static void test_missing_members_are_errors(void **state)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	int error = 0;

	assert_null(imx_dma_buffer_allocate(&own, 10, 20, &error));
	assert_int_equal(error, ENOSYS);
	assert_sentence("allocate");
	error = 0;
	assert_null(imx_dma_buffer_map(&buffer, 0, &error));
	assert_int_equal(error, ENOSYS);
	assert_sentence("map");
	imx_dma_buffer_unmap(&buffer);
	imx_dma_buffer_start_sync_session(&buffer);
	imx_dma_buffer_stop_sync_session(&buffer);
	assert_int_equal(imx_dma_buffer_get_physical_address(&buffer), 0);
	assert_int_equal(imx_dma_buffer_get_fd(&buffer), -1);
	assert_int_equal(imx_dma_buffer_get_size(&buffer), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(&buffer, &address, &error), -1);
	imx_dma_buffer_deallocate(&buffer);
	assert_sentence("deallocate");
	imx_dma_buffer_allocator_destroy(&own);
	assert_sentence("destroy");
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
	int const foreign = imxd_sys_memory_file("foreign", 0, 4096, 0);
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
		cmocka_unit_test_setup(test_every_function_reaches_its_member, fill),
		cmocka_unit_test_setup(test_new_functions_take_foreign_buffers, fill),
		cmocka_unit_test_setup(test_missing_members_are_errors, empty),
		cmocka_unit_test_setup(test_null_is_an_error, fill),
		cmocka_unit_test(test_descriptors_that_are_none),
		cmocka_unit_test(test_copy_of_the_librarys_allocator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
