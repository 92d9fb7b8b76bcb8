/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A map that waits, as for the fence of a device, holds up neither other wrapped buffers nor fork(). Linked with
 * --wrap.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory_file.h"
#include "base/sys.h"
#include "support.h"

#define SLOW_SIZE 8192
#define QUICK_SIZE 4096

static sem_t entered, leave;
static atomic_int is_slow;

int __real_imxd_sys_mmap(size_t length, int protection, bool populate, int fd, off_t offset, void **address);
int __wrap_imxd_sys_mmap(size_t length, int protection, bool populate, int fd, off_t offset, void **address);
int __wrap_imxd_sys_mmap(size_t length, int protection, bool populate, int fd, off_t offset, void **address)
{
	if (length == SLOW_SIZE && is_slow) {
		sem_post(&entered);
		sem_wait(&leave);
	}
	return __real_imxd_sys_mmap(length, protection, populate, fd, offset, address);
}

static void wrap(ImxWrappedDmaBuffer *wrapped, size_t size)
{
	imx_dma_buffer_init_wrapped_buffer(wrapped);
	wrapped->fd = imxd_memory_file("memory", 0, size, 0);
	wrapped->size = size;
	assert_true(wrapped->fd >= 0);
}

static void *map(void *wrapped)
{
	return imx_dma_buffer_map((ImxDmaBuffer *)wrapped, 0, NULL);
}

/* The thread does not go on in the child: the child maps the buffer anew. */
static int check_in_child(ImxWrappedDmaBuffer *slow, ImxWrappedDmaBuffer *mapped)
{
	uint8_t *address;

	is_slow = 0;
	address = imx_dma_buffer_map(&slow->parent, 0, NULL);
	if (!address)
		return 1;
	address[0] = 1;
	imx_dma_buffer_unmap(&slow->parent);
	/* A buffer that was mapped before, and is used by no other thread, stays mapped. */
	address = imx_dma_buffer_map(&mapped->parent, 0, NULL);
	if (!address)
		return 2;
	imx_dma_buffer_unmap(&mapped->parent);
	address[0] = 1;
	imx_dma_buffer_unmap(&mapped->parent);
	return 0;
}

static void test_waiting_map_holds_up_nothing_else(void **state)
{
	ImxWrappedDmaBuffer slow, quick, mapped;
	int status = -1;
	pthread_t thread;
	void *address;
	pid_t child;

	wrap(&slow, SLOW_SIZE);
	wrap(&quick, QUICK_SIZE);
	wrap(&mapped, QUICK_SIZE);
	assert_non_null(map(&mapped));
	is_slow = 1;
	assert_int_equal(pthread_create(&thread, NULL, map, &slow), 0);
	sem_wait(&entered);
	assert_non_null(map(&quick));
	imx_dma_buffer_start_sync_session(&quick.parent);
	imx_dma_buffer_unmap(&quick.parent);
	child = fork();
	if (child == 0)
		_exit(check_in_child(&slow, &mapped));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	sem_post(&leave);
	assert_int_equal(pthread_join(thread, &address), 0);
	assert_non_null(address);
	imx_dma_buffer_deallocate(&slow.parent);
	imx_dma_buffer_deallocate(&quick.parent);
	imx_dma_buffer_deallocate(&mapped.parent);
	close(slow.fd);
	close(quick.fd);
	close(mapped.fd);
}

/* Two threads map one buffer at first: both get the same mapping, and it is gone after two unmaps. */
static void test_two_first_maps(void **state)
{
	ImxWrappedDmaBuffer slow;
	pthread_t threads[2];
	void *addresses[2];

	wrap(&slow, SLOW_SIZE);
	is_slow = 1;
	assert_int_equal(pthread_create(&threads[0], NULL, map, &slow), 0);
	sem_wait(&entered);
	assert_int_equal(pthread_create(&threads[1], NULL, map, &slow), 0);
	sem_post(&leave);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], &addresses[i]), 0);
	assert_non_null(addresses[0]);
	assert_ptr_equal(addresses[0], addresses[1]);
	is_slow = 0;
	imx_dma_buffer_unmap(&slow.parent);
	((uint8_t *)addresses[0])[0] = 1;
	imx_dma_buffer_unmap(&slow.parent);
	/* Descriptor and mapping are closed: with another file of another size, the structure is mapped anew. */
	close(slow.fd);
	slow.fd = imxd_memory_file("memory", 0, QUICK_SIZE, 0);
	slow.size = QUICK_SIZE;
	assert_non_null(map(&slow));
	imx_dma_buffer_deallocate(&slow.parent);
	close(slow.fd);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_waiting_map_holds_up_nothing_else),
		cmocka_unit_test(test_two_first_maps),
	};

	sem_init(&entered, 0, 0);
	sem_init(&leave, 0, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
