/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects after fork() and exec().
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocators.h"
#include "lifetime.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ

/* Its locks stay taken if another thread is in malloc() at the moment of the fork (gcc 12). */
#if defined(__SANITIZE_ADDRESS__)
#define MALLOC_HANGS_AFTER_FORK true
#else
#define MALLOC_HANGS_AFTER_FORK false
#endif

/* Run in a fork, for ten minutes at most. Returns 0 if all was well, otherwise how the fork ended. */
static int in_fork(int (*run)(void *data), void *data)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		alarm(600);
		_exit(run(data));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* The child makes no call on a device: the memory and the sync session are the parent's. */
static int free_copies(void *buffer)
{
	sim_reset_counts();
	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(subject.allocator);
	return sim_count(SIM_CALL_IOCTL) == 0 ? 0 : 1;
}

static void test_child_may_free_inherited_objects(void **state)
{
	ImxDmaBuffer *first = allocate(SIZE), *second = allocate(SIZE);
	uint8_t *address = map(second, 0);

	fill(address, 5);
	assert_int_equal(in_fork(free_copies, first), 0);
	assert_true(holds(address, 5));
	imx_dma_buffer_unmap(second);
	assert_true(holds(map(second, READ), 5));
	fill(map(first, 0), 6);
	imx_dma_buffer_deallocate(first);
	allocate(SIZE);
}

/* Memory that a child allocates is its own, and is freed. */
static int make_own(void *unused)
{
	ImxDmaBufferAllocator *allocator = new_allocator_of_board(subject.name, subject.policy, 0, NULL);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, SIZE, 1, NULL);
	uint8_t *address = imx_dma_buffer_map(buffer, 0, NULL);

	/* Not every device allows a second client. The inherited allocator is used instead. */
	if (!allocator)
		buffer = imx_dma_buffer_allocate(subject.allocator, SIZE, 1, NULL);
	if (!allocator)
		address = imx_dma_buffer_map(buffer, 0, NULL);
	if (!address)
		return 1;
	fill(address, 7);
	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	imx_dma_buffer_allocator_destroy(subject.allocator);
	return sim_live_buffers() == 0 && sim_huge_pages_used() == 0 ? 0 : 2;
}

static void test_child_may_create_its_own(void **state)
{
	assert_int_equal(in_fork(make_own, NULL), 0);
	assert_int_equal(in_fork(make_own, NULL), 0);
	allocate(SIZE);
}

static atomic_bool over;
static int wrapped_fd;
static ImxDmaBuffer *shared;

/* Take every lock of the library, again and again. */
static void *work(void *unused)
{
	ImxWrappedDmaBuffer wrapped;

	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = wrapped_fd;
	wrapped.size = SIZE;
	while (!atomic_load(&over)) {
		if (imx_dma_buffer_map(&wrapped.parent, 0, NULL))
			imx_dma_buffer_unmap(&wrapped.parent);
		if (imx_dma_buffer_map(shared, 0, NULL))
			imx_dma_buffer_unmap(shared);
		imx_dma_buffer_deallocate(imx_dma_buffer_allocate(subject.allocator, SIZE, 1, NULL));
		imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_ERROR);
	}
	imx_dma_buffer_deallocate(&wrapped.parent);
	return NULL;
}

static int use_everything(void *unused)
{
	ImxWrappedDmaBuffer wrapped;
	ImxDmaBuffer *buffer;

	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = wrapped_fd;
	wrapped.size = SIZE;
	if (wrapped_fd >= 0 && !imx_dma_buffer_map(&wrapped.parent, 0, NULL))
		return 1;
	imx_dma_buffer_unmap(&wrapped.parent);
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_ERROR);
	buffer = imx_dma_buffer_allocate(subject.allocator, SIZE, 1, NULL);
	if (!buffer)
		return 2;
	imx_dma_buffer_deallocate(buffer);
	if (!imx_dma_buffer_map(shared, 0, NULL))
		return 3;
	imx_dma_buffer_deallocate(shared);
	imx_dma_buffer_allocator_destroy(subject.allocator);
	return 0;
}

static void test_forks_while_threads_work(void **state)
{
	ImxDmaBuffer *source = allocate(SIZE);
	size_t offset;
	pthread_t threads[2];

	if (MALLOC_HANGS_AFTER_FORK)
		SKIP_BECAUSE("the malloc() of AddressSanitizer may hang in a child that was forked among threads");
	shared = allocate(SIZE);
	wrapped_fd = imx_dma_buffer_export_fd(source, &offset, NULL);
	atomic_store(&over, false);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
	for (int i = 0; i < 40; i++)
		assert_int_equal(in_fork(use_everything, NULL), 0);
	atomic_store(&over, true);
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	if (wrapped_fd >= 0)
		close(wrapped_fd);
}

/* Return the number of descriptors of a program that is started now. */
static int after_exec(void *unused)
{
	execl(subject.program, subject.program, "--descriptors", (char *)NULL);
	return 255;
}

static void test_descriptors_close_on_exec(void **state)
{
	ImxDmaBuffer *buffer, *import;
	ImxWrappedDmaBuffer wrapped;
	size_t offset;
	int fd, before;

	imx_dma_buffer_allocator_destroy(subject.allocator);
	subject.allocator = NULL;
	before = in_fork(after_exec, NULL);
	assert_true(WIFEXITED(before) && WEXITSTATUS(before) < 200);
	subject.allocator = new_allocator_of_board(subject.name, subject.policy, 0, NULL);
	buffer = allocate(SIZE);
	map(buffer, 0);
	fd = imx_dma_buffer_export_fd(buffer, &offset, NULL);
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = fd;
	wrapped.size = SIZE;
	imx_dma_buffer_map(&wrapped.parent, 0, NULL);
	assert_true(count_descriptors() > subject.descriptors || fd < 0);
	assert_int_equal(in_fork(after_exec, NULL), before);
	imx_dma_buffer_deallocate(&wrapped.parent);
	imx_dma_buffer_deallocate(import);
	if (fd >= 0)
		close(fd);
}

int run_process_tests(void)
{
	struct CMUnitTest const processes[] = {
		lifetime_test(test_child_may_free_inherited_objects),
		lifetime_test(test_child_may_create_its_own),
		lifetime_test(test_forks_while_threads_work),
		lifetime_test(test_descriptors_close_on_exec),
	};

	return cmocka_run_group_tests(processes, NULL, NULL);
}
