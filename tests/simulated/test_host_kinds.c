/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host allocator's kinds of memory: the choice, and the properties of each.
 */
#include <unistd.h>

#include "board.h"

#define HUGE (2u << 20)

struct expectation {
	char const *board;
	char const *name;
	size_t size;
	int is_dmabuf;
	ImxDmaBufferTristate contiguous;
	int has_address;
	int pinned;
};

static void check_kind(struct expectation const *expected)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBuffer *buffer;
	int known;

	start_board("release 6.18.0");
	assert_int_equal(sim_configure(expected->board), 0);
	/* A PC: its kernel has no DMA_BUF_IOCTL_PHYS. */
	assert_int_equal(sim_configure("phys absent"), 0);
	allocator = new_allocator(expected->name, 0);
	buffer = new_buffer(allocator, expected->size);
	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
	known = imx_dma_buffer_query_physical_address(buffer, &address, NULL) == 0;
	print_message("# %s: %s, %zu bytes: dmabuf %d, contiguous %d, address known %d\n", expected->board, expected->name,
		expected->size, properties.is_dmabuf, properties.contiguous, known);
	assert_int_equal(properties.is_dmabuf == YES, expected->is_dmabuf);
	assert_int_equal(properties.contiguous, expected->contiguous);
	assert_int_equal(properties.cached, YES);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer) != 0, expected->has_address);
	if (expected->has_address) {
		assert_int_equal(imx_dma_buffer_get_physical_address(buffer),
			sim_physical_address(imx_dma_buffer_get_fd(buffer), 0));
		assert_int_equal(address.is_pinned == YES, expected->pinned);
	}
	memset(imx_dma_buffer_map(buffer, 0, NULL), 1, expected->size);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_huge_pages_used(), 0);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_udmabuf_on_huge_pages_is_best(void **state)
{
	struct expectation const cases[] = {
		{"udmabuf on; hugepages 8; pagemap privileged", "host", HUGE, 1, YES, 1, 1},
		{"udmabuf on; hugepages 8; pagemap privileged", "host", 2 * HUGE, 1, YES, 1, 1},
		{"udmabuf on; hugepages 8 apart; pagemap privileged", "host", 2 * HUGE, 1, NO, 0, 1},
		{"udmabuf on; hugepages 8", "host", 1382400, 1, YES, 0, 1},
		{"udmabuf on; hugepages 8", "host", 2 * HUGE, 1, UNKNOWN, 0, 1},
		{"udmabuf on; hugepages 8; pagemap privileged", "host:udmabuf", 5000, 1, YES, 1, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_kind(&cases[i]);
}

/*
 * Kernels before 6.5 panic if a DMA-BUF of huge pages is mapped, so none is created there. Huge pages are the second
 * choice.
 */
static void test_no_udmabuf_on_huge_pages_of_old_kernels(void **state)
{
	struct expectation const cases[] = {
		{"release 6.1.0; udmabuf on; hugepages 8", "host", HUGE, 0, YES, 0, 0},
		{"release 5.15.80; udmabuf on; hugepages 8", "host", HUGE, 0, YES, 0, 0},
		{"release 6.1.0; udmabuf on; hugepages 8", "host:udmabuf", HUGE, 1, UNKNOWN, 0, 1},
		{"release 6.5.0; udmabuf on; hugepages 8", "host", HUGE, 1, YES, 0, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_kind(&cases[i]);
}

/* Scattered memory that devices can import. */
static void test_udmabuf_without_huge_pages(void **state)
{
	struct expectation const cases[] = {
		{"udmabuf on", "host", 100000, 1, UNKNOWN, 0, 1},
		{"udmabuf on; pagemap privileged", "host", 100000, 1, NO, 0, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_kind(&cases[i]);
}

static void test_huge_pages_without_udmabuf(void **state)
{
	struct expectation const cases[] = {
		{"hugepages 8; pagemap privileged", "host", HUGE, 0, YES, 1, 0},
		{"hugepages 8 apart; pagemap privileged", "host", 2 * HUGE, 0, NO, 0, 0},
		{"hugepages 8", "host", HUGE, 0, YES, 0, 0},
		{"hugepages 8", "host", HUGE + 1, 0, UNKNOWN, 0, 0},
		{"udmabuf on huge=refuse; hugepages 8", "host", HUGE, 0, YES, 0, 0},
		{"udmabuf on limit=1M; hugepages 8", "host", HUGE, 0, YES, 0, 0},
		{"udmabuf on open=EACCES; hugepages 8", "host", HUGE, 0, YES, 0, 0},
		{"udmabuf on; hugepages 8", "host:hugetlb", HUGE, 0, YES, 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_kind(&cases[i]);
}

static void test_memory_file_is_the_last_resort(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	int error = 0;

	start_board("hugepages 1");
	allocator = new_allocator("host", 0);
	buffer = new_buffer(allocator, HUGE + 1);
	assert_true(imx_dma_buffer_get_fd(buffer) > 0);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_huge_pages_used(), 0);
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_allocator("host:hugetlb", 0);
	assert_null(imx_dma_buffer_allocate(allocator, HUGE + 1, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence("nr_hugepages");
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_huge_pages_used(), 0);
}

static void test_kinds_by_name(void **state)
{
	int error = 0;

	start_board("");
	assert_null(imx_dma_buffer_allocator_new_by_name("host:udmabuf", 0, &error));
	assert_int_equal(error, ENOENT);
	assert_sentence("/dev/udmabuf");
	assert_null(imx_dma_buffer_allocator_new_by_name("host:tape", 0, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("udmabuf, hugetlb and memfd");
}

static void test_never_the_default_by_itself(void **state)
{
	ImxDmaBufferAllocatorInfo info;

	start_board("udmabuf on; hugepages 8");
	assert_no_allocator(ENODEV, "no allocator is usable");
	info = query("host");
	assert_int_equal(info.error, 0);
	assert_string_equal(info.node, "/dev/udmabuf");
	setenv("IMXDMABUFFER_ALLOCATOR", "host", 1);
	assert_default_is("host");
	assert_int_equal(sim_huge_pages_used(), 0);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_udmabuf_on_huge_pages_is_best),
		cmocka_unit_test(test_no_udmabuf_on_huge_pages_of_old_kernels),
		cmocka_unit_test(test_udmabuf_without_huge_pages),
		cmocka_unit_test(test_huge_pages_without_udmabuf),
		cmocka_unit_test(test_memory_file_is_the_last_resort),
		cmocka_unit_test(test_kinds_by_name),
		cmocka_unit_test(test_never_the_default_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
