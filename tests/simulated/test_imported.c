/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Imports: slices of a DMA-BUF, such as one plane of a picture, and descriptors that are no DMA-BUFs.
 */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "board.h"

static void test_slices_of_a_dmabuf(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *whole, *slice;
	imx_physical_address_t address;
	size_t offset = 0;
	uint8_t *bytes;
	int error = 0, fd;

	start_board("heap reserved; phys native");
	allocator = new_allocator("dma-heap", 0);
	whole = new_buffer(allocator, 3 * 4096);
	fd = imx_dma_buffer_get_fd(whole);
	address = imx_dma_buffer_get_physical_address(whole);
	memset(imx_dma_buffer_map(whole, 0, NULL), 1, 3 * 4096);
	imx_dma_buffer_unmap(whole);
	slice = imx_dma_buffer_import_dmabuf(fd, 5000, 1000, &error);
	assert_non_null(slice);
	assert_int_equal(imx_dma_buffer_get_size(slice), 1000);
	assert_int_equal(imx_dma_buffer_get_physical_address(slice), address + 5000);
	assert_int_equal(imx_dma_buffer_get_fd(slice), -1);
	memset(imx_dma_buffer_map(slice, 0, NULL), 2, 1000);
	imx_dma_buffer_unmap(slice);
	close(imx_dma_buffer_export_fd(slice, &offset, NULL));
	assert_int_equal(offset, 5000);
	imx_dma_buffer_deallocate(slice);
	bytes = imx_dma_buffer_map(whole, 0, NULL);
	for (size_t i = 0; i < 3 * 4096; i++)
		assert_int_equal(bytes[i], (i >= 5000 && i < 6000) ? 2 : 1);
	/* Size 0: up to the end. */
	slice = imx_dma_buffer_import_dmabuf(fd, 5000, 0, &error);
	assert_int_equal(imx_dma_buffer_get_size(slice), 3 * 4096 - 5000);
	imx_dma_buffer_deallocate(slice);
	for (size_t i = 0; i < 3; i++) {
		size_t const outside[][2] = {{3 * 4096, 0}, {4096, 2 * 4096 + 1}, {SIZE_MAX, 2}};

		error = 0;
		assert_null(imx_dma_buffer_import_dmabuf(fd, outside[i][0], outside[i][1], &error));
		assert_int_equal(error, EINVAL);
		assert_sentence("is outside the DMA-BUF (12288 bytes)");
	}
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

/* Some of these return EINVAL to DMA_BUF_IOCTL_SYNC, as DMA-BUFs do. They get no ioctl, least of all a vendor's one. */
static void assert_no_dmabuf(int fd, int code)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxWrappedDmaBuffer wrapped;
	int error = 0;

	if (fd < 0)
		return;
	sim_reset_counts();
	assert_null(imx_dma_buffer_import_dmabuf(fd, 0, 0, &error));
	assert_int_equal(error, code);
	error = 0;
	assert_int_equal(imx_dma_buffer_get_physical_address_from_dmabuf_fd(fd, &error), 0);
	assert_int_equal(error, code);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = fd;
	wrapped.size = 4096;
	assert_int_equal(imx_dma_buffer_query_properties(&wrapped.parent, &properties, NULL), 0);
	assert_int_equal(properties.is_dmabuf, NO);
	assert_int_equal(imx_dma_buffer_set_name(&wrapped.parent, "x", &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_int_equal(sim_count(SIM_CALL_IOCTL), 0);
	close(fd);
}

static void test_other_descriptors(void **state)
{
	static char const *const boards[] = {
		"heap reserved; phys native", "release 5.15.0; heap reserved; phys native", "release 4.9.88; phys native"};

	for (size_t i = 0; i < 3; i++) {
		int pipes[2];

		start_board(boards[i]);
		assert_int_equal(pipe(pipes), 0);
		assert_no_dmabuf(pipes[0], EINVAL);
		assert_no_dmabuf(pipes[1], EINVAL);
		assert_no_dmabuf(epoll_create1(EPOLL_CLOEXEC), EINVAL);
		assert_no_dmabuf(eventfd(0, EFD_CLOEXEC), EINVAL);
		assert_no_dmabuf(memfd_create("x", MFD_CLOEXEC), EINVAL);
		assert_no_dmabuf((int)syscall(SYS_userfaultfd, O_CLOEXEC), EINVAL);
		assert_no_dmabuf(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), EINVAL);
		assert_no_dmabuf(open("/dev/null", O_RDWR | O_CLOEXEC), EINVAL);
		assert_no_dmabuf(open("/", O_PATH | O_CLOEXEC), EBADF);
	}
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_slices_of_a_dmabuf),
		cmocka_unit_test(test_other_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
