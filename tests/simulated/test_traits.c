/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library says about the memory of each allocator, in a list of allocators and for a buffer.
 */
#include "board.h"

static struct traits {
	char const *board;
	char const *name;
	ImxDmaBufferTristate cached, contiguous, is_dmabuf, zeroed;
	ImxDmaBufferCoherency coherency;
} const table[] = {
	{"heap linux,cma-uncached; phys native", "dma-heap", NO, YES, YES, YES, IMX_DMA_BUFFER_COHERENCY_UNCACHED},
	{"heap linux,cma; phys native", "dma-heap", YES, YES, YES, YES, IMX_DMA_BUFFER_COHERENCY_PHYS},
	{"heap linux,cma; phys absent", "dma-heap", YES, YES, YES, YES, IMX_DMA_BUFFER_COHERENCY_IMPORTER},
	{"heap system scattered; phys absent", "dma-heap:system", YES, NO, YES, YES, IMX_DMA_BUFFER_COHERENCY_IMPORTER},
	{"heap dsp uncached; phys native", "dma-heap:dsp", UNKNOWN, UNKNOWN, YES, UNKNOWN, IMX_DMA_BUFFER_COHERENCY_PHYS},
	{"ion new heap linux,cma; phys native", "ion", NO, YES, YES, YES, IMX_DMA_BUFFER_COHERENCY_UNCACHED},
	{"ion legacy heap user; phys native", "ion", NO, YES, YES, YES, IMX_DMA_BUFFER_COHERENCY_UNCACHED},
	{"ipu on", "ipu", NO, YES, NO, YES, IMX_DMA_BUFFER_COHERENCY_UNCACHED},
	{"pxp 2", "pxp", NO, YES, NO, YES, IMX_DMA_BUFFER_COHERENCY_UNCACHED},
	{"pxp 3", "pxp", NO, YES, NO, YES, IMX_DMA_BUFFER_COHERENCY_UNCACHED},
	{"g2d on", "g2d", NO, YES, NO, UNKNOWN, IMX_DMA_BUFFER_COHERENCY_UNCACHED},
	{"dwl on; heap linux,cma-uncached", "dwl", NO, YES, NO, UNKNOWN, IMX_DMA_BUFFER_COHERENCY_UNCACHED},
	{"", "host:memfd", YES, UNKNOWN, NO, YES, IMX_DMA_BUFFER_COHERENCY_UNKNOWN},
};

static void assert_fact(struct traits const *wanted, char const *fact, int got, int expected)
{
	if (got != expected)
		fail_msg("%s on \"%s\": %s is %d, not %d", wanted->name, wanted->board, fact, got, expected);
}

static void test_table(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
		struct traits const *wanted = &table[i];
		ImxDmaBufferAllocatorInfo info;
		ImxDmaBufferAllocator *allocator;

		start_board(wanted->board);
		info = query(wanted->name);
		assert_int_equal(info.error, 0);
		assert_fact(wanted, "cached", info.cached, wanted->cached);
		assert_fact(wanted, "contiguous", info.contiguous, wanted->contiguous);
		assert_fact(wanted, "is_dmabuf", info.is_dmabuf, wanted->is_dmabuf);
		assert_fact(wanted, "zeroed", info.zeroed, wanted->zeroed);
		assert_fact(wanted, "coherency", info.coherency, wanted->coherency);
		allocator = new_allocator(wanted->name, IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
		assert_int_equal(imx_dma_buffer_query_properties(new_buffer(allocator, 100000), &properties, NULL), 0);
		assert_fact(wanted, "a buffer's cached", properties.cached, wanted->cached);
		assert_fact(wanted, "a buffer's is_dmabuf", properties.is_dmabuf, wanted->is_dmabuf);
		assert_fact(wanted, "a buffer's zeroed", properties.zeroed, wanted->zeroed);
		assert_fact(wanted, "a buffer's coherency", properties.coherency, wanted->coherency);
		if (wanted->contiguous == YES)
			assert_fact(wanted, "a buffer's contiguous", properties.contiguous, YES);
		imx_dma_buffer_allocator_destroy(allocator);
		assert_nothing_left();
	}
}

static void test_iommu(void **state)
{
	static struct {
		char const *board;
		ImxDmaBufferTristate iommu;
	} const cases[] = {
		{"heap reserved-uncached", NO},
		{"heap reserved-uncached; iommu DMA", YES},
		{"heap reserved-uncached; iommu DMA-FQ", YES},
		{"heap reserved-uncached; iommu identity", NO},
		{"heap reserved-uncached; iommu untold", UNKNOWN},
		{"heap reserved-uncached; iommu empty", NO},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
		ImxDmaBufferAllocator *allocator;

		start_board(cases[i].board);
		allocator = new_allocator(NULL, 0);
		assert_int_equal(imx_dma_buffer_query_properties(new_buffer(allocator, 4096), &properties, NULL), 0);
		assert_int_equal(properties.iommu, cases[i].iommu);
		imx_dma_buffer_allocator_destroy(allocator);
	}
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_iommu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
