/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state machine of mappings.
 */
#include "fake.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

static ImxDmaBufferAllocator *allocator;

static int setup(void **state)
{
	fake_reset(state);
	fake.with_memory = true;
	fake.caps = IMXD_CAP_DESCRIPTOR;
	allocator = fake_allocator(IMXD_ADDRESS_NOT_WANTED);
	*state = imx_dma_buffer_allocate(allocator, 10000, 1, NULL);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	imx_dma_buffer_allocator_destroy(allocator);
	return fake_check(state);
}

static struct imxd_mapping *mapping_of(ImxDmaBuffer *buffer)
{
	return &imxd_own_buffer(buffer)->mapping;
}

static void test_further_map_cannot_widen(void **state)
{
	ImxDmaBuffer *buffer = *state;
	int error = 0;

	assert_non_null(imx_dma_buffer_map(buffer, READ, NULL));
	assert_null(imx_dma_buffer_map(buffer, WRITE, &error));
	assert_int_equal(error, EACCES);
	assert_sentence("mapped for reading only");
	assert_null(imx_dma_buffer_map(buffer, 0, NULL));
	/* The refused ones did not count. */
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(mapping_of(buffer)->state, 0);
	assert_non_null(imx_dma_buffer_map(buffer, WRITE, NULL));
	assert_null(imx_dma_buffer_map(buffer, READ, &error));
	assert_sentence("mapped for writing only");
	imx_dma_buffer_unmap(buffer);
}

static void count_warnings(void *count, ImxDmaBufferLogLevel level, char const *message)
{
	if (level == IMX_DMA_BUFFER_LOG_LEVEL_WARNING && strstr(message, "without MANUAL_SYNC"))
		++*(unsigned int *)count;
}

static void test_manual_sync_in_vain_is_a_warning(void **state)
{
	ImxDmaBuffer *buffer = *state;
	unsigned int warnings = 0;

	imx_dma_buffer_set_log_handler(count_warnings, &warnings, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
	assert_non_null(imx_dma_buffer_map(buffer, MANUAL, NULL));
	assert_non_null(imx_dma_buffer_map(buffer, MANUAL, NULL));
	assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
	for (int i = 0; i < 3; i++)
		imx_dma_buffer_unmap(buffer);
	assert_int_equal(warnings, 0);
	for (int i = 0; i < 3; i++) {
		assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
		assert_non_null(imx_dma_buffer_map(buffer, MANUAL, NULL));
		assert_int_equal(warnings, 1);
		imx_dma_buffer_unmap(buffer);
		imx_dma_buffer_unmap(buffer);
	}
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
}

static void *map_in_vain(void *data)
{
	for (int i = 0; i < 20000; i++)
		imx_dma_buffer_map(data, 0x80, NULL);
	return NULL;
}

/* A refused map must not keep the mapping alive, not even briefly: the last unmap unmaps. */
static void test_refused_maps_do_not_count(void **state)
{
	ImxDmaBuffer *buffer = *state;
	unsigned int left = 0;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, map_in_vain, buffer), 0);
	for (int i = 0; i < 20000; i++) {
		imx_dma_buffer_map(buffer, READ, NULL);
		imx_dma_buffer_unmap(buffer);
		left += mapping_of(buffer)->state != 0;
	}
	pthread_join(thread, NULL);
	assert_int_equal(left, 0);
}

#define mapping_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test_setup_teardown(test_manual_sync_in_vain_is_a_warning, setup, teardown),
		mapping_test(test_further_map_cannot_widen),
		mapping_test(test_refused_maps_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
