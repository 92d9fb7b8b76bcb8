/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Views: their life beside that of the buffer, in pools, with attached devices, and in several threads.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"
#include "imxdmabuffer/imxdmabuffer_view.h"
#include "pool.h"

#define CACHED "heap reserved; phys native; release 6.1.0"
#define MAINLINE "heap reserved; phys absent; pagemap privileged; render etnaviv; release 6.1.0"
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

static ImxDmaBuffer *new_view(ImxDmaBuffer *buffer, size_t offset, size_t size)
{
	ImxDmaBuffer *view = imx_dma_buffer_new_view(buffer, offset, size, 0, NULL);

	if (!view)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(view);
	return view;
}

static pthread_barrier_t barrier;

static void *deallocate(void *buffer)
{
	pthread_barrier_wait(&barrier);
	imx_dma_buffer_deallocate(buffer);
	return NULL;
}

/* They are different objects: any thread may free either of them at any time. */
static void free_in_two_threads(ImxDmaBufferAllocator *allocator)
{
	for (int i = 0; i < 200; i++) {
		ImxDmaBuffer *buffer = new_buffer(allocator, SIZE), *view = new_view(buffer, 4096, 0);
		pthread_t thread;

		assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
		assert_non_null(imx_dma_buffer_map(view, 0, NULL));
		assert_int_equal(pthread_create(&thread, NULL, deallocate, (i & 1) ? buffer : view), 0);
		deallocate((i & 1) ? view : buffer);
		pthread_join(thread, NULL);
	}
}

static void test_buffer_and_view_go_at_the_same_time(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(CACHED, (ImxDmaBufferPoolConfig){0});

	pthread_barrier_init(&barrier, NULL, 2);
	free_in_two_threads(inner);
	free_in_two_threads(pool);
	assert_int_equal(stats_of(pool).used_buffers, 0);
	assert_int_equal(stats_of(pool).hits, 199);
	pthread_barrier_destroy(&barrier);
	destroy(pool);
}

static void test_pool_waits_for_views(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE), *view = new_view(buffer, 4096, 0);

	imx_dma_buffer_deallocate(buffer);
	assert_int_equal(stats_of(pool).used_buffers, 1);
	imx_dma_buffer_map(view, 0, NULL)[0] = 1;
	imx_dma_buffer_deallocate(view);
	assert_int_equal(stats_of(pool).idle_buffers, 1);
	/* The descriptor never left the library: no call is needed. */
	sim_reset_counts();
	buffer = new_buffer(pool, SIZE);
	assert_int_equal(sim_count(SIM_CALL_ANY), 0);
	assert_int_equal(stats_of(pool).hits, 1);
	/* Here it does. */
	view = new_view(buffer, 0, 4096);
	assert_true(imx_dma_buffer_get_fd(view) >= 0);
	imx_dma_buffer_deallocate(view);
	imx_dma_buffer_deallocate(buffer);
	sim_reset_counts();
	new_buffer(pool, SIZE);
	assert_int_equal(sim_count(SIM_CALL_POLL), 1);
	destroy(pool);
}

static void assert_device_data_stay(ImxDmaBufferAllocator *pool)
{
	uint8_t data[SIZE], found[SIZE];
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(new_buffer(pool, SIZE));

	memset(data, 0x88, SIZE);
	assert_int_equal(sim_device_write(address, data, SIZE), 0);
	sim_evict(0, 0);
	assert_int_equal(sim_device_read(address, found, SIZE), 0);
	assert_memory_equal(found, data, SIZE);
}

/* What a view leaves in the cache, its buffer has there. */
static void test_dirty_views_make_dirty_buffers(void **state)
{
	for (int fails = 0; fails < 2; fails++) {
		ImxDmaBufferAllocator *pool = new_pool(CACHED, (ImxDmaBufferPoolConfig){0});
		ImxDmaBuffer *buffer = new_buffer(pool, SIZE), *view = new_view(buffer, 4096, 0);

		memset(imx_dma_buffer_map(view, fails ? WRITE : WRITE | MANUAL, NULL), 0x77, 4096);
		if (fails)
			sim_fail(SIM_CALL_PHYS, 1, ENOMEM, 1);
		imx_dma_buffer_deallocate(view);
		imx_dma_buffer_deallocate(buffer);
		assert_device_data_stay(pool);
		assert_int_equal(stats_of(pool).hits, 1);
		destroy(pool);
	}
}

/* Of scattered memory, only the first page has the address. */
static void test_zeroed_buffers_have_their_own_address(void **state)
{
	ImxDmaBufferPoolConfig config = {.struct_size = sizeof(config), .flags = IMX_DMA_BUFFER_POOL_FLAG_ZERO};
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *buffer;

	start_board("heap system scattered base=0x40000000; phys absent; pagemap privileged; release 6.1.0");
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	inner = imx_dma_buffer_dma_heap_allocator_new(open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC), 0,
		O_RDWR | O_CLOEXEC, NULL);
	pool = imx_dma_buffer_pool_new(inner, &config, NULL);
	buffer = imx_dma_buffer_allocate(pool, 100, 8192, NULL);
	assert_true(imx_dma_buffer_get_physical_address(buffer) != 0);
	imx_dma_buffer_deallocate(buffer);
	buffer = imx_dma_buffer_allocate(pool, 8192, 8192, NULL);
	assert_int_equal(stats_of(pool).hits, 1);
	assert_true(imx_dma_buffer_get_physical_address(buffer) == 0);
	close(imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(inner));
	destroy(pool);
}

static ImxDmaBufferCoherency coherency_of(ImxDmaBuffer *buffer)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
	return properties.coherency;
}

static void test_attached_devices_serve_views(void **state)
{
	ImxDmaBuffer *buffer, *import, *view, *other;

	start_board(MAINLINE);
	inner = new_allocator(NULL, 0);
	buffer = new_buffer(inner, SIZE);
	assert_int_equal(coherency_of(new_view(buffer, 4096, 0)), IMX_DMA_BUFFER_COHERENCY_ATTACHMENT);
	import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(new_buffer(inner, SIZE)), 0, 0, NULL);
	view = new_view(import, 0, 4096);
	other = new_view(import, 4096, 0);
	assert_int_equal(coherency_of(view), IMX_DMA_BUFFER_COHERENCY_IMPORTER);
	assert_int_equal(imx_dma_buffer_attach_device(view, NULL), 0);
	assert_int_equal(coherency_of(view), IMX_DMA_BUFFER_COHERENCY_ATTACHMENT);
	assert_int_equal(coherency_of(other), IMX_DMA_BUFFER_COHERENCY_ATTACHMENT);
	imx_dma_buffer_deallocate(view);
	imx_dma_buffer_deallocate(other);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
	/* The library's own device makes way for a name. */
	start_board(MAINLINE "; names attached");
	inner = new_allocator(NULL, 0);
	assert_int_equal(imx_dma_buffer_set_name(new_view(new_buffer(inner, SIZE), 4096, 0), "camera", NULL), 0);
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
}

/* Only the first session that writes invalidates the DMA-BUF. It must do so even if it overwrites its own part. */
static void assert_other_view_is_new(char const *board, ImxDmaBufferCoherency coherency)
{
	ImxDmaBuffer *buffer, *one, *two;
	uint8_t const data[4096] = "device";

	start_board(board);
	inner = new_allocator(NULL, 0);
	buffer = new_buffer(inner, 8192);
	one = new_view(buffer, 0, 4096);
	two = new_view(buffer, 4096, 4096);
	assert_int_equal(coherency_of(one), coherency);
	assert_int_equal(sim_device_write(imx_dma_buffer_get_physical_address(two), data, sizeof(data)), 0);
	assert_non_null(imx_dma_buffer_map(one, WRITE | IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE, NULL));
	assert_memory_equal(imx_dma_buffer_map(two, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL), data, sizeof(data));
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
}

static void test_overwriting_a_view_hides_nothing_from_another(void **state)
{
	assert_other_view_is_new(CACHED, IMX_DMA_BUFFER_COHERENCY_PHYS);
	assert_other_view_is_new(MAINLINE, IMX_DMA_BUFFER_COHERENCY_ATTACHMENT);
	assert_other_view_is_new("cpu arm64; " CACHED, IMX_DMA_BUFFER_COHERENCY_USER);
}

/* An error while the last view is unmapped keeps no memory. */
static void test_failed_stop_of_the_last_view(void **state)
{
	ImxDmaBuffer *buffer, *view;

	start_board(CACHED);
	inner = new_allocator(NULL, 0);
	buffer = new_buffer(inner, SIZE);
	view = new_view(buffer, 0, 4096);
	imx_dma_buffer_map(view, 0, NULL);
	imx_dma_buffer_deallocate(buffer);
	sim_fail(SIM_CALL_SYNC, 1, EIO, 1);
	imx_dma_buffer_deallocate(view);
	assert_int_equal(sim_live_buffers(), 0);
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
}

static void test_granules(void **state)
{
	ImxDmaBuffer *buffer, *odd;
	int error = 0;

	start_board(CACHED);
	inner = new_allocator(NULL, 0);
	buffer = new_buffer(inner, 1000);
	assert_null(imx_dma_buffer_new_view(buffer, 0, 100, 0, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("granule of 64 bytes");
	new_view(buffer, 64, 128);
	new_view(buffer, 960, 40);
	/* The end of a view is not that of the memory. */
	odd = imx_dma_buffer_new_view(buffer, 0, 100, IMX_DMA_BUFFER_VIEW_FLAG_SHARE_GRANULE, NULL);
	assert_null(imx_dma_buffer_new_view(odd, 64, 36, 0, &error));
	assert_int_equal(error, EINVAL);
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
}

static void test_views_of_read_only_descriptors(void **state)
{
	ImxDmaBuffer *view;
	int error = 0;

	start_board(UNCACHED);
	inner = imx_dma_buffer_dma_heap_allocator_new(-1, 0, O_RDONLY | O_CLOEXEC, NULL);
	view = new_view(new_buffer(inner, SIZE), 4096, 0);
	assert_null(imx_dma_buffer_map(view, 0, &error));
	assert_int_equal(error, EACCES);
	assert_non_null(imx_dma_buffer_map(view, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL));
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
}

static void test_child_frees_views(void **state)
{
	ImxDmaBuffer *buffer, *view;
	int status;
	pid_t child;

	start_board(UNCACHED);
	inner = new_allocator(NULL, 0);
	buffer = new_buffer(inner, SIZE);
	view = new_view(buffer, 4096, 0);
	imx_dma_buffer_map(view, 0, NULL)[0] = 5;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		uint8_t *bytes = imx_dma_buffer_map(view, 0, NULL);

		status = bytes[0] != 5;
		imx_dma_buffer_deallocate(buffer);
		imx_dma_buffer_deallocate(view);
		imx_dma_buffer_allocator_destroy(inner);
		_exit(status);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	imx_dma_buffer_deallocate(buffer);
	assert_int_equal(imx_dma_buffer_map(view, 0, NULL)[0], 5);
	imx_dma_buffer_deallocate(view);
	imx_dma_buffer_allocator_destroy(inner);
	assert_nothing_left();
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_buffer_and_view_go_at_the_same_time),
		cmocka_unit_test(test_pool_waits_for_views),
		cmocka_unit_test(test_dirty_views_make_dirty_buffers),
		cmocka_unit_test(test_zeroed_buffers_have_their_own_address),
		cmocka_unit_test(test_attached_devices_serve_views),
		cmocka_unit_test(test_overwriting_a_view_hides_nothing_from_another),
		cmocka_unit_test(test_failed_stop_of_the_last_view),
		cmocka_unit_test(test_granules),
		cmocka_unit_test(test_views_of_read_only_descriptors),
		cmocka_unit_test(test_child_frees_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
