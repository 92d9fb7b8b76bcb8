/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Machines of other vendors: the heaps of Rockchip's and TI's kernels and of Raspberry Pi OS, see docs/neighbours.md.
 */
#include "board.h"

#define SIZE 100000
#define NO_ADDRESS IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS

#define ROCKCHIP                                                                                                       \
	"phys absent; heap system scattered; heap system-dma32 scattered; heap system-uncached scattered; "                \
	"heap system-uncached-dma32 scattered; "

static void assert_memory(char const *name, int contiguous, int cached)
{
	assert_int_equal(properties_without_address(name).contiguous, contiguous);
	assert_int_equal(properties_without_address(name).cached, cached);
}

static void test_rockchip(void **state)
{
	char const *const scattered[] = {
		"dma-heap:system", "dma-heap:system-dma32", "dma-heap:system-uncached", "dma-heap:system-uncached-dma32"};

	start_board(ROCKCHIP "heap cma; heap cma-uncached");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/cma-uncached");
	assert_default_is("dma-heap");
	assert_memory("dma-heap", YES, NO);
	assert_memory("dma-heap:cma", YES, YES);
	for (size_t i = 0; i < sizeof(scattered) / sizeof(scattered[0]); i++)
		assert_int_equal(properties_without_address(scattered[i]).contiguous, NO);
	/* One of them alone is found as well. */
	start_board(ROCKCHIP "heap cma");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/cma");
	start_board(ROCKCHIP "heap cma-uncached");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/cma-uncached");
	/* The heaps of i.MX come first. */
	start_board(ROCKCHIP "heap cma; heap default-pool");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/default-pool");
	start_board(ROCKCHIP);
	assert_no_allocator(ENODEV, "no CMA heap, only ");
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_carveouts_are_used_by_name_only(void **state)
{
	start_board("phys absent; heap carveout_vpu; heap carveout_vpu-uncached cached; heap system scattered");
	assert_no_allocator(ENODEV, "no CMA heap with a known name, only ");
	assert_sentence("carveout_vpu");
	assert_sentence("IMXDMABUFFER_ALLOCATOR=dma-heap:/dev/dma_heap/NAME");
	assert_memory("dma-heap:carveout_vpu", YES, YES);
	assert_memory("dma-heap:carveout_vpu-uncached", YES, YES);
	assert_int_equal(properties_without_address("dma-heap:carveout_vpu").zeroed, UNKNOWN);
	start_board("phys absent; heap carveout_vpu; heap linux,cma; heap system scattered");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/linux,cma");
	/* The heap's own name decides. */
	start_board("phys native; heap carveout_vpu name=system scattered");
	assert_memory("dma-heap:carveout_vpu", NO, YES);
	assert_int_not_equal(query("dma-heap:carveout_vpu").has_physical_address, YES);
}

/* A DMA-BUF of a carveout is known by the heap of its name. */
static void test_imported_carveouts(void **state)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *imported;
	int fd;

	start_board("phys absent; heap carveout_vpu");
	allocator = new_allocator("dma-heap:carveout_vpu", NO_ADDRESS);
	fd = imx_dma_buffer_get_fd(new_buffer(allocator, SIZE));
	for (int is_there = 1; is_there >= 0; is_there--) {
		imported = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
		assert_non_null(imported);
		imx_dma_buffer_query_properties(imported, &properties, NULL);
		assert_int_equal(properties.contiguous, is_there ? YES : UNKNOWN);
		imx_dma_buffer_deallocate(imported);
		sim_configure("heap carveout_vpu remove");
	}
	imx_dma_buffer_allocator_destroy(allocator);
}

/* Blocks of a carveout begin at any page. */
static void test_carveouts_promise_no_alignment(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board("phys absent; pagemap pfnmap; heap carveout_vpu alignment=4K base=0x90001000");
	allocator = new_allocator("dma-heap:carveout_vpu", NO_ADDRESS);
	assert_non_null(imx_dma_buffer_allocate(allocator, SIZE, 4096, NULL));
	assert_null(imx_dma_buffer_allocate(allocator, SIZE, 65536, &error));
	assert_int_equal(error, ENOTSUP);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_live_buffers(), 0);
}

/* The link vidbuf_cached, as a container has it: a node of this name. It is another heap up to Pi 4 than on Pi 5. */
static void test_link_of_raspberry_pi(void **state)
{
	char const *const kernels[] = {"", "sysfs off; "};
	char text[128];

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		snprintf(text, sizeof(text), "%sphys native; heap vidbuf_cached name=linux,cma", kernels[i]);
		start_board(text);
		assert_memory("dma-heap:vidbuf_cached", YES, YES);
		snprintf(text, sizeof(text), "%sphys native; heap vidbuf_cached name=system scattered", kernels[i]);
		start_board(text);
		assert_memory("dma-heap:vidbuf_cached", NO, YES);
	}
	/* Without any evidence but this name, the memory is not taken for contiguous, and gets no address. */
	start_board("sysfs off; phys native; heap vidbuf_cached scattered exporter=heap_helpers");
	assert_memory("dma-heap:vidbuf_cached", UNKNOWN, UNKNOWN);
	assert_int_not_equal(query("dma-heap:vidbuf_cached").has_physical_address, YES);
	/* The search does not take the link. */
	start_board("phys native; heap vidbuf_cached name=system scattered; heap system scattered; heap linux,cma");
	assert_string_equal(query("dma-heap").node, "/dev/dma_heap/linux,cma");
	start_board("phys native; heap vidbuf_cached name=system scattered; heap system scattered");
	assert_no_allocator(ENODEV, "no CMA heap, only ");
	assert_int_equal(sim_live_buffers(), 0);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_rockchip),
		cmocka_unit_test(test_carveouts_are_used_by_name_only),
		cmocka_unit_test(test_imported_carveouts),
		cmocka_unit_test(test_carveouts_promise_no_alignment),
		cmocka_unit_test(test_link_of_raspberry_pi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
