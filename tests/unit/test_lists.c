/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of live buffers: constant cost, from several threads.
 */
#include <pthread.h>

#include "fake.h"

#define THREADS 8
#define ROUNDS 2000

/* The fake's counters do not matter here, and are not thread-safe. */
static int plain_allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	block->size = size;
	return 0;
}

static void plain_free(struct imxd_device *device, struct imxd_block *block)
{
}

static struct imxd_backend const plain_backend = {
	.name = "plain", .open = fake_open, .close = fake_close, .allocate = plain_allocate, .free = plain_free};

static void *work(void *allocator)
{
	ImxDmaBuffer *buffers[8] = {NULL};

	for (size_t i = 0; i < ROUNDS; i++) {
		imx_dma_buffer_deallocate(buffers[i % 8]);
		buffers[i % 8] = imx_dma_buffer_allocate(allocator, 1 + i, 1, NULL);
	}
	for (size_t i = 0; i < 7; i++)
		imx_dma_buffer_deallocate(buffers[i]);
	return NULL;
}

static void test_list_holds_what_is_alive(void **state)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;
	struct imxd_allocator *allocator = NULL;
	pthread_t threads[THREADS];
	size_t alive = 0;

	assert_int_equal(imxd_allocator_new(&plain_backend, &options, IMXD_ADDRESS_NOT_WANTED, NULL, &allocator), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, allocator), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (struct imxd_buffer *buffer = allocator->live; buffer; buffer = buffer->next)
		alive++;
	assert_int_equal(alive, THREADS);
	imxd_allocator_destroy(allocator);
}

int main(void)
{
	struct CMUnitTest const tests[] = {fake_test(test_list_holds_what_is_alive)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
