/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for fences, and sync files.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "board.h"

#define BOARD "heap reserved-uncached; phys native; release 6.1.0; ipu on"
#define TO IMX_DMA_BUFFER_TO_DEVICE
#define FROM IMX_DMA_BUFFER_FROM_DEVICE
#define BOTH IMX_DMA_BUFFER_BIDIRECTIONAL

static void assert_wait(ImxDmaBuffer *buffer, ImxDmaBufferDirection direction, int code)
{
	int error = 0;

	assert_int_equal(imx_dma_buffer_wait(buffer, direction, 0, &error), code ? -1 : 0);
	assert_int_equal(error, code);
}

static void test_reads_wait_for_writers_only(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	int fd;

	start_board(BOARD);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, 8192);
	fd = imx_dma_buffer_get_fd(buffer);
	assert_wait(buffer, FROM, 0);
	assert_wait(buffer, BOTH, 0);
	sim_set_fences(fd, 1, 0);
	assert_wait(buffer, FROM, 0);
	assert_wait(buffer, TO, ETIMEDOUT);
	assert_wait(buffer, BOTH, ETIMEDOUT);
	assert_sentence("still at work");
	sim_set_fences(fd, 0, 1);
	assert_wait(buffer, FROM, ETIMEDOUT);
	assert_int_equal(imx_dma_buffer_wait(buffer, FROM, 3, NULL), -1);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void *finish(void *fd)
{
	usleep(5000);
	sim_set_fences(*(int *)fd, 0, 0);
	return NULL;
}

static void test_wait_ends_with_the_fence(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	pthread_t thread;
	int fd;

	start_board(BOARD);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, 8192);
	fd = imx_dma_buffer_get_fd(buffer);
	sim_set_fences(fd, 0, 1);
	assert_int_equal(pthread_create(&thread, NULL, finish, &fd), 0);
	/* A signal does not end it. */
	sim_fail(SIM_CALL_POLL, 1, EINTR, 2);
	assert_int_equal(imx_dma_buffer_wait(buffer, BOTH, -1, NULL), 0);
	pthread_join(thread, NULL);
	sim_set_fences(fd, 0, 1);
	assert_int_equal(pthread_create(&thread, NULL, finish, &fd), 0);
	sim_fail(SIM_CALL_POLL, 1, EINTR, 2);
	assert_int_equal(imx_dma_buffer_wait(buffer, FROM, INT_MAX, NULL), 0);
	pthread_join(thread, NULL);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void *wait_for_ever(void *buffer)
{
	imx_dma_buffer_wait(buffer, BOTH, -1, NULL);
	return NULL;
}

static void test_wait_can_be_cancelled(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	pthread_t thread;
	void *result;

	start_board(BOARD);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, 8192);
	sim_set_fences(imx_dma_buffer_get_fd(buffer), 0, 1);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_ever, buffer), 0);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	sim_set_fences(imx_dma_buffer_get_fd(buffer), 0, 0);
	assert_wait(buffer, BOTH, 0);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void assert_refused(ImxDmaBuffer *buffer, ImxDmaBufferDirection direction, int code, char const *sentence)
{
	int error = 0;

	assert_wait(buffer, direction, code);
	assert_sentence(sentence);
	assert_int_equal(imx_dma_buffer_export_sync_file(buffer, direction, &error), -1);
	assert_int_equal(error, code);
	assert_int_equal(imx_dma_buffer_import_sync_file(buffer, 0, direction, &error), -1);
	assert_int_equal(error, code);
}

static void test_wrong_arguments(void **state)
{
	ImxDmaBufferAllocator *allocator, *ipu;
	ImxWrappedDmaBuffer wrapped;
	ImxDmaBuffer *buffer;
	int file;

	start_board(BOARD);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, 8192);
	assert_refused(NULL, TO, EINVAL, "NULL");
	assert_refused(buffer, (ImxDmaBufferDirection)0, EINVAL, "direction 0");
	assert_refused(buffer, (ImxDmaBufferDirection)4, EINVAL, "direction 4");
	assert_int_equal(imx_dma_buffer_wait(buffer, TO, -2, NULL), -1);
	assert_sentence("timeout of -2");
	ipu = new_allocator("ipu", 0);
	assert_refused(new_buffer(ipu, 8192), TO, ENOTSUP, "no DMA-BUF");
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	assert_refused(&wrapped.parent, TO, ENOTSUP, "no DMA-BUF");
	wrapped.fd = 999;
	assert_refused(&wrapped.parent, TO, EBADF, "not open");
	file = memfd_create("file", MFD_CLOEXEC);
	wrapped.fd = file;
	assert_refused(&wrapped.parent, TO, ENOTSUP, "not a DMA-BUF");
	close(file);
	wrapped.fd = imx_dma_buffer_get_fd(buffer);
	assert_wait(&wrapped.parent, TO, 0);
	imx_dma_buffer_allocator_destroy(ipu);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_old_kernels_are_not_polled(void **state)
{
	ImxDmaBufferAllocator *allocator;

	start_board("heap reserved-uncached; phys native; release 5.15.52");
	allocator = new_allocator(NULL, 0);
	assert_refused(new_buffer(allocator, 8192), FROM, ENOTSUP, "6.0");
	assert_int_equal(sim_count(SIM_CALL_POLL), 0);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_sync_files(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer, *other;
	int fd, file, done, error = 0;

	start_board(BOARD);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, 8192);
	other = new_buffer(allocator, 8192);
	fd = imx_dma_buffer_get_fd(buffer);
	done = imx_dma_buffer_export_sync_file(buffer, TO, NULL);
	assert_true(done > 2);
	assert_int_equal(fcntl(done, F_GETFD), FD_CLOEXEC);
	sim_set_fences(fd, 1, 0);
	file = imx_dma_buffer_export_sync_file(buffer, FROM, NULL);
	assert_int_equal(imx_dma_buffer_import_sync_file(other, file, FROM, NULL), 0);
	assert_wait(other, TO, 0);
	close(file);
	file = imx_dma_buffer_export_sync_file(buffer, BOTH, NULL);
	/* It is the fence of a device that reads. */
	assert_int_equal(imx_dma_buffer_import_sync_file(other, file, TO, NULL), 0);
	assert_wait(other, FROM, 0);
	assert_wait(other, TO, ETIMEDOUT);
	assert_int_equal(imx_dma_buffer_import_sync_file(other, file, FROM, NULL), 0);
	assert_wait(other, FROM, ETIMEDOUT);
	assert_int_equal(imx_dma_buffer_import_sync_file(other, fd, FROM, &error), -1);
	assert_int_equal(error, EINVAL);
	assert_sentence("not a sync file");
	close(file);
	close(done);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_reads_wait_for_writers_only),
		cmocka_unit_test(test_wait_ends_with_the_fence),
		cmocka_unit_test(test_wait_can_be_cancelled),
		cmocka_unit_test(test_wrong_arguments),
		cmocka_unit_test(test_old_kernels_are_not_polled),
		cmocka_unit_test(test_sync_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
