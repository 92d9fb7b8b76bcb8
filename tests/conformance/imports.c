/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Imported buffers: DMA-BUFs from elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "conformance.h"

#define SIZE 70000

/* Return NULL if the allocator's memory is no DMA-BUF that can be imported. */
static ImxDmaBuffer *import(ImxDmaBuffer *buffer)
{
	size_t offset = 0;
	int fd = imx_dma_buffer_export_fd(buffer, &offset, NULL);
	ImxDmaBuffer *copy = NULL;

	/* A descriptor that is exported on request is a DMA-BUF; a buffer's own descriptor may be another kind of file. */
	if (fd >= 0 && offset == 0 && (imx_dma_buffer_get_fd(buffer) < 0 || get_properties(buffer).is_dmabuf == YES)) {
		copy = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
		assert_non_null(copy);
	}
	close(fd);
	return copy;
}

#define SKIP_NO_IMPORT "the allocator's memory is no DMA-BUF"
#define SKIP_NO_INODE "the kernel does not tell DMA-BUFs apart"

static void test_c78_import_has_a_descriptor_of_its_own(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *copy;
	int fd = imx_dma_buffer_export_fd(buffer, NULL, NULL);

	if (fd < 0 || (imx_dma_buffer_get_fd(buffer) >= 0 && get_properties(buffer).is_dmabuf != YES)) {
		close(fd);
		SKIP_BECAUSE(SKIP_NO_IMPORT);
	}
	copy = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	assert_int_not_equal(imx_dma_buffer_get_fd(copy), fd);
	/* The caller may close its descriptor. The buffer's descriptor is closed with the buffer. */
	assert_true(is_open(fd));
	close(fd);
	map(copy, 0)[SIZE - 1] = 1;
	fd = imx_dma_buffer_get_fd(copy);
	assert_true(fd > 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	imx_dma_buffer_deallocate(copy);
	assert_false(is_open(fd));
}

static void test_c79_import_is_the_same_memory(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *copy = import(buffer);

	if (!copy)
		SKIP_BECAUSE(SKIP_NO_IMPORT);
	/* The size is the kernel's: whole pages. */
	assert_true(imx_dma_buffer_get_size(copy) >= SIZE);
	assert_int_equal(imx_dma_buffer_get_size(copy) % 4096, 0);
	fill_pattern(map(buffer, 0), SIZE, 6);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(check_pattern(map(copy, READ), SIZE, 6), SIZE);
	/* An import counts as cached if that is unknown, which is always safe. */
	assert_true(get_properties(copy).cached != NO || get_properties(buffer).cached == NO);
	if (imx_dma_buffer_get_physical_address(copy) != 0)
		assert_true(imx_dma_buffer_get_physical_address(copy) == imx_dma_buffer_get_physical_address(buffer));
	imx_dma_buffer_deallocate(copy);
}

static void test_c80_import_is_coherent_as_the_librarys(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *copy = import(buffer);
	struct device device;
	uint8_t data[SIZE] = {0};

	if (!copy)
		SKIP_BECAUSE(SKIP_NO_IMPORT);
	if (!find_device(buffer, &device)) {
		imx_dma_buffer_deallocate(copy);
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	}
	fill_pattern(map(copy, WRITE), SIZE, 1);
	imx_dma_buffer_unmap(copy);
	device_reads(&device, 0, data, SIZE);
	assert_int_equal(check_pattern(data, SIZE, 1), SIZE);
	map(copy, MANUAL);
	fill_pattern(data, SIZE, 2);
	device_writes(&device, 0, data, SIZE);
	imx_dma_buffer_start_sync_session(copy);
	assert_int_equal(check_pattern(map(copy, READ), SIZE, 2), SIZE);
	imx_dma_buffer_deallocate(copy);
}

static void test_c81_only_dmabufs_are_imported(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	int error = 0, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_null(imx_dma_buffer_import_dmabuf(null, 0, 0, &error));
	assert_int_equal(error, EINVAL);
	close(null);
	assert_null(imx_dma_buffer_import_dmabuf(null, 0, 0, &error));
	assert_int_equal(error, EBADF);
	if (imx_dma_buffer_get_fd(buffer) >= 0 && get_properties(buffer).is_dmabuf != YES) {
		assert_null(imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(buffer), 0, 0, &error));
		assert_int_equal(error, EINVAL);
	}
}

static void test_c82_import_outlives_buffer_and_allocator(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *copy = import(buffer);
	int error = 0;

	if (!copy)
		SKIP_BECAUSE(SKIP_NO_IMPORT);
	fill_pattern(map(buffer, 0), SIZE, 4);
	imx_dma_buffer_allocator_destroy(subject.allocator);
	subject.allocator = NULL;
	assert_int_equal(check_pattern(map(copy, READ), SIZE, 4), SIZE);
	/* The import has an allocator of its own, without a name. It can neither be destroyed nor allocate. */
	assert_null(imx_dma_buffer_allocator_get_name(copy->allocator));
	imx_dma_buffer_allocator_destroy(copy->allocator);
	assert_null(imx_dma_buffer_allocate(copy->allocator, SIZE, 1, &error));
	assert_int_equal(error, ENOTSUP);
	assert_int_equal(check_pattern(map(copy, READ), SIZE, 4), SIZE);
	imx_dma_buffer_deallocate(copy);
}

/* The kernel synchronises the whole DMA-BUF. */
static void test_c111_sessions_on_one_dmabuf_lose_nothing(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *copy = import(buffer);
	struct device device;
	uint8_t data[SIZE], *bytes;

	if (!copy)
		SKIP_BECAUSE(SKIP_NO_IMPORT);
	if (!find_device(buffer, &device)) {
		imx_dma_buffer_deallocate(copy);
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	}
	if (get_properties(copy).inode == 0 && get_properties(copy).cached != NO) {
		imx_dma_buffer_deallocate(copy);
		SKIP_BECAUSE(SKIP_NO_INODE);
	}
	bytes = map(buffer, WRITE);
	fill_pattern(bytes, SIZE, 1);
	assert_int_equal(check_pattern(map(copy, READ), SIZE, 1), SIZE);
	imx_dma_buffer_unmap(copy);
	map(copy, WRITE)[0] = bytes[0];
	assert_int_equal(check_pattern(bytes, SIZE, 1), SIZE);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(copy);
	device_reads(&device, 0, data, SIZE);
	assert_int_equal(check_pattern(data, SIZE, 1), SIZE);
	imx_dma_buffer_deallocate(copy);
}

static void test_c112_readers_on_one_dmabuf_delay_nothing(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1), *copy = import(buffer);
	struct device device;
	uint8_t data[SIZE];

	if (!copy)
		SKIP_BECAUSE(SKIP_NO_IMPORT);
	if (!find_device(buffer, &device)) {
		imx_dma_buffer_deallocate(copy);
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
	}
	map(copy, READ);
	fill_pattern(map(buffer, WRITE), SIZE, 1);
	imx_dma_buffer_unmap(buffer);
	device_reads(&device, 0, data, SIZE);
	assert_int_equal(check_pattern(data, SIZE, 1), SIZE);
	fill_pattern(data, SIZE, 2);
	device_writes(&device, 0, data, SIZE);
	assert_int_equal(check_pattern(map(buffer, READ), SIZE, 2), SIZE);
	imx_dma_buffer_deallocate(copy);
}

struct CMUnitTest const import_tests[MAX_TESTS] = {
	conformance_test(test_c78_import_has_a_descriptor_of_its_own),
	conformance_test(test_c79_import_is_the_same_memory),
	conformance_test(test_c80_import_is_coherent_as_the_librarys),
	conformance_test(test_c81_only_dmabufs_are_imported),
	conformance_test(test_c82_import_outlives_buffer_and_allocator),
	conformance_test(test_c111_sessions_on_one_dmabuf_lose_nothing),
	conformance_test(test_c112_readers_on_one_dmabuf_delay_nothing),
};
