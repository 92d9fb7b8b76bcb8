/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator that a program gets: by default, from the environment, by name. The numbers are those of
 * docs/contract.md.
 */
#include <fcntl.h>
#include <stdbool.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"

#define NO_ADDRESS IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS

/*
 * The statements for each allocator, in order of preference. The dma-heap allocator does not search for a heap named
 * dsp.
 */
static struct {
	char const *name, *statement;
} const mechanisms[] = {
	{"dma-heap", "heap linux,cma"},
	{"ion", "ion new heap cma id=1"},
	{"dwl", "heap dsp; dwl on memory=/dev/dma_heap/dsp"},
	{"ipu", "ipu on"},
	{"g2d", "g2d on"},
	{"pxp", "pxp 3"},
};

#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

/* Start a board with the mechanisms from this one on. */
static void start_board_from(size_t first)
{
	start_board("phys native");
	for (size_t i = first; i < MECHANISMS; i++)
		assert_int_equal(sim_configure(mechanisms[i].statement), 0);
}

static void assert_default(char const *name)
{
	ImxDmaBufferAllocator *allocator = new_allocator(NULL, 0), *plain = imx_dma_buffer_allocator_new(NULL);

	assert_string_equal(imx_dma_buffer_allocator_get_name(allocator), name);
	assert_string_equal(imx_dma_buffer_allocator_get_name(plain), name);
	new_buffer(plain, 4096);
	imx_dma_buffer_allocator_destroy(plain);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_c87_default_is_the_first_that_is_there(void **state)
{
	for (size_t i = 0; i < MECHANISMS; i++) {
		start_board_from(i);
		assert_default(mechanisms[i].name);
	}
	/* Each one alone. */
	for (size_t i = 0; i < MECHANISMS; i++) {
		start_board("phys native");
		assert_int_equal(sim_configure(mechanisms[i].statement), 0);
		assert_default(mechanisms[i].name);
	}
}

static unsigned int warnings;

static void count_warning(void *user_data, ImxDmaBufferLogLevel level, char const *message)
{
	warnings += level == IMX_DMA_BUFFER_LOG_LEVEL_WARNING &&
		strstr(message, "ion is used in place of dma-heap, which is closed: /dev/dma_heap");
}

static void test_c88_unusable_allocators_are_skipped(void **state)
{
	start_board_from(0);
	assert_int_equal(sim_configure("heap linux,cma open=ENODEV"), 0);
	assert_default("ion");
	assert_int_equal(sim_configure("ion new open=ENODEV; ipu on open=EACCES"), 0);
	assert_default("dwl");
	assert_int_equal(sim_configure("heap dsp remove"), 0);
	assert_default("g2d");
}

/* Memory without DMA-BUFs never takes the place of a mechanism with DMA-BUFs that this process may not open. */
static void test_c88_closed_dmabufs_end_the_search(void **state)
{
	static char const *const closed[] = {"EACCES", "EPERM"};
	char statement[64];

	for (size_t i = 0; i < 2; i++) {
		int code = (i == 0) ? EACCES : EPERM;

		start_board_from(0);
		snprintf(statement, sizeof(statement), "heap linux,cma open=%s", closed[i]);
		assert_int_equal(sim_configure(statement), 0);
		/* ION has DMA-BUFs as well. */
		warnings = 0;
		imx_dma_buffer_set_log_handler(count_warning, NULL, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
		assert_default("ion");
		imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_ERROR);
		assert_int_equal(warnings, 2);
		assert_int_equal(sim_configure("ion new open=ENODEV"), 0);
		assert_no_allocator(code, "/dev/dma_heap/linux,cma: this process may not open it");
		assert_sentence("No mechanism without DMA-BUFs is used in place of dma-heap");
		assert_sentence("IMXDMABUFFER_ALLOCATOR");
		start_board_from(1);
		snprintf(statement, sizeof(statement), "ion new open=%s", closed[i]);
		assert_int_equal(sim_configure(statement), 0);
		assert_no_allocator(code, "in place of ion");
	}
	/* The program or the user may choose. */
	setenv("IMXDMABUFFER_ALLOCATOR", "ipu", 1);
	assert_default("ipu");
	unsetenv("IMXDMABUFFER_ALLOCATOR");
}

static void test_c89_no_allocator_is_an_error_with_reasons(void **state)
{
	start_board("");
	assert_no_allocator(ENODEV, "no allocator is usable");
	for (size_t i = 0; i < MECHANISMS; i++)
		assert_sentence(mechanisms[i].name);
	/* A closed node comes before missing ones. */
	start_board("ipu on open=EACCES");
	assert_no_allocator(EACCES, "/dev/mxc_ipu");
	start_board("heap linux,cma open=EACCES; ipu on open=ENODEV");
	assert_no_allocator(EACCES, "/dev/dma_heap/linux,cma");
}

static void test_c90_environment_chooses(void **state)
{
	start_board_from(0);
	for (size_t i = 0; i < MECHANISMS; i++) {
		setenv("IMXDMABUFFER_ALLOCATOR", mechanisms[i].name, 1);
		assert_default(mechanisms[i].name);
	}
	/* The variable is binding: there is no fallback. */
	setenv("IMXDMABUFFER_ALLOCATOR", "pxp", 1);
	assert_int_equal(sim_configure("pxp off"), 0);
	assert_no_allocator(ENOENT, "/dev/pxp_device");
	setenv("IMXDMABUFFER_ALLOCATOR", "dma-heap:/dev/dma_heap/none", 1);
	assert_no_allocator(ENOENT, "/dev/dma_heap/none");
	setenv("IMXDMABUFFER_ALLOCATOR", "dmaheap", 1);
	assert_no_allocator(EINVAL, "IMXDMABUFFER_ALLOCATOR=\"dmaheap\"");
	for (size_t i = 0; i < MECHANISMS; i++)
		assert_sentence(mechanisms[i].name);
	unsetenv("IMXDMABUFFER_ALLOCATOR");
}

static void test_c91_host_is_used_on_request_only(void **state)
{
	ImxDmaBufferAllocator *allocator;

	start_board("hugepages 8; udmabuf on; pagemap privileged");
	assert_no_allocator(ENODEV, "no allocator is usable");
	allocator = new_allocator("host", 0);
	assert_string_equal(imx_dma_buffer_allocator_get_name(allocator), "host");
	imx_dma_buffer_allocator_destroy(allocator);
	setenv("IMXDMABUFFER_ALLOCATOR", "host", 1);
	assert_default("host");
	unsetenv("IMXDMABUFFER_ALLOCATOR");
}

static void test_c92_allocators_have_names(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board_from(0);
	assert_int_equal(sim_configure("heap board"), 0);
	for (size_t i = 0; i < MECHANISMS; i++) {
		allocator = new_allocator(mechanisms[i].name, 0);
		assert_string_equal(imx_dma_buffer_allocator_get_name(allocator), mechanisms[i].name);
		imx_dma_buffer_allocator_destroy(allocator);
	}
	/* With a node, and with the short name of a heap. */
	allocator = new_allocator("dma-heap:/dev/dma_heap/board", 0);
	new_buffer(allocator, 4096);
	assert_int_equal(sim_heap_used("board"), 4096);
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_allocator("dma-heap:board", 0);
	new_buffer(allocator, 4096);
	assert_int_equal(sim_heap_used("board"), 4096);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_null(imx_dma_buffer_allocator_new_by_name("dma-heap2", 0, &error));
	assert_int_equal(error, EINVAL);
	assert_null(imx_dma_buffer_allocator_new_by_name("", 0, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("pxp");
}

/* All allocators can exist at the same time, and do not affect each other. */
static void test_c93_allocators_live_side_by_side(void **state)
{
	ImxDmaBufferAllocator *allocators[MECHANISMS];
	ImxDmaBuffer *buffers[MECHANISMS];

	start_board_from(0);
	for (size_t i = 0; i < MECHANISMS; i++) {
		allocators[i] = new_allocator(mechanisms[i].name, 0);
		buffers[i] = new_buffer(allocators[i], 10000);
		memset(imx_dma_buffer_map(buffers[i], 0, NULL), (int)i + 1, 10000);
	}
	for (size_t i = 0; i < MECHANISMS; i++) {
		for (size_t j = i; j < MECHANISMS; j++)
			assert_int_equal(imx_dma_buffer_map(buffers[j], 0, NULL)[9999], j + 1);
		imx_dma_buffer_allocator_destroy(allocators[i]);
	}
	assert_int_equal(sim_misuses(), 0);
	assert_int_equal(sim_live_buffers(), 0);
}

/* Does the allocator give memory on a board without physical addresses? */
static bool allocates(ImxDmaBufferAllocator *allocator)
{
	int error = 0;
	bool good = imx_dma_buffer_allocate(allocator, 100000, 1, &error) != NULL;

	assert_int_equal(error, good ? 0 : ENOTSUP);
	imx_dma_buffer_allocator_destroy(allocator);
	return good;
}

/* The environment counts for the constructors of 1.x and for new_by_name(NULL, 0), and never overrides a flag. */
static void test_flags_and_environment(void **state)
{
	unsigned int const require = IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS;
	char const *const values[] = {"required", "optional"};

	for (size_t i = 0; i < 2; i++) {
		start_board("heap reserved; phys absent");
		setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", values[i], 1);
		assert_int_equal(allocates(imx_dma_buffer_allocator_new(NULL)), i);
		assert_int_equal(allocates(imx_dma_buffer_dma_heap_allocator_new(-1, 0, O_RDWR | O_CLOEXEC, NULL)), i);
		assert_int_equal(allocates(new_allocator(NULL, 0)), i);
		assert_false(allocates(new_allocator("dma-heap", 0)));
		assert_true(allocates(new_allocator("dma-heap", NO_ADDRESS)));
		assert_true(allocates(new_allocator(NULL, NO_ADDRESS)));
		assert_false(allocates(new_allocator("dma-heap", require)));
		assert_false(allocates(new_allocator(NULL, require)));
		/* The host allocator has no addresses here. */
		assert_true(allocates(new_allocator("host:memfd", 0)));
		assert_false(allocates(new_allocator("host:memfd", require)));
	}
	unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_c87_default_is_the_first_that_is_there),
		cmocka_unit_test(test_c88_unusable_allocators_are_skipped),
		cmocka_unit_test(test_c88_closed_dmabufs_end_the_search),
		cmocka_unit_test(test_flags_and_environment),
		cmocka_unit_test(test_c89_no_allocator_is_an_error_with_reasons),
		cmocka_unit_test(test_c90_environment_chooses),
		cmocka_unit_test(test_c91_host_is_used_on_request_only),
		cmocka_unit_test(test_c92_allocators_have_names),
		cmocka_unit_test(test_c93_allocators_live_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
