/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A heap's own name decides what its memory is, not the name of its node: in /sys, or as the exporter of its DMA-BUFs.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"

#define SIZE 65536

static void assert_refused(char const *name, int code, char const *text)
{
	ImxDmaBufferAllocator *allocator = new_allocator(name, 0);
	int error = 0;

	assert_null(imx_dma_buffer_allocate(allocator, SIZE, 1, &error));
	assert_int_equal(error, code);
	assert_sentence(text);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_live_buffers(), 0);
}

/* The system heap under the name of a CMA heap, as with "--device /dev/dma_heap/system:/dev/dma_heap/linux,cma". */
static void test_system_heap_under_another_name(void **state)
{
	static char const *const boards[] = {
		"heap linux,cma name=system scattered",
		"sysfs off; heap linux,cma name=system scattered",
		"sysfs off; exporter module; heap linux,cma name=system scattered",
		"heap linux,cma name=system scattered exporter=heap_helpers",
	};

	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
		start_board(boards[i]);
		assert_int_equal(properties_without_address("dma-heap:linux,cma").contiguous, NO);
		assert_int_equal(query("dma-heap:linux,cma").contiguous, NO);
		assert_int_not_equal(query("dma-heap:linux,cma").has_physical_address, YES);
		assert_refused("dma-heap:linux,cma", ENOTSUP, "allocates single pages");
	}
}

static void test_search_skips_renamed_heaps(void **state)
{
	start_board("heap linux,cma name=system scattered; heap reserved");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/reserved");
	start_board("heap linux,cma name=protected,secure-video; heap linux,cma-uncached name=dsp");
	assert_no_allocator(ENODEV, "another heap under the name of a CMA heap");
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_cma_heap_under_another_name(void **state)
{
	ImxDmaBufferProperties properties;

	start_board("heap system name=linux,cma-uncached");
	properties = properties_without_address("dma-heap:system");
	assert_int_equal(properties.contiguous, YES);
	assert_int_equal(properties.cached, NO);
	start_board("sysfs off; heap system name=linux,cma-uncached");
	properties = properties_without_address("dma-heap:system");
	assert_int_equal(properties.contiguous, YES);
	assert_int_equal(properties.cached, NO);
	/* The exporter is a module here: it says nothing about the cache. */
	start_board("sysfs off; exporter module; heap linux,cma-uncached");
	properties = properties_without_address("dma-heap:linux,cma-uncached");
	assert_int_equal(properties.contiguous, YES);
	assert_int_equal(properties.cached, NO);
}

/* Before Linux 5.13, without /sys: only the node's name is left. */
static void test_name_of_the_node_is_the_last_evidence(void **state)
{
	start_board("sysfs off; heap linux,cma exporter=heap_helpers; heap system scattered exporter=heap_helpers");
	assert_int_equal(properties_without_address("dma-heap:linux,cma").contiguous, YES);
	assert_int_equal(properties_without_address("dma-heap:system").contiguous, NO);
}

/* A sandbox gets the descriptor only: neither the node nor its directory is there any more. */
static void test_heap_without_a_node(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int fd, error = 0;

	start_board("heap board-memory; release 5.10.9");
	fd = open("/dev/dma_heap/board-memory", O_RDONLY | O_CLOEXEC);
	sim_fail(SIM_CALL_STAT, 1, ENOENT, 0);
	allocator = imx_dma_buffer_dma_heap_allocator_new(fd, 0, O_RDWR | O_CLOEXEC, &error);
	assert_non_null(allocator);
	assert_int_not_equal(imx_dma_buffer_get_physical_address(new_buffer(allocator, SIZE)), 0);
	imx_dma_buffer_allocator_destroy(allocator);
	close(fd);
}

static void test_unit_addresses(void **state)
{
	start_board("heap linux,cma@58000000; heap system scattered");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/linux,cma@58000000");
	assert_int_equal(query("dma-heap").error, 0);
	assert_default_is("dma-heap");
	/* In order of preference, then the lowest address. */
	start_board("heap reserved@10000000; heap linux,cma@58000000; heap linux,cma@48000000; heap protected@1");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/linux,cma@48000000");
	/* An uncached one and a name without an address come first. */
	start_board("heap linux,cma@58000000; heap linux,cma@58000000-uncached; heap reserved");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/linux,cma@58000000-uncached");
	assert_int_equal(query("dma-heap").cached, NO);
	start_board("heap linux,cma@58000000; heap default-pool");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/default-pool");
}

/* CONFIG_DMABUF_HEAPS_CMA is missing only if there is no other heap than those for special use. */
static void test_message_does_not_blame_the_kernel(void **state)
{
	start_board("heap board-memory; heap system scattered");
	assert_no_allocator(ENODEV, "no CMA heap with a known name, only ");
	assert_sentence("IMXDMABUFFER_ALLOCATOR=dma-heap:/dev/dma_heap/NAME");
	assert_null(strstr(imx_dma_buffer_get_last_error(), "/dev/dma_heap: no CMA heap, only"));
	start_board("heap dsp; heap system scattered");
	assert_no_allocator(ENODEV, "no CMA heap, only ");
	assert_sentence("CONFIG_DMABUF_HEAPS_CMA");
}

static void test_coherent_heaps_are_uncached(void **state)
{
	start_board("heap coherent uncached");
	assert_int_equal(properties_without_address("dma-heap:coherent").cached, NO);
	assert_int_equal(properties_without_address("dma-heap:coherent").contiguous, YES);
}

/* A name that does not fit is refused: cut off it would be that of another heap. */
static void test_long_paths(void **state)
{
	char text[600] = "dma-heap:";
	int error = 0;

	start_board("heap reserved");
	memset(text + 9, 'e', 300);
	assert_null(imx_dma_buffer_allocator_new_by_name(text, 0, &error));
	assert_int_equal(error, ENAMETOOLONG);
	assert_sentence("too long");
	/* Slashes do not count in a path; cut off after 95 bytes, this is the heap. */
	strcpy(text, "dma-heap:/dev/dma_heap");
	for (size_t length = strlen(text); length < 9 + 95 - 8; length++)
		strcat(text, "/");
	strcat(text, "reserved");
	error = 0;
	imx_dma_buffer_allocator_destroy(new_allocator(text, 0));
	strcat(text, "-is-scattered");
	assert_null(imx_dma_buffer_allocator_new_by_name(text, 0, &error));
	assert_int_equal(error, ENAMETOOLONG);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_system_heap_under_another_name),
		cmocka_unit_test(test_search_skips_renamed_heaps),
		cmocka_unit_test(test_cma_heap_under_another_name),
		cmocka_unit_test(test_name_of_the_node_is_the_last_evidence),
		cmocka_unit_test(test_heap_without_a_node),
		cmocka_unit_test(test_unit_addresses),
		cmocka_unit_test(test_message_does_not_blame_the_kernel),
		cmocka_unit_test(test_coherent_heaps_are_uncached),
		cmocka_unit_test(test_long_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
