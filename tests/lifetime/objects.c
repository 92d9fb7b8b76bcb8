/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects that end in every order.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "lifetime.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

/* Duplicate a buffer's descriptor. Returns -1 if it has none. */
static int copy_of(ImxDmaBuffer *buffer, size_t *reserved)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
	*reserved = properties.reserved_size;
	return imx_dma_buffer_export_fd(buffer, NULL, NULL);
}

static void destroy(void)
{
	imx_dma_buffer_allocator_destroy(subject.allocator);
	subject.allocator = NULL;
}

static void test_destroy_with_buffers_in_every_state(void **state)
{
	ImxDmaBuffer *mapped = allocate(SIZE), *manual = allocate(SIZE), *session = allocate(SIZE);

	allocate(SIZE);
	fill(map(mapped, 0), 1);
	map(mapped, READ);
	map(manual, MANUAL);
	map(session, MANUAL);
	imx_dma_buffer_start_sync_session(session);
	destroy();
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_export_outlives_buffer_and_allocator(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE);
	size_t reserved;
	int fd = copy_of(buffer, &reserved);
	uint8_t *memory;

	if (fd < 0)
		SKIP_BECAUSE("the allocator's memory has no descriptor");
	fill(map(buffer, 0), 2);
	imx_dma_buffer_deallocate(buffer);
	destroy();
	/* Map all of it: huge pages can only be unmapped in whole pages. */
	memory = mmap(NULL, reserved, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(memory != MAP_FAILED);
	assert_true(holds(memory, 2));
	close(fd);
	assert_true(holds(memory, 2));
	assert_int_equal(munmap(memory, reserved), 0);
}

static void test_wrapped_outlives_buffer_and_allocator(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE);
	ImxWrappedDmaBuffer wrapped;
	size_t reserved;
	int fd = copy_of(buffer, &reserved);
	uint8_t *memory;

	if (fd < 0)
		SKIP_BECAUSE("the allocator's memory has no descriptor");
	fill(map(buffer, 0), 4);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = fd;
	wrapped.size = SIZE;
	memory = map(&wrapped.parent, 0);
	destroy();
	close(fd);
	assert_true(holds(memory, 4));
	imx_dma_buffer_unmap(&wrapped.parent);
}

int run_object_tests(void)
{
	struct CMUnitTest const objects[] = {
		lifetime_test(test_destroy_with_buffers_in_every_state),
		lifetime_test(test_export_outlives_buffer_and_allocator),
		lifetime_test(test_wrapped_outlives_buffer_and_allocator),
	};

	return cmocka_run_group_tests(objects, NULL, NULL);
}
