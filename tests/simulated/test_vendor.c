/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage: test_vendor LIBRARY
 *
 * Vendors' libraries. A process has one version of each: LIBRARY names the one that LD_LIBRARY_PATH leads to.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dwl_allocator.h"
#include "imxdmabuffer/imxdmabuffer_g2d_allocator.h"
#include "imxdmabuffer/imxdmabuffer_pool.h"

/* The library under test, its board, and its properties. */
struct library {
	char const *name;
	char const *allocator;
	char const *board;
	char const *soname;
	bool exports, flushes, needs_open, broken;
};

static struct library const libraries[] = {
	{"g2d-old", "g2d", "g2d on", "libg2d.so.2", .exports = true},
	{"g2d-old-1", "g2d", "g2d on", "libg2d.so.1", .exports = false},
	{"g2d-generous", "g2d", "g2d on base=0x50000000", "libg2d.so.2", .exports = true},
	{"g2d-broken", "g2d", "g2d on; pxp 3", "libg2d.so.2", .broken = true},
	{"g2d-wide", "g2d", "g2d on", "libg2d.so.2", .exports = true},
	{"g2d-wide-silent", "g2d", "g2d on", "libg2d.so.2", .exports = true},
	{"g2d-pxp", "g2d", "phys native; heap linux,cma-uncached; heap linux,cma", "libg2d.so.2", .exports = true},
	{"g2d-open", "g2d", "pxp 2", "libg2d.so.2", .exports = true, .needs_open = true},
	{"hantro", "dwl", "phys native; dwl on; heap linux,cma-uncached", "libhantro.so.1", .exports = true,
		.flushes = true},
	{"hantro-other", "dwl", "phys native; dwl on; heap linux,cma-uncached", "libhantro.so.1", .flushes = true},
	{"hantro-no-flush", "dwl", "phys native; dwl on; heap linux,cma-uncached", "libhantro.so.1", .exports = true},
};

static struct library const *library;

static bool is_dwl(void)
{
	return strcmp(library->allocator, "dwl") == 0;
}

static void test_one_library_call_each(void **state)
{
	enum sim_call take = is_dwl() ? SIM_CALL_DWL_MALLOC : SIM_CALL_G2D_ALLOC;
	enum sim_call give = is_dwl() ? SIM_CALL_DWL_FREE : SIM_CALL_G2D_FREE;
	ImxDmaBufferAllocator *allocator;

	start_board(library->board);
	allocator = new_allocator(library->allocator, 0);
	for (int i = 0; i < 3; i++) {
		ImxDmaBuffer *buffer;

		sim_reset_counts();
		buffer = new_buffer(allocator, 100000);
		assert_int_equal(sim_count(take), 1);
		assert_int_equal(sim_count(SIM_CALL_ANY), 1);
		assert_int_equal(imx_dma_buffer_get_fd(buffer), -1);
		/* The library has mapped it. */
		assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
		imx_dma_buffer_unmap(buffer);
		assert_int_equal(sim_count(SIM_CALL_MMAP), 0);
		sim_reset_counts();
		imx_dma_buffer_deallocate(buffer);
		assert_int_equal(sim_count(give), 1);
		assert_int_equal(sim_count(SIM_CALL_ANY), 1);
	}
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_library_is_opened_and_closed(void **state)
{
	ImxDmaBufferAllocator *allocator;

	start_board(library->board);
	allocator = new_allocator(library->allocator, 0);
	assert_int_equal(sim_count(SIM_CALL_G2D_OPEN) >= library->needs_open, 1);
	new_buffer(allocator, 4096);
	imx_dma_buffer_allocator_destroy(allocator);
	if (library->needs_open)
		assert_int_equal(sim_count(SIM_CALL_G2D_CLOSE), sim_count(SIM_CALL_G2D_OPEN));
	assert_int_equal(sim_count(SIM_CALL_DWL_RELEASE), is_dwl());
	assert_nothing_left();
}

/* The library stays loaded, is not visible to other libraries, and reports its name. */
static void test_loading(void **state)
{
	ImxDmaBufferAllocator *allocator;

	start_board(library->board);
	assert_null(dlopen(library->soname, RTLD_NOW | RTLD_NOLOAD));
	dlerror();
	allocator = new_allocator(library->allocator, 0);
	/* The search must not leave an error for the program's own calls of the loader. */
	assert_null(dlerror());
	imx_dma_buffer_allocator_destroy(allocator);
	assert_non_null(dlopen(library->soname, RTLD_NOW | RTLD_NOLOAD));
	assert_null(dlsym(RTLD_DEFAULT, is_dwl() ? "DWLInit" : "g2d_alloc"));
	assert_string_equal(query(library->allocator).node, library->soname);
}

static void test_export_is_a_duplicate(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	size_t offset = 77;
	int error = 0, first, second;

	start_board(library->board);
	allocator = new_allocator(library->allocator, 0);
	buffer = new_buffer(allocator, 100000);
	first = imx_dma_buffer_export_fd(buffer, &offset, &error);
	if (library->exports) {
		assert_true(first > 0);
		assert_int_equal(offset, 0);
		assert_int_equal(sim_physical_address(first, 0), imx_dma_buffer_get_physical_address(buffer));
		assert_true(fcntl(first, F_GETFD) & FD_CLOEXEC);
		second = imx_dma_buffer_export_fd(buffer, NULL, &error);
		assert_true(second > 0 && second != first);
		close(first);
		close(second);
	} else {
		assert_int_equal(first, -1);
		assert_int_equal(error, ENOTSUP);
		assert_sentence("DMA-BUF");
	}
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

/* An aligned buffer that fits begins with its DMA-BUF. Otherwise the export returns its offset. */
static void test_export_returns_the_offset(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	size_t offset = 77;
	int error = 0, fd;

	if (!library->exports)
		SKIP_BECAUSE("this library exports nothing");
	start_board(library->board);
	assert_int_equal(sim_configure("cma-alignment 4K"), 0);
	allocator = new_allocator(library->allocator, 0);
	new_buffer(allocator, 4096);
	buffer = imx_dma_buffer_allocate(allocator, 100000, 65536, &error);
	assert_non_null(buffer);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer) % 65536, 0);
	fd = imx_dma_buffer_export_fd(buffer, &offset, &error);
	assert_true(fd > 0);
	assert_int_equal(sim_physical_address(fd, offset), imx_dma_buffer_get_physical_address(buffer));
	close(fd);
	if (offset != 0) {
		assert_int_equal(imx_dma_buffer_export_fd(buffer, NULL, &error), -1);
		assert_int_equal(error, ENOTSUP);
	}
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

/* Nobody can count the references to what a library exports. */
static void test_pool_frees_what_was_exported(void **state)
{
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};
	ImxDmaBufferAllocator *pool;
	ImxDmaBuffer *buffer;
	size_t offset;

	if (!library->exports)
		SKIP_BECAUSE("this library exports nothing");
	start_board(library->board);
	pool = imx_dma_buffer_allocator_new_by_name(is_dwl() ? "pool:dwl" : "pool:g2d", 0, NULL);
	buffer = new_buffer(pool, 8192);
	close(imx_dma_buffer_export_fd(buffer, &offset, NULL));
	imx_dma_buffer_deallocate(buffer);
	new_buffer(pool, 8192);
	imx_dma_buffer_pool_get_stats(pool, &stats, NULL);
	assert_int_equal(stats.misses, 2);
	imx_dma_buffer_allocator_destroy(pool);
}

static void test_failing_library_calls(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board(library->board);
	allocator = new_allocator(library->allocator, 0);
	assert_int_equal(sim_fail(is_dwl() ? SIM_CALL_DWL_MALLOC : SIM_CALL_G2D_ALLOC, 1, ENOMEM, 1), 0);
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence(library->soname);
	new_buffer(allocator, 4096);
	imx_dma_buffer_allocator_destroy(allocator);
	/* A library without memory is skipped. */
	assert_int_equal(sim_fail(is_dwl() ? SIM_CALL_DWL_MALLOC : SIM_CALL_G2D_ALLOC, 1, ENOMEM, 0), 0);
	assert_null(imx_dma_buffer_allocator_new_by_name(library->allocator, 0, &error));
	assert_int_equal(error, ENODEV);
	assert_sentence(library->soname);
	assert_nothing_left();
}

/* The library gives no reason: the message has the nodes that it may need. */
static void test_nodes_are_named(void **state)
{
	int error = 0;

	start_board(library->board);
	assert_int_equal(sim_fail(is_dwl() ? SIM_CALL_DWL_MALLOC : SIM_CALL_G2D_ALLOC, 1, ENOMEM, 0), 0);
	assert_null(imx_dma_buffer_allocator_new_by_name(library->allocator, 0, &error));
	assert_int_equal(error, ENODEV);
	assert_sentence(is_dwl() ? "DWLMallocLinear fails, without a reason" : "g2d_alloc fails, without a reason");
	assert_sentence(is_dwl() ? "/dev/mxc_hantro, and for memory /dev/ion" : "/dev/galcore for a GPU; /dev/pxp_device");
	assert_nothing_left();
}

static void test_sizes_that_cannot_be_expressed(void **state)
{
	size_t limit = is_dwl() ? UINT32_MAX - 4095u : INT32_MAX - 4095;
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board(library->board);
	allocator = new_allocator(library->allocator, 0);
	sim_reset_counts();
	assert_null(imx_dma_buffer_allocate(allocator, limit + 1, 1, &error));
	assert_int_equal(error, EINVAL);
	assert_null(imx_dma_buffer_allocate(allocator, ((size_t)UINT64_C(0x100000000)) + 4096, 1, &error));
	assert_null(imx_dma_buffer_allocate(allocator, 1, (size_t)UINT64_C(0x100000000), &error));
	assert_int_equal(sim_count(SIM_CALL_ANY), 0);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_constructors(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board(library->board);
	allocator = is_dwl() ? imx_dma_buffer_dwl_allocator_new(&error) : imx_dma_buffer_g2d_allocator_new();
	assert_non_null(allocator);
	assert_string_equal(imx_dma_buffer_allocator_get_name(allocator), library->allocator);
	imx_dma_buffer_allocator_destroy(allocator);
	start_board("phys native");
	allocator = is_dwl() ? imx_dma_buffer_dwl_allocator_new(&error) : imx_dma_buffer_g2d_allocator_new();
	assert_null(allocator);
	assert_sentence(library->soname);
	/* The other library is missing. */
	allocator = is_dwl() ? imx_dma_buffer_g2d_allocator_new() : imx_dma_buffer_dwl_allocator_new(&error);
	assert_null(allocator);
	assert_sentence("cannot be loaded");
	assert_sentence(is_dwl() ? "libg2d.so.1: cannot open" : "libhantro.so.1: cannot open");
}

/* A missing decoder is skipped, and cached memory is flushed. */
static void test_clients_and_flushes(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBuffer *buffer;

	if (!is_dwl())
		SKIP_BECAUSE("for libhantro only");
	start_board("phys native; dwl on client=hevc memory=/dev/dma_heap/linux,cma; heap linux,cma");
	allocator = new_allocator("dwl", 0);
	assert_int_equal(sim_count(SIM_CALL_DWL_INIT), 2);
	buffer = new_buffer(allocator, 100000);
	sim_reset_counts();
	assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(sim_count(SIM_CALL_DWL_FLUSH), library->flushes ? 2 : 0);
	assert_non_null(imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL));
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(sim_count(SIM_CALL_DWL_FLUSH), library->flushes ? 3 : 0);
	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
	assert_int_equal(properties.cached, library->exports ? YES : UNKNOWN);
	assert_int_equal(properties.coherency,
		library->flushes ? IMX_DMA_BUFFER_COHERENCY_VENDOR : IMX_DMA_BUFFER_COHERENCY_UNKNOWN);
	imx_dma_buffer_allocator_destroy(allocator);
	start_board("phys native; dwl on client=h264; heap linux,cma-uncached");
	allocator = new_allocator("dwl", 0);
	assert_int_equal(sim_count(SIM_CALL_DWL_INIT), 1);
	buffer = new_buffer(allocator, 4096);
	sim_reset_counts();
	assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
	imx_dma_buffer_allocator_destroy(allocator);
	/* The properties of memory without a descriptor are unknown, so it is flushed. */
	assert_int_equal(sim_count(SIM_CALL_DWL_FLUSH), library->exports ? 0 : 2);
	assert_nothing_left();
}

/* A library that gives memory without an address is skipped, and nothing is allocated with it. */
static void test_broken_library_is_skipped(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board(library->board);
	assert_null(imx_dma_buffer_allocator_new_by_name(library->allocator, 0, &error));
	assert_int_equal(error, ENODEV);
	assert_sentence("cannot be used");
	allocator = imx_dma_buffer_allocator_new(&error);
	assert_string_equal(imx_dma_buffer_allocator_get_name(allocator), "pxp");
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_there_are_no_variants_to_choose(void **state)
{
	int error = 0;
	char name[32];

	start_board(library->board);
	snprintf(name, sizeof(name), "%s:nonsense", library->allocator);
	assert_null(imx_dma_buffer_allocator_new_by_name(name, 0, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("no variants");
}

/* Both views of the memory show the same byte, wherever the structure holds the address. */
static void test_address_is_that_of_the_memory(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	uint8_t byte = 0;

	start_board(library->board);
	allocator = new_allocator(library->allocator, 0);
	buffer = new_buffer(allocator, 5000);
	imx_dma_buffer_map(buffer, 0, NULL)[4999] = 42;
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(sim_device_read(imx_dma_buffer_get_physical_address(buffer) + 4999, &byte, 1), 0);
	assert_int_equal(byte, 42);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* A forked child inherits the objects, but the memory is the parent's. */
static void test_child_gives_nothing_back(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int status = -1;
	pid_t child;

	start_board(library->board);
	allocator = new_allocator(library->allocator, 0);
	new_buffer(allocator, 4096);
	sim_reset_counts();
	child = fork();
	if (child == 0) {
		imx_dma_buffer_allocator_destroy(allocator);
		_exit(sim_count(SIM_CALL_G2D_FREE) + sim_count(SIM_CALL_G2D_CLOSE) + sim_count(SIM_CALL_DWL_FREE) +
			sim_count(SIM_CALL_DWL_RELEASE));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

int main(int argc, char **argv)
{
	struct CMUnitTest const broken[] = {cmocka_unit_test(test_broken_library_is_skipped)};
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_loading),
		cmocka_unit_test(test_one_library_call_each),
		cmocka_unit_test(test_library_is_opened_and_closed),
		cmocka_unit_test(test_export_is_a_duplicate),
		cmocka_unit_test(test_export_returns_the_offset),
		cmocka_unit_test(test_pool_frees_what_was_exported),
		cmocka_unit_test(test_failing_library_calls),
		cmocka_unit_test(test_nodes_are_named),
		cmocka_unit_test(test_sizes_that_cannot_be_expressed),
		cmocka_unit_test(test_constructors),
		cmocka_unit_test(test_clients_and_flushes),
		cmocka_unit_test(test_there_are_no_variants_to_choose),
		cmocka_unit_test(test_address_is_that_of_the_memory),
		cmocka_unit_test(test_child_gives_nothing_back),
	};

	for (size_t i = 0; argc == 2 && i < sizeof(libraries) / sizeof(libraries[0]); i++)
		if (strcmp(libraries[i].name, argv[1]) == 0)
			library = &libraries[i];
	if (!library) {
		fprintf(stderr, "usage: %s LIBRARY\n", argv[0]);
		return 2;
	}
	if (library->broken)
		return cmocka_run_group_tests(broken, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
