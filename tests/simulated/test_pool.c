/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools: limits, sizes, names, clean memory.
 */
#include <stdbool.h>
#include <unistd.h>

#include "pool.h"

#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

static void test_limits(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED,
		(ImxDmaBufferPoolConfig){.max_idle_bytes = 5 * SIZE, .max_idle_buffers = 3});
	ImxDmaBuffer *buffers[5], *large = new_buffer(pool, 8 * SIZE);

	for (int i = 0; i < 5; i++)
		buffers[i] = new_buffer(pool, SIZE);
	for (int i = 0; i < 5; i++)
		imx_dma_buffer_deallocate(buffers[i]);
	assert_int_equal(stats_of(pool).idle_buffers, 3);
	assert_int_equal(stats_of(pool).idle_bytes, 3 * SIZE);
	assert_int_equal(stats_of(pool).peak_bytes, 13 * SIZE);
	/* It is too large itself. */
	imx_dma_buffer_deallocate(large);
	assert_int_equal(stats_of(pool).idle_buffers, 0);
	imx_dma_buffer_deallocate(new_buffer(pool, 4 * SIZE));
	imx_dma_buffer_deallocate(new_buffer(pool, SIZE));
	imx_dma_buffer_pool_trim(pool, 4 * SIZE);
	/* The older one went first. */
	assert_int_equal(stats_of(pool).idle_bytes, SIZE);
	destroy(pool);
}

static void test_idle_buffers_age(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){.idle_ms = 1});

	imx_dma_buffer_deallocate(new_buffer(pool, SIZE));
	usleep(3000);
	/* Any call of the pool frees them. */
	new_buffer(pool, 16 * SIZE);
	assert_int_equal(stats_of(pool).idle_buffers, 0);
	assert_int_equal(sim_count(SIM_CALL_HEAP_ALLOC), 2);
	assert_int_equal(sim_live_buffers(), 1);
	destroy(pool);
}

static void test_size_classes(void **state)
{
	static struct {
		size_t size, block;
	} const cases[] = {{1, 4096}, {4097, 8192}, {5 * 4096, 5 * 4096}, {8 * 4096 + 1, 10 * 4096},
		{10 * 4096 + 1, 12 * 4096}, {3110400, 768 * 4096}, {3840 * 2160 * 3 / 2, 3072 * 4096}};
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *large;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ImxDmaBuffer *buffer = new_buffer(pool, cases[i].size);

		assert_int_equal(stats_of(pool).used_bytes, cases[i].block);
		assert_int_equal(stats_of(pool).wasted_bytes, cases[i].block - cases[i].size);
		imx_dma_buffer_deallocate(buffer);
	}
	assert_int_equal(stats_of(pool).misses, sizeof(cases) / sizeof(cases[0]));
	destroy(pool);
	/* Another class, unless any block will do: the smallest one then. */
	pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){.flags = IMX_DMA_BUFFER_POOL_FLAG_ANY_FIT});
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_non_null(new_buffer(pool, cases[i].size));
	large = new_buffer(pool, 64 * SIZE);
	imx_dma_buffer_deallocate(new_buffer(pool, 16 * SIZE));
	imx_dma_buffer_deallocate(large);
	new_buffer(pool, 10 * SIZE);
	assert_int_equal(stats_of(pool).hits, 1);
	assert_int_equal(stats_of(pool).idle_bytes, 64 * SIZE);
	destroy(pool);
}

static void test_idle_memory_serves_other_sizes_in_need(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool("heap reserved-uncached limit=64K; phys native; release 6.1.0",
		(ImxDmaBufferPoolConfig){0});
	int error = 0;

	imx_dma_buffer_deallocate(new_buffer(pool, 40960));
	assert_non_null(new_buffer(pool, 32768));
	assert_int_equal(stats_of(pool).idle_buffers, 0);
	assert_null(imx_dma_buffer_allocate(pool, 40960, 1, &error));
	assert_int_equal(error, ENOMEM);
	imx_dma_buffer_deallocate(new_buffer(pool, 4096));
	sim_fail(SIM_CALL_HEAP_ALLOC, 1, EMFILE, 1);
	imx_dma_buffer_deallocate(new_buffer(pool, 16384));
	destroy(pool);
}

static void test_dirty_memory_is_cleaned(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool("cpu arm64; heap reserved; phys native; release 6.1.0",
		(ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, 3 * SIZE);
	unsigned long lines;

	/* A session that ended has cleaned. */
	imx_dma_buffer_map(buffer, MANUAL, NULL);
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_deallocate(buffer);
	lines = sim_cache_operations(SIM_LINE_CLEAN);
	buffer = new_buffer(pool, 3 * SIZE);
	assert_int_equal(sim_cache_operations(SIM_LINE_CLEAN), lines);
	/* Without a session, and after a range: all of the block. */
	for (int i = 0; i < 2; i++) {
		ImxDmaBufferRange range = {0, 1};

		imx_dma_buffer_map(buffer, MANUAL, NULL);
		if (i == 1)
			imx_dma_buffer_sync_for_device(buffer, &range, 1, IMX_DMA_BUFFER_TO_DEVICE, NULL);
		imx_dma_buffer_deallocate(buffer);
		lines = sim_cache_operations(SIM_LINE_CLEAN);
		buffer = new_buffer(pool, 3 * SIZE - 1);
		assert_int_equal(sim_cache_operations(SIM_LINE_CLEAN) - lines, 3 * SIZE / 64);
	}
	assert_int_equal(stats_of(pool).hits, 3);
	destroy(pool);
}

static void assert_refused(ImxDmaBufferAllocator *allocator, ImxDmaBufferPoolConfig const *config, int code,
	char const *sentence)
{
	int error = 0;

	assert_null(imx_dma_buffer_pool_new(allocator, config, &error));
	assert_int_equal(error, code);
	assert_sentence(sentence);
}

static void test_wrong_arguments(void **state)
{
	static ImxDmaBufferAllocator of_a_program;
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBufferPoolConfig config = {.struct_size = sizeof(config)};
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};
	struct {
		ImxDmaBufferPoolConfig known;
		size_t more;
	} newer = {.known = {.struct_size = sizeof(newer)}};

	assert_refused(NULL, &config, EINVAL, "NULL");
	assert_refused(&of_a_program, &config, ENOTSUP, "not one of the library");
	assert_refused(pool, &config, EINVAL, "a pool already");
	config.flags = 8;
	assert_refused(inner, &config, EINVAL, "flags 0x8");
	config.flags = 0;
	config.preallocate = 1;
	assert_refused(inner, &config, EINVAL, "preallocate_size is 0");
	config.preallocate_size = SIZE_MAX / 2;
	assert_refused(inner, &config, EINVAL, "idle buffers");
	config.preallocate = 257;
	config.preallocate_size = 1;
	assert_refused(inner, &config, EINVAL, "more than 256");
	config.struct_size = 4;
	assert_refused(inner, &config, EINVAL, "struct_size is 4");
	newer.more = 1;
	assert_refused(inner, &newer.known, EINVAL, "does not have");
	newer.more = 0;
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_pool_new(inner, &newer.known, NULL));
	assert_int_equal(imx_dma_buffer_pool_get_stats(inner, &stats, NULL), -1);
	assert_sentence("not a pool");
	assert_int_equal(imx_dma_buffer_pool_get_stats(NULL, &stats, NULL), -1);
	assert_int_equal(imx_dma_buffer_pool_get_stats(pool, NULL, NULL), -1);
	imx_dma_buffer_pool_trim(NULL, 0);
	imx_dma_buffer_pool_trim(inner, 0);
	imx_dma_buffer_pool_trim(&of_a_program, 0);
	destroy(pool);
}

static void test_preallocation(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED,
		(ImxDmaBufferPoolConfig){.preallocate = 3, .preallocate_size = SIZE});
	int error = 0;
	ImxDmaBufferPoolConfig config = {.struct_size = sizeof(config), .preallocate = 3, .preallocate_size = SIZE};

	assert_int_equal(stats_of(pool).idle_buffers, 3);
	for (int i = 0; i < 3; i++)
		new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 3);
	assert_int_equal(stats_of(pool).misses, 0);
	assert_int_equal(sim_count(SIM_CALL_HEAP_ALLOC), 0);
	sim_fail(SIM_CALL_HEAP_ALLOC, 2, ENOMEM, 0);
	assert_null(imx_dma_buffer_pool_new(inner, &config, &error));
	assert_int_equal(error, ENOMEM);
	sim_forget_failures();
	destroy(pool);
}

static void assert_named(char const *name, char const *mechanism)
{
	ImxDmaBufferAllocator *pool;
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};

	start_board(UNCACHED "; ipu on");
	pool = imx_dma_buffer_allocator_new_by_name(name, 0, NULL);
	assert_non_null(pool);
	assert_int_equal(imx_dma_buffer_pool_get_stats(pool, &stats, NULL), 0);
	assert_string_equal(imx_dma_buffer_allocator_get_name(pool), mechanism);
	imx_dma_buffer_deallocate(new_buffer(pool, SIZE));
	imx_dma_buffer_allocator_destroy(pool);
	setenv("IMXDMABUFFER_ALLOCATOR", name, 1);
	pool = imx_dma_buffer_allocator_new(NULL);
	assert_int_equal(imx_dma_buffer_pool_get_stats(pool, &stats, NULL), 0);
	assert_string_equal(imx_dma_buffer_allocator_get_name(pool), mechanism);
	imx_dma_buffer_allocator_destroy(pool);
	assert_nothing_left();
}

static void test_names(void **state)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};
	int error = 0;

	assert_named("pool", "dma-heap");
	assert_named("pool:", "dma-heap");
	assert_named("pool:ipu", "ipu");
	assert_named("pool:dma-heap:/dev/dma_heap/reserved-uncached", "dma-heap");
	unsetenv("IMXDMABUFFER_ALLOCATOR");
	assert_null(imx_dma_buffer_allocator_new_by_name("pool:pool", 0, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("not around a pool");
	assert_null(imx_dma_buffer_allocator_new_by_name("pool:nothing", 0, &error));
	assert_int_equal(error, EINVAL);
	assert_null(imx_dma_buffer_allocator_new_by_name("pools", 0, &error));
	assert_int_equal(imx_dma_buffer_query_allocator("pool:dma-heap", &info, NULL), 0);
	assert_string_equal(info.name, "dma-heap");
	assert_int_equal(info.zeroed, NO);
	assert_int_equal(imx_dma_buffer_query_allocator("pool", &info, NULL), -1);
	assert_sentence("a name of its own");
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_idle_buffers_age),
		cmocka_unit_test(test_size_classes),
		cmocka_unit_test(test_idle_memory_serves_other_sizes_in_need),
		cmocka_unit_test(test_dirty_memory_is_cleaned),
		cmocka_unit_test(test_wrong_arguments),
		cmocka_unit_test(test_preallocation),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
