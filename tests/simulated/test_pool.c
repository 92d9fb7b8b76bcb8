/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools: limits, sizes, names, clean memory.
 */
#include <stdbool.h>
#include <unistd.h>

#include "imxdmabuffer/imxdmabuffer_view.h"
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
	/* It is too large itself, and others need not go for it. */
	imx_dma_buffer_deallocate(large);
	assert_int_equal(stats_of(pool).idle_buffers, 3);
	imx_dma_buffer_pool_trim(pool, 0);
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
	/* A call that looks for memory frees them. */
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

/* Device data must survive what the cache writes back. */
static void assert_device_data_stay(ImxDmaBufferAllocator *pool)
{
	uint8_t data[SIZE], found[SIZE];
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(buffer);

	memset(data, 0x88, SIZE);
	assert_int_equal(sim_device_write(address, data, SIZE), 0);
	sim_evict(0, 0);
	assert_int_equal(sim_device_read(address, found, SIZE), 0);
	assert_memory_equal(found, data, SIZE);
}

static void test_failed_write_back_is_repeated(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool("heap reserved; phys native; release 6.1.0", (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);

	memset(imx_dma_buffer_map(buffer, 0, NULL), 0x77, SIZE);
	sim_fail(SIM_CALL_PHYS, 1, ENOMEM, 1);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_deallocate(buffer);
	assert_device_data_stay(pool);
	assert_int_equal(stats_of(pool).hits, 1);
	destroy(pool);
}

static void test_required_addresses_cover_the_buffer(void **state)
{
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *buffer;
	int error = 0;

	start_board("heap system scattered base=0x40000000; phys absent; pagemap privileged; release 6.1.0");
	inner = new_allocator("dma-heap:system", IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS);
	pool = imx_dma_buffer_pool_new(inner, NULL, NULL);
	/* Two pages, of which the first one is contiguous. */
	buffer = imx_dma_buffer_allocate(pool, 4096, 8192, NULL);
	assert_non_null(buffer);
	imx_dma_buffer_deallocate(buffer);
	assert_null(imx_dma_buffer_allocate(pool, 8192, 1, &error));
	assert_int_equal(error, ENOTSUP);
	destroy(pool);
}

/* C85: programs may let a buffer point to a copy of its allocator. */
static void test_buffers_forget_a_programs_allocator(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0}), copy = *pool;
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);

	buffer->allocator = &copy;
	imx_dma_buffer_deallocate(buffer);
	assert_int_equal(stats_of(pool).idle_buffers, 1);
	assert_ptr_equal(new_buffer(pool, SIZE)->allocator, pool);
	destroy(pool);
}

/* A size class must not make an allocation fail. */
static void test_small_memory_has_no_classes(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool("heap reserved-uncached limit=140K; phys native; release 6.1.0",
		(ImxDmaBufferPoolConfig){.max_idle_bytes = 1 << 20});

	imx_dma_buffer_deallocate(new_buffer(pool, 33 * 4096));
	imx_dma_buffer_deallocate(new_buffer(pool, 33 * 4096));
	assert_int_equal(stats_of(pool).hits, 1);
	destroy(pool);
}

/* A program that asks in vain for a descriptor has none. */
static void test_memory_without_descriptors_is_given_out_again(void **state)
{
	ImxDmaBufferAllocator *pool, *ipu;

	start_board("ipu on");
	ipu = new_allocator("ipu", 0);
	pool = imx_dma_buffer_pool_new(ipu, NULL, NULL);
	for (int i = 0; i < 3; i++) {
		ImxDmaBuffer *buffer = new_buffer(pool, SIZE), *view = imx_dma_buffer_new_view(buffer, 0, 4096, 0, NULL);

		assert_int_equal(imx_dma_buffer_get_fd(buffer), -1);
		assert_int_equal(imx_dma_buffer_get_fd(view), -1);
		assert_int_equal(imx_dma_buffer_export_fd(buffer, NULL, NULL), -1);
		imx_dma_buffer_deallocate(view);
		imx_dma_buffer_deallocate(buffer);
	}
	assert_int_equal(stats_of(pool).hits, 2);
	imx_dma_buffer_allocator_destroy(pool);
	imx_dma_buffer_allocator_destroy(ipu);
	assert_nothing_left();
}

static void test_names_of_others_do_not_stay(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE), *import;
	char name[IMX_DMA_BUFFER_NAME_SIZE];

	assert_int_equal(imx_dma_buffer_set_name(buffer, "camera", NULL), 0);
	import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(buffer), 0, 0, NULL);
	imx_dma_buffer_deallocate(buffer);
	/* The other holder still has the name. */
	assert_int_equal(imx_dma_buffer_get_name(import, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "camera");
	assert_int_equal(imx_dma_buffer_set_name(import, "later", NULL), 0);
	imx_dma_buffer_deallocate(import);
	buffer = new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 1);
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "");
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

/* The default is the choice of IMXDMABUFFER_ALLOCATOR, with one pool. */
static void test_pool_around_the_default(void **state)
{
	ImxDmaBufferAllocator *pool;

	start_board(UNCACHED "; ipu on");
	for (int is_pool = 0; is_pool < 2; is_pool++) {
		setenv("IMXDMABUFFER_ALLOCATOR", is_pool ? "pool:ipu" : "ipu", 1);
		pool = imx_dma_buffer_allocator_new_by_name("pool", 0, NULL);
		assert_string_equal(imx_dma_buffer_allocator_get_name(pool), "ipu");
		imx_dma_buffer_allocator_destroy(pool);
	}
	setenv("IMXDMABUFFER_ALLOCATOR", "nothing", 1);
	assert_null(imx_dma_buffer_allocator_new_by_name("pool", 0, NULL));
	assert_sentence("IMXDMABUFFER_ALLOCATOR=");
	unsetenv("IMXDMABUFFER_ALLOCATOR");
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
		cmocka_unit_test(test_failed_write_back_is_repeated),
		cmocka_unit_test(test_required_addresses_cover_the_buffer),
		cmocka_unit_test(test_buffers_forget_a_programs_allocator),
		cmocka_unit_test(test_small_memory_has_no_classes),
		cmocka_unit_test(test_memory_without_descriptors_is_given_out_again),
		cmocka_unit_test(test_names_of_others_do_not_stay),
		cmocka_unit_test(test_wrong_arguments),
		cmocka_unit_test(test_preallocation),
		cmocka_unit_test(test_pool_around_the_default),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
