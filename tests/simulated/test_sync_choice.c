/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who maintains the caches: the process or the kernel, by the facts, flags and the environment.
 */
#include "board.h"

#define SIZE 20000
#define USER_BOARD "cpu arm64 granule=64; heap reserved; phys native"
#define OTHER_BOARD "heap reserved; phys native"

static ImxDmaBufferCoherency coherency_of(ImxDmaBufferAllocator *allocator)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(new_buffer(allocator, SIZE), &properties, NULL), 0);
	imx_dma_buffer_allocator_destroy(allocator);
	return properties.coherency;
}

static void assert_coherency(char const *board, unsigned int flags, ImxDmaBufferCoherency expected)
{
	start_board(board);
	assert_int_equal(coherency_of(new_allocator(NULL, flags)), expected);
}

static void test_a_trapping_processor_is_left_alone(void **state)
{
	assert_coherency("cpu arm64 granule=128 midr=0x00000000410fd032; heap reserved", 0, IMX_DMA_BUFFER_COHERENCY_PHYS);
	assert_coherency("cpu arm64 granule=256 midr=0x00000000410fd034; heap reserved", 0, IMX_DMA_BUFFER_COHERENCY_USER);
	assert_coherency("cpu arm64 granule=512 midr=0x00000000410fd080; heap reserved", 0, IMX_DMA_BUFFER_COHERENCY_USER);
}

static void assert_refused(unsigned int flags, char const *why)
{
	int error = 0;

	assert_null(imx_dma_buffer_allocator_new_by_name(NULL, flags, &error));
	assert_int_equal(error, ENOTSUP);
	assert_sentence(why);
}

static void test_the_choice(void **state)
{
	unsigned int user = IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC, kernel = IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC;
	int error = 0;

	assert_coherency(USER_BOARD, user, IMX_DMA_BUFFER_COHERENCY_USER);
	assert_coherency(USER_BOARD, kernel, IMX_DMA_BUFFER_COHERENCY_PHYS);
	assert_null(imx_dma_buffer_allocator_new_by_name(NULL, user | kernel, &error));
	assert_int_equal(error, EINVAL);
	start_board(OTHER_BOARD);
	assert_refused(user, "only 64-bit programs on arm64");
	setenv("IMXDMABUFFER_SYNC", "user", 1);
	assert_refused(0, "only 64-bit programs on arm64");
	imx_dma_buffer_allocator_destroy(new_allocator(NULL, kernel));
	start_board(USER_BOARD);
	setenv("IMXDMABUFFER_SYNC", "kernel", 1);
	assert_int_equal(coherency_of(new_allocator(NULL, 0)), IMX_DMA_BUFFER_COHERENCY_PHYS);
	start_board("cpu arm64 granule=1K midr=0x00000000410fd030; heap reserved");
	assert_refused(user, "errata of Cortex-A53 r0p0 to r0p2");
}

/* A kernel that has PHYS is not taken for one without it because the call fails once. */
static void test_a_failure_for_the_moment_decides_nothing(void **state)
{
	unsigned int flag = IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS;
	static int const codes[] = {ENOMEM, EIO};

	for (size_t i = 0; i < 2; i++) {
		start_board(OTHER_BOARD);
		sim_fail(SIM_CALL_PHYS, 1, codes[i], 1);
		assert_int_equal(coherency_of(new_allocator(NULL, flag)), IMX_DMA_BUFFER_COHERENCY_PHYS);
	}
	assert_coherency("heap reserved; phys absent", flag, IMX_DMA_BUFFER_COHERENCY_IMPORTER);
	assert_coherency("heap reserved; phys zero", flag, IMX_DMA_BUFFER_COHERENCY_IMPORTER);
	assert_coherency("heap reserved; phys fault", flag, IMX_DMA_BUFFER_COHERENCY_IMPORTER);
}

static void count_warning(void *count, ImxDmaBufferLogLevel level, char const *message)
{
	if (strstr(message, "IMXDMABUFFER_SYNC=nonsense"))
		++*(int *)count;
}

/* A handler may call the library: there is no warning while a buffer is locked. */
static void test_constructors_alone_warn(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *import;
	int count = 0;

	start_board(USER_BOARD);
	setenv("IMXDMABUFFER_SYNC", "nonsense", 1);
	imx_dma_buffer_set_log_handler(count_warning, &count, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
	allocator = new_allocator(NULL, 0);
	assert_int_equal(count, 1);
	import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(new_buffer(allocator, SIZE)), 0, 0, NULL);
	assert_non_null(imx_dma_buffer_map(import, 0, NULL));
	assert_int_equal(count, 1);
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_constructors_alone_warn),
	cmocka_unit_test(test_a_trapping_processor_is_left_alone),
	cmocka_unit_test(test_the_choice),
	cmocka_unit_test(test_a_failure_for_the_moment_decides_nothing),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
