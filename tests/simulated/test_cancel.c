/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A thread that is cancelled in a call leaves no lock and no descriptor behind, and loses nothing: the same call works
 * afterwards, and so does fork().
 */
#include <pthread.h>
#include <sys/wait.h>

#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"
#include "imxdmabuffer/imxdmabuffer_ipc.h"
#include "passing.h"

static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffer;
static ImxWrappedDmaBuffer wrapped;

static void open_node(void)
{
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_allocator_new_by_name("ipu", 0, NULL));
}

static void open_heap(void)
{
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_allocator_new_by_name("dma-heap", 0, NULL));
}

static void allocate(void)
{
	ImxDmaBuffer *fresh = imx_dma_buffer_allocate(allocator, 4096, 1, NULL);

	if (fresh)
		imx_dma_buffer_deallocate(fresh);
}

static void map_wrapped(void)
{
	imx_dma_buffer_map(&wrapped.parent, 0, NULL);
}

static void unmap_wrapped(void)
{
	imx_dma_buffer_unmap(&wrapped.parent);
}

static void map_own(void)
{
	imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, NULL);
}

static void run_session(void)
{
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
}

static void unmap_own(void)
{
	imx_dma_buffer_unmap(buffer);
}

static void import(void)
{
	ImxDmaBuffer *imported = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(buffer), 0, 0, NULL);

	if (imported)
		imx_dma_buffer_deallocate(imported);
}

static void list(void)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};

	imx_dma_buffer_query_allocator("dma-heap", &info, NULL);
}

static void *cancelled(void *argument)
{
	void (*call)(void);

	memcpy(&call, argument, sizeof(call));
	pthread_cancel(pthread_self());
	call();
	return NULL;
}

static void fork_and(void (*call)(void))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		call();
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

static void test_cancelled_thread_leaves_no_lock(void **state)
{
	static void (*const calls[])(void) = {
		open_node, open_heap, allocate, map_wrapped, unmap_wrapped, map_own, run_session, unmap_own, import, list};

	start_board("heap linux,cma; phys native; ipu on");
	/* Messages on standard error are further points of cancellation. */
	setenv("IMXDMABUFFER_LOG", "debug", 1);
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	allocator = new_allocator("dma-heap", 0);
	buffer = new_buffer(allocator, 4096);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = imx_dma_buffer_get_fd(buffer);
	wrapped.size = 4096;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		void (*call)(void) = calls[i];
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, cancelled, &call), 0);
		pthread_join(thread, NULL);
		call();
		fork_and(call);
	}
	imx_dma_buffer_deallocate(&wrapped.parent);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void open_default(void)
{
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_allocator_new(NULL));
}

static int pair[2];

static void start(char const *board, int flags)
{
	start_board(board);
	connect_pair(SOCK_STREAM | flags, pair);
	allocator = new_allocator("dma-heap", 0);
	buffer = new_buffer(allocator, 4096);
}

static void stop(void)
{
	imx_dma_buffer_allocator_destroy(allocator);
	close_pair(pair);
	assert_nothing_left();
}

static void receive_and_free(void)
{
	imx_dma_buffer_deallocate(imx_dma_buffer_receive(pair[1], NULL));
}

static void map_in_vain(void)
{
	if (imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, NULL))
		imx_dma_buffer_unmap(buffer);
}

/* A handler of messages may be a point of cancellation, too. */
static void cancel_at(void *trigger, ImxDmaBufferLogLevel level, char const *message)
{
	if (strstr(message, *(char const **)trigger)) {
		pthread_cancel(pthread_self());
		pthread_testcancel();
	}
}

static void *run(void *argument)
{
	void (*call)(void);

	memcpy(&call, argument, sizeof(call));
	call();
	return NULL;
}

static void assert_nothing_is_lost(void (*call)(void), char const *trigger)
{
	size_t before = count_descriptors();
	pthread_t thread;

	imx_dma_buffer_set_log_handler(cancel_at, &trigger, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	assert_int_equal(pthread_create(&thread, NULL, run, &call), 0);
	pthread_join(thread, NULL);
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_DEBUG);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(sim_live_buffers(), 1);
}

static void test_cancelled_thread_loses_nothing(void **state)
{
	start("heap linux,cma; phys native", 0);
	assert_nothing_is_lost(open_default, "allocator dma-heap");
	assert_nothing_is_lost(open_heap, "allocator dma-heap");
	assert_int_equal(imx_dma_buffer_send(buffer, pair[0], NULL), 0);
	assert_nothing_is_lost(receive_and_free, "received");
	/* The message was taken. */
	assert_int_equal(recv(pair[1], &(char){0}, 1, MSG_DONTWAIT), -1);
	assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
	assert_nothing_is_lost(map_in_vain, "is mapped already");
	imx_dma_buffer_unmap(buffer);
	/* Not mapped. */
	assert_int_equal(imx_dma_buffer_sync_for_cpu(buffer, NULL, 0, IMX_DMA_BUFFER_FROM_DEVICE, NULL), -1);
	stop();
}

static void *receive_buffer(void *argument)
{
	return imx_dma_buffer_receive(pair[1], NULL);
}

/* A message that arrives while the thread is cancelled is received, or stays in the socket. */
static void test_cancelled_thread_loses_no_message(void **state)
{
	size_t before;

	start("heap linux,cma; phys native", 0);
	before = count_descriptors();
	for (int i = 0; i < 500; i++) {
		char message[64];
		pthread_t thread;
		void *received;

		assert_int_equal(pthread_create(&thread, NULL, receive_buffer, NULL), 0);
		assert_int_equal(imx_dma_buffer_send(buffer, pair[0], NULL), 0);
		pthread_cancel(thread);
		pthread_join(thread, &received);
		if (received == PTHREAD_CANCELED) {
			assert_int_equal(recv(pair[1], message, sizeof(message), MSG_PEEK | MSG_DONTWAIT), sizeof(message));
			received = imx_dma_buffer_receive(pair[1], NULL);
		}
		assert_non_null(received);
		imx_dma_buffer_deallocate(received);
	}
	assert_int_equal(count_descriptors(), before);
	stop();
}

static int heap;

/* It fails, as there is no memory left, and looks at /proc/meminfo for the message. */
static void allocate_in_vain(void)
{
	imx_dma_buffer_dma_heap_allocate_dmabuf(heap, 1 << 20, 0, O_RDWR | O_CLOEXEC, NULL);
}

static void find_address(void)
{
	imx_dma_buffer_get_physical_address_from_dmabuf_fd(imx_dma_buffer_get_fd(buffer), NULL);
}

static void send_without_wait(void)
{
	imx_dma_buffer_send(buffer, pair[0], NULL);
}

static void *repeat(void *argument)
{
	void (*call)(void);

	memcpy(&call, argument, sizeof(call));
	for (;;) {
		call();
		pthread_testcancel();
	}
	return NULL;
}

static void test_cancelled_thread_leaves_no_file_open(void **state)
{
	static void (*const calls[])(void) = {allocate_in_vain, find_address, send_without_wait};

	start("heap linux,cma limit=4K; phys absent; pagemap privileged; release 6.1.0", SOCK_NONBLOCK);
	heap = imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(allocator);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		size_t before = count_descriptors();
		void (*call)(void) = calls[i];

		for (useconds_t delay = 0; delay < 200; delay++) {
			pthread_t thread;

			assert_int_equal(pthread_create(&thread, NULL, repeat, &call), 0);
			usleep(delay);
			pthread_cancel(thread);
			pthread_join(thread, NULL);
		}
		assert_int_equal(count_descriptors(), before);
	}
	stop();
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_cancelled_thread_leaves_no_lock),
		cmocka_unit_test(test_cancelled_thread_loses_nothing),
		cmocka_unit_test(test_cancelled_thread_loses_no_message),
		cmocka_unit_test(test_cancelled_thread_leaves_no_file_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
