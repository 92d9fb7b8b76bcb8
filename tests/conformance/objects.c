/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How allocators and buffers behave: lifetime, mappings, descriptors, errors, threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conformance.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

static void test_destroy_frees_what_is_alive(void **state)
{
	for (int i = 0; i < 10; i++)
		map(allocate(20000, 1), (i & 1) ? 0 : MANUAL);
	/* Nothing to assert here: the teardown destroys the allocator and counts descriptors. */
	assert_non_null(map(allocate(1, 1), 0));
}

static void test_deallocate_unmaps(void **state)
{
	ImxDmaBuffer *buffer = allocate(20000, 1);

	map(buffer, 0);
	map(buffer, 0);
	imx_dma_buffer_deallocate(buffer);
	buffer = allocate(20000, 1);
	map(buffer, MANUAL);
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_deallocate(buffer);
}

static void test_maps_are_counted(void **state)
{
	ImxDmaBuffer *buffer = allocate(20000, 1);
	uint8_t *address = map(buffer, 0);

	assert_ptr_equal(map(buffer, READ), address);
	assert_ptr_equal(map(buffer, MANUAL), address);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(buffer);
	address[19999] = 1;
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(map(buffer, READ)[19999], 1);
}

static void test_map_cannot_widen(void **state)
{
	ImxDmaBuffer *buffer = allocate(20000, 1);
	int error = 0;

	map(buffer, READ);
	assert_null(imx_dma_buffer_map(buffer, WRITE, &error));
	assert_int_equal(error, EACCES);
	imx_dma_buffer_unmap(buffer);
	map(buffer, WRITE)[0] = 1;
}

static void test_sync_sessions_are_harmless_anywhere(void **state)
{
	ImxDmaBuffer *buffer = allocate(20000, 1);

	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	map(buffer, 0);
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	fill_pattern(map(buffer, MANUAL), 20000, 4);
	imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(buffer);
}

static void test_descriptors_close_on_exec(void **state)
{
	ImxDmaBuffer *buffer = allocate(4096, 1);
	int fd = imx_dma_buffer_get_fd(buffer), copy;

	if (fd < 0)
		SKIP_BECAUSE("the allocator's memory has no descriptor");
	assert_true(fd > 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	copy = imx_dma_buffer_export_fd(buffer, NULL, NULL);
	assert_true(copy > 0 && copy != fd);
	assert_true(fcntl(copy, F_GETFD) & FD_CLOEXEC);
	close(copy);
}

static void test_export_outlives_its_buffer(void **state)
{
	ImxDmaBuffer *buffer = allocate(70000, 1);
	size_t offset = 77;
	int error = 0, fd = imx_dma_buffer_export_fd(buffer, &offset, &error);
	ImxDmaBufferProperties properties;
	uint8_t *memory;

	assert_int_equal(imx_dma_buffer_get_properties(buffer, &properties, NULL), 0);
	if (fd < 0) {
		assert_int_equal(error, ENOTSUP);
		SKIP_BECAUSE("the allocator's memory has no descriptor");
	}
	assert_int_equal(offset, 0);
	fill_pattern(map(buffer, 0), 70000, 5);
	imx_dma_buffer_deallocate(buffer);
	/* All of it: a mapping of huge pages can be undone only in whole ones. */
	memory = mmap(NULL, properties.reserved_size, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(memory != MAP_FAILED);
	assert_int_equal(check_pattern(memory, 70000, 5), 70000);
	munmap(memory, properties.reserved_size);
	close(fd);
}

static void test_import_of_an_export(void **state)
{
	ImxDmaBuffer *buffer = allocate(70000, 1), *import;
	int fd = imx_dma_buffer_export_fd(buffer, NULL, NULL), error = 0;
	ImxDmaBufferProperties original, properties;

	if (fd < 0)
		SKIP_BECAUSE("the allocator's memory has no descriptor");
	import = imx_dma_buffer_import_dmabuf(fd, &error);
	close(fd);
	/* What a mechanism exports beside its memory is a DMA-BUF; what a buffer has itself may be another kind. */
	if (imx_dma_buffer_get_fd(buffer) >= 0 && !(subject.capabilities & IMX_DMA_BUFFER_CAPABILITY_DMABUF)) {
		assert_null(import);
		assert_int_equal(error, EINVAL);
		return;
	}
	assert_non_null(import);
	assert_true(imx_dma_buffer_get_size(import) >= 70000);
	assert_int_equal(imx_dma_buffer_get_size(import) % 4096, 0);
	fill_pattern(map(buffer, 0), 70000, 6);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(check_pattern(map(import, READ), 70000, 6), 70000);
	assert_int_equal(imx_dma_buffer_get_properties(buffer, &original, NULL), 0);
	assert_int_equal(imx_dma_buffer_get_properties(import, &properties, NULL), 0);
	/* What is not known of an import counts as cached, which is never wrong. */
	assert_true(properties.cached >= original.cached);
	if (imx_dma_buffer_get_physical_address(import) != 0)
		assert_int_equal(imx_dma_buffer_get_physical_address(import), imx_dma_buffer_get_physical_address(buffer));
	imx_dma_buffer_deallocate(import);
}

static void test_sizes_that_cannot_be(void **state)
{
	size_t const sizes[] = {0, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 4095, SIZE_MAX / 2 + 1};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t alignment = 0; alignment <= 65536; alignment = alignment * 256 + 1) {
			int error = 0;

			assert_null(imx_dma_buffer_allocate(subject.allocator, sizes[i], alignment, &error));
			assert_true(error == EINVAL || error == ENOMEM || error == EOVERFLOW);
			assert_true(imx_dma_buffer_get_last_error()[0] != '\0');
		}
}

static void test_absurd_alignments(void **state)
{
	size_t const alignments[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 4 + 1, SIZE_MAX - 1};

	for (size_t i = 0; i < sizeof(alignments) / sizeof(alignments[0]); i++) {
		int error = 0;

		assert_null(imx_dma_buffer_allocate(subject.allocator, 4096, alignments[i], &error));
		assert_true(error == EINVAL || error == ENOMEM || error == ENOTSUP || error == EOVERFLOW);
	}
}

static void test_memory_without_an_address(void **state)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name(subject.name,
		IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS, NULL);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, 50000, 4096, NULL);
	ImxDmaBufferAddress address;

	assert_non_null(buffer);
	fill_pattern(map(buffer, 0), 50000, 7);
	assert_int_equal(check_pattern(map(buffer, 0), 50000, 7), 50000);
	if ((subject.capabilities & IMX_DMA_BUFFER_CAPABILITY_PHYSICAL_ADDRESS) &&
		(subject.capabilities & IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS)) {
		assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
		assert_true(address.address != 0);
	}
	imx_dma_buffer_allocator_destroy(allocator);
}

static void *work(void *shared)
{
	for (unsigned int i = 0; i < 40; i++) {
		ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, 1 + i * 1000, 1, NULL);
		uint8_t *address = imx_dma_buffer_map(buffer, 0, NULL);

		if (!address || !imx_dma_buffer_map(shared, READ, NULL))
			return shared;
		fill_pattern(address, 1 + i * 1000, i);
		imx_dma_buffer_get_physical_address(shared);
		imx_dma_buffer_unmap(shared);
		imx_dma_buffer_unmap(buffer);
		imx_dma_buffer_deallocate(buffer);
	}
	return NULL;
}

static void test_threads(void **state)
{
	ImxDmaBuffer *shared = allocate(10000, 1);
	pthread_t threads[8];

	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, shared), 0);
	for (size_t i = 0; i < 8; i++) {
		void *result = NULL;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
}

int run_object_tests(void)
{
	struct CMUnitTest const objects[] = {
		conformance_test(test_destroy_frees_what_is_alive),
		conformance_test(test_deallocate_unmaps),
		conformance_test(test_maps_are_counted),
		conformance_test(test_map_cannot_widen),
		conformance_test(test_sync_sessions_are_harmless_anywhere),
		conformance_test(test_descriptors_close_on_exec),
		conformance_test(test_export_outlives_its_buffer),
		conformance_test(test_import_of_an_export),
		conformance_test(test_sizes_that_cannot_be),
		conformance_test(test_absurd_alignments),
		conformance_test(test_memory_without_an_address),
		conformance_test(test_threads),
	};

	return cmocka_run_group_tests(objects, NULL, NULL);
}
