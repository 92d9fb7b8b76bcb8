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

static void test_maps_are_counted(void **state)
{
	ImxDmaBuffer *buffer = *state;
	uint8_t *first = imx_dma_buffer_map(buffer, 0, NULL);

	assert_non_null(first);
	assert_ptr_equal(imx_dma_buffer_map(buffer, READ, NULL), first);
	assert_ptr_equal(imx_dma_buffer_map(buffer, WRITE, NULL), first);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(buffer);
	first[9999] = 1;
	assert_non_null(mapping_of(buffer)->address);
	imx_dma_buffer_unmap(buffer);
	assert_null(mapping_of(buffer)->address);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(mapping_of(buffer)->state, 0);
}

static void test_content_stays_between_mappings(void **state)
{
	ImxDmaBuffer *buffer = *state;
	uint8_t *address = imx_dma_buffer_map(buffer, WRITE, NULL);

	memset(address, 0x5a, 10000);
	imx_dma_buffer_unmap(buffer);
	address = imx_dma_buffer_map(buffer, READ, NULL);
	assert_int_equal(address[0], 0x5a);
	assert_int_equal(address[9999], 0x5a);
	imx_dma_buffer_unmap(buffer);
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
	assert_null(mapping_of(buffer)->address);
	assert_non_null(imx_dma_buffer_map(buffer, WRITE, NULL));
	assert_null(imx_dma_buffer_map(buffer, READ, &error));
	assert_sentence("mapped for writing only");
	imx_dma_buffer_unmap(buffer);
}

static void test_unknown_flags_are_refused(void **state)
{
	int error = 0;

	assert_null(imx_dma_buffer_map(*state, 8, &error));
	assert_int_equal(error, EINVAL);
	assert_null(imx_dma_buffer_map(*state, READ | 0x80000000u, &error));
	assert_int_equal(error, EINVAL);
}

static void test_manual_sync_counts_on_the_first_map_only(void **state)
{
	ImxDmaBuffer *buffer = *state;

	assert_non_null(imx_dma_buffer_map(buffer, MANUAL, NULL));
	assert_false(mapping_of(buffer)->in_session);
	assert_non_null(imx_dma_buffer_map(buffer, READ, NULL));
	assert_false(mapping_of(buffer)->in_session);
	imx_dma_buffer_start_sync_session(buffer);
	assert_true(mapping_of(buffer)->in_session);
	imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
	assert_false(mapping_of(buffer)->in_session);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_start_sync_session(buffer);
	assert_false(mapping_of(buffer)->in_session);
	assert_non_null(imx_dma_buffer_map(buffer, READ, NULL));
	assert_non_null(imx_dma_buffer_map(buffer, READ | MANUAL, NULL));
	assert_true(mapping_of(buffer)->in_session);
	imx_dma_buffer_stop_sync_session(buffer);
	assert_true(mapping_of(buffer)->in_session);
	imx_dma_buffer_unmap(buffer);
	assert_true(mapping_of(buffer)->in_session);
	imx_dma_buffer_unmap(buffer);
	assert_false(mapping_of(buffer)->in_session);
}

static void test_open_session_ends_with_the_mapping(void **state)
{
	ImxDmaBuffer *buffer = *state;

	assert_non_null(imx_dma_buffer_map(buffer, MANUAL, NULL));
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	assert_false(mapping_of(buffer)->in_session);
}

static void test_failing_mmap_leaves_the_buffer_usable(void **state)
{
	ImxDmaBuffer *buffer = *state;
	struct imxd_block *block = &imxd_own_buffer(buffer)->block;
	int fd = block->fd, error = 0;

	block->fd = block->map_fd = -1;
	assert_null(imx_dma_buffer_map(buffer, 0, &error));
	assert_int_equal(error, EBADF);
	assert_sentence("mapping 10000 bytes");
	block->fd = block->map_fd = fd;
	assert_non_null(imx_dma_buffer_map(buffer, 0, &error));
	imx_dma_buffer_unmap(buffer);
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
		mapping_test(test_maps_are_counted),
		mapping_test(test_content_stays_between_mappings),
		mapping_test(test_further_map_cannot_widen),
		mapping_test(test_unknown_flags_are_refused),
		mapping_test(test_manual_sync_counts_on_the_first_map_only),
		mapping_test(test_open_session_ends_with_the_mapping),
		mapping_test(test_failing_mmap_leaves_the_buffer_usable),
		mapping_test(test_refused_maps_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
