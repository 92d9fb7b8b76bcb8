/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wrapped buffers: memory that a program brings.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance.h"

#define SIZE 20000

/* The memory behind the program's own map function, and a record of the calls. */
static struct {
	ImxDmaBuffer *buffer;
	unsigned int maps, unmaps, flags;
	int fails;
} program;

static uint8_t *map_by_program(ImxWrappedDmaBuffer *wrapped, unsigned int flags, int *error)
{
	program.maps++;
	program.flags = flags;
	if (program.fails == 0)
		return imx_dma_buffer_map(program.buffer, flags, error);
	if (program.fails > 0)
		*error = program.fails;
	return NULL;
}

static void unmap_by_program(ImxWrappedDmaBuffer *wrapped)
{
	program.unmaps++;
	imx_dma_buffer_unmap(program.buffer);
}

static void wrap_by_program(ImxWrappedDmaBuffer *wrapped)
{
	imx_dma_buffer_init_wrapped_buffer(wrapped);
	wrapped->map = map_by_program;
	wrapped->unmap = unmap_by_program;
	memset(&program, 0, sizeof(program));
	program.buffer = allocate(SIZE, 1);
	wrapped->size = SIZE;
	wrapped->physical_address = imx_dma_buffer_get_physical_address(program.buffer);
}

/* Wrap memory of the allocator under test by its descriptor. Returns false if it has no descriptor. */
static bool wrap(ImxWrappedDmaBuffer *wrapped, ImxDmaBuffer *buffer)
{
	imx_dma_buffer_init_wrapped_buffer(wrapped);
	wrapped->fd = imx_dma_buffer_get_fd(buffer);
	wrapped->size = imx_dma_buffer_get_size(buffer);
	wrapped->physical_address = imx_dma_buffer_get_physical_address(buffer);
	return wrapped->fd >= 0;
}

static void test_c67_init_leaves_nothing_unset(void **state)
{
	ImxWrappedDmaBuffer wrapped;

	memset(&wrapped, 0xff, sizeof(wrapped));
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	assert_non_null(wrapped.parent.allocator);
	assert_true(wrapped.map == NULL && wrapped.unmap == NULL);
	assert_int_equal(wrapped.fd, -1);
	assert_true(wrapped.physical_address == 0);
	assert_int_equal(wrapped.size, 0);
}

static void test_c68_getters_return_the_programs_values(void **state)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxWrappedDmaBuffer wrapped;

	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = 4711;
	wrapped.physical_address = 0x12345678;
	wrapped.size = 99;
	assert_int_equal(imx_dma_buffer_get_fd(&wrapped.parent), 4711);
	assert_true(imx_dma_buffer_get_physical_address(&wrapped.parent) == 0x12345678);
	assert_int_equal(imx_dma_buffer_get_size(&wrapped.parent), 99);
	assert_int_equal(imx_dma_buffer_query_physical_address(&wrapped.parent, &address, NULL), 0);
	assert_true(address.address == 0x12345678 && address.contiguous_length == 99);
	assert_int_equal(address.source, IMX_DMA_BUFFER_ADDRESS_SOURCE_USER);
	wrapped.fd = 0;
	wrapped.size = 100;
	assert_int_equal(imx_dma_buffer_get_fd(&wrapped.parent), 0);
	assert_int_equal(imx_dma_buffer_get_size(&wrapped.parent), 100);
}

static void test_c69_programs_functions_map_and_unmap(void **state)
{
	ImxWrappedDmaBuffer wrapped;
	uint8_t *address;

	wrap_by_program(&wrapped);
	/* The functions come first, even if there is a descriptor. */
	wrapped.fd = imx_dma_buffer_get_fd(program.buffer);
	address = map(&wrapped.parent, WRITE | MANUAL);
	assert_int_equal(program.flags, WRITE | MANUAL);
	assert_ptr_equal(address, map(program.buffer, WRITE));
	imx_dma_buffer_unmap(program.buffer);
	assert_ptr_equal(map(&wrapped.parent, WRITE), address);
	assert_int_equal(program.flags, WRITE);
	assert_int_equal(program.maps, 2);
	imx_dma_buffer_start_sync_session(&wrapped.parent);
	imx_dma_buffer_stop_sync_session(&wrapped.parent);
	imx_dma_buffer_unmap(&wrapped.parent);
	imx_dma_buffer_unmap(&wrapped.parent);
	assert_int_equal(program.unmaps, 2);
	wrapped.unmap = NULL;
	map(&wrapped.parent, READ);
	imx_dma_buffer_unmap(&wrapped.parent);
}

static void test_c70_programs_map_function_may_fail(void **state)
{
	ImxWrappedDmaBuffer wrapped;
	int error = 0;

	wrap_by_program(&wrapped);
	program.fails = EBUSY;
	assert_null(imx_dma_buffer_map(&wrapped.parent, READ, &error));
	assert_int_equal(error, EBUSY);
	assert_null(imx_dma_buffer_map(&wrapped.parent, READ, NULL));
	/* If the function sets no code, the library sets one. */
	program.fails = -1;
	error = 0;
	assert_null(imx_dma_buffer_map(&wrapped.parent, READ, &error));
	assert_int_equal(error, ENOTSUP);
	assert_sentence("map function");
}

static void test_c71_library_maps_the_descriptor(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	ImxWrappedDmaBuffer wrapped;
	uint8_t *address;

	if (!wrap(&wrapped, buffer))
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	fill_pattern(map(buffer, 0), SIZE, 1);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(&wrapped.parent);
	address = map(&wrapped.parent, READ);
	assert_int_equal(check_pattern(address, SIZE, 1), SIZE);
	assert_ptr_equal(map(&wrapped.parent, READ), address);
	assert_null(imx_dma_buffer_map(&wrapped.parent, WRITE, NULL));
	imx_dma_buffer_unmap(&wrapped.parent);
	assert_true(is_mapped(address));
	imx_dma_buffer_unmap(&wrapped.parent);
	assert_false(is_mapped(address));
	imx_dma_buffer_unmap(&wrapped.parent);
	map(&wrapped.parent, 0)[SIZE - 1] = 1;
	imx_dma_buffer_deallocate(&wrapped.parent);
}

static void test_c72_wrapped_memory_is_coherent_as_the_librarys(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	ImxWrappedDmaBuffer wrapped;
	struct device device;
	uint8_t *address, data[SIZE] = {0};

	if (!wrap(&wrapped, buffer))
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	if (!find_device(buffer, &device))
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	fill_pattern(map(&wrapped.parent, 0), SIZE, 1);
	imx_dma_buffer_unmap(&wrapped.parent);
	device_reads(&device, 0, data, SIZE);
	assert_int_equal(check_pattern(data, SIZE, 1), SIZE);
	address = map(&wrapped.parent, MANUAL);
	fill_pattern(data, SIZE, 2);
	device_writes(&device, 0, data, SIZE);
	imx_dma_buffer_start_sync_session(&wrapped.parent);
	assert_int_equal(check_pattern(address, SIZE, 2), SIZE);
	fill_pattern(address, SIZE, 3);
	imx_dma_buffer_stop_sync_session(&wrapped.parent);
	device_reads(&device, 0, data, SIZE);
	assert_int_equal(check_pattern(data, SIZE, 3), SIZE);
	imx_dma_buffer_unmap(&wrapped.parent);
}

static void test_c73_wrapped_descriptor_stays_the_programs(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	ImxWrappedDmaBuffer wrapped;

	if (!wrap(&wrapped, buffer))
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	map(&wrapped.parent, 0);
	imx_dma_buffer_unmap(&wrapped.parent);
	assert_true(is_open(wrapped.fd));
	map(&wrapped.parent, 0);
	imx_dma_buffer_deallocate(&wrapped.parent);
	assert_true(is_open(wrapped.fd));
	/* The structure is the program's, too, and stays unchanged. */
	assert_int_equal(imx_dma_buffer_get_size(&wrapped.parent), SIZE);
	map(&wrapped.parent, 0);
	imx_dma_buffer_unmap(&wrapped.parent);
}

static void test_c74_wrapped_buffer_with_nothing_cannot_be_mapped(void **state)
{
	ImxWrappedDmaBuffer wrapped;
	int error = 0;

	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.physical_address = 0x40000000;
	wrapped.size = 4096;
	assert_null(imx_dma_buffer_map(&wrapped.parent, READ, &error));
	assert_int_equal(error, ENOTSUP);
	assert_sentence("neither a map function nor a descriptor");
	imx_dma_buffer_unmap(&wrapped.parent);
	imx_dma_buffer_start_sync_session(&wrapped.parent);
	imx_dma_buffer_stop_sync_session(&wrapped.parent);
	imx_dma_buffer_deallocate(&wrapped.parent);
}

/* A structure is freed while it is mapped, and another buffer is created at its address. */
static void test_c75_structures_may_be_freed_while_mapped(void **state)
{
	ImxDmaBuffer *first = allocate(SIZE, 1), *second = allocate(SIZE, 1);
	ImxWrappedDmaBuffer place;

	memset(map(first, 0), 1, SIZE);
	imx_dma_buffer_unmap(first);
	memset(map(second, 0), 2, SIZE);
	imx_dma_buffer_unmap(second);
	if (!wrap(&place, first))
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	assert_int_equal(map(&place.parent, READ)[0], 1);
	/* Initialise it again, around the same memory: the old mapping does not count. */
	assert_true(wrap(&place, first));
	assert_int_equal(map(&place.parent, 0)[0], 1);
	/* Around other memory. */
	assert_true(wrap(&place, second));
	assert_int_equal(map(&place.parent, 0)[0], 2);
	/* Fill it anew, as a program does that copies a prepared structure. */
	place.fd = imx_dma_buffer_get_fd(first);
	assert_int_equal(map(&place.parent, READ)[0], 1);
	imx_dma_buffer_unmap(&place.parent);
	map(&place.parent, WRITE)[0] = 3;
	imx_dma_buffer_unmap(&place.parent);
	assert_int_equal(map(first, READ)[0], 3);
	assert_int_equal(map(second, READ)[0], 2);
	/* The same, after closing the old descriptor. Its number is then reused. */
	place.fd = dup(imx_dma_buffer_get_fd(first));
	place.physical_address = imx_dma_buffer_get_physical_address(first);
	assert_int_equal(map(&place.parent, READ)[0], 3);
	assert_int_equal(dup2(imx_dma_buffer_get_fd(second), place.fd), place.fd);
	place.physical_address = imx_dma_buffer_get_physical_address(second);
	assert_int_equal(map(&place.parent, READ)[0], 2);
	imx_dma_buffer_deallocate(&place.parent);
	close(place.fd);
}

static void test_c76_impossible_wrapped_size_is_refused(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	size_t reserved = get_properties(buffer).reserved_size;
	ImxWrappedDmaBuffer wrapped;
	int error = 0;

	if (!wrap(&wrapped, buffer))
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	wrapped.size = 0;
	assert_null(imx_dma_buffer_map(&wrapped.parent, READ, &error));
	assert_int_equal(error, EINVAL);
	wrapped.size = reserved + 1;
	error = 0;
	assert_null(imx_dma_buffer_map(&wrapped.parent, READ, &error));
	assert_int_equal(error, EINVAL);
	wrapped.fd = 4711;
	error = 0;
	assert_null(imx_dma_buffer_map(&wrapped.parent, READ, &error));
	assert_int_equal(error, EBADF);
}

static void test_c77_wrapped_buffers_have_no_allocator_to_use(void **state)
{
	ImxWrappedDmaBuffer wrapped, other;
	int error = 0;

	wrap_by_program(&wrapped);
	imx_dma_buffer_init_wrapped_buffer(&other);
	assert_null(imx_dma_buffer_allocate(wrapped.parent.allocator, SIZE, 1, &error));
	assert_int_equal(error, ENOTSUP);
	imx_dma_buffer_allocator_destroy(wrapped.parent.allocator);
	map(&wrapped.parent, 0)[0] = 1;
	imx_dma_buffer_unmap(&wrapped.parent);
	imx_dma_buffer_init_wrapped_buffer(&other);
	assert_non_null(other.parent.allocator);
}

struct CMUnitTest const wrapped_tests[MAX_TESTS] = {
	conformance_test(test_c67_init_leaves_nothing_unset),
	conformance_test(test_c68_getters_return_the_programs_values),
	conformance_test(test_c69_programs_functions_map_and_unmap),
	conformance_test(test_c70_programs_map_function_may_fail),
	conformance_test(test_c71_library_maps_the_descriptor),
	conformance_test(test_c72_wrapped_memory_is_coherent_as_the_librarys),
	conformance_test(test_c73_wrapped_descriptor_stays_the_programs),
	conformance_test(test_c74_wrapped_buffer_with_nothing_cannot_be_mapped),
	conformance_test(test_c75_structures_may_be_freed_while_mapped),
	conformance_test(test_c76_impossible_wrapped_size_is_refused),
	conformance_test(test_c77_wrapped_buffers_have_no_allocator_to_use),
};
