/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the memory of an allocator is.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conformance.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t const sizes[] = {1, 63, 4095, 4096, 4097, 65536, 1000003, 3110400};

static void test_size_is_the_one_asked_for(void **state)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		ImxDmaBuffer *buffer = allocate(sizes[i], 1);
		ImxDmaBufferProperties properties;

		assert_int_equal(imx_dma_buffer_get_size(buffer), sizes[i]);
		assert_int_equal(imx_dma_buffer_get_properties(buffer, &properties, NULL), 0);
		assert_true(properties.reserved_size >= sizes[i]);
		imx_dma_buffer_deallocate(buffer);
	}
}

static void test_every_byte_is_memory(void **state)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		ImxDmaBuffer *buffer = allocate(sizes[i], 1);

		fill_pattern(map(buffer, 0), sizes[i], 1);
		imx_dma_buffer_unmap(buffer);
		assert_int_equal(check_pattern(map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ), sizes[i], 1), sizes[i]);
		imx_dma_buffer_deallocate(buffer);
	}
}

static void test_buffers_do_not_share_memory(void **state)
{
	ImxDmaBuffer *buffers[16];

	for (unsigned int i = 0; i < 16; i++) {
		buffers[i] = allocate(50000, 1);
		fill_pattern(map(buffers[i], 0), 50000, i);
	}
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(check_pattern(map(buffers[i], 0), 50000, i), 50000);
	for (unsigned int i = 0; i < 16; i++)
		for (unsigned int j = 0; j < i; j++) {
			imx_physical_address_t one = imx_dma_buffer_get_physical_address(buffers[i]);
			imx_physical_address_t other = imx_dma_buffer_get_physical_address(buffers[j]);

			assert_true(one == 0 || one >= other + 50000 || other >= one + 50000);
		}
}

static void test_fresh_memory_is_zero_where_promised(void **state)
{
	ImxDmaBuffer *buffer;
	uint8_t *address;

	if (!(subject.capabilities & IMX_DMA_BUFFER_CAPABILITY_ZEROED))
		SKIP_BECAUSE("the allocator does not promise zeros");
	for (int round = 0; round < 2; round++) {
		buffer = allocate(100000, 1);
		address = map(buffer, 0);
		for (size_t i = 0; i < 100000; i++)
			assert_int_equal(address[i], 0);
		memset(address, 0xff, 100000);
		imx_dma_buffer_deallocate(buffer);
	}
}

static void test_address_is_that_of_contiguous_memory(void **state)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		ImxDmaBuffer *buffer = allocate(sizes[i], 1);
		imx_physical_address_t known = imx_dma_buffer_get_physical_address(buffer);
		ImxDmaBufferProperties properties;
		ImxDmaBufferAddress address;
		int result = imx_dma_buffer_query_physical_address(buffer, &address, NULL);

		assert_int_equal(imx_dma_buffer_get_properties(buffer, &properties, NULL), 0);
		if (subject.capabilities & IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS)
			assert_int_equal(properties.contiguous, IMX_DMA_BUFFER_YES);
		if ((subject.capabilities & IMX_DMA_BUFFER_CAPABILITY_PHYSICAL_ADDRESS) &&
			properties.contiguous == IMX_DMA_BUFFER_YES)
			assert_true(known != 0);
		if (known != 0) {
			assert_int_equal(result, 0);
			assert_int_equal(properties.contiguous, IMX_DMA_BUFFER_YES);
			assert_int_equal(address.address, known);
			assert_true(address.contiguous_length >= sizes[i]);
			assert_true(address.source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE);
		}
		imx_dma_buffer_deallocate(buffer);
	}
}

static void test_alignment_is_kept_or_refused(void **state)
{
	for (size_t alignment = 1; alignment <= 1 << 20; alignment *= 2)
		for (size_t size = 1; size <= 1 << 20; size *= 32) {
			int error = 0;
			ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, size, alignment, &error);

			if (!buffer) {
				assert_true(alignment > (size_t)sysconf(_SC_PAGESIZE));
				assert_int_equal(error, ENOTSUP);
				assert_sentence("alignment");
				assert_false(subject.capabilities & IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS);
				continue;
			}
			assert_int_equal(imx_dma_buffer_get_physical_address(buffer) % alignment, 0);
			fill_pattern(map(buffer, 0), size, 3);
			assert_int_equal(check_pattern(map(buffer, 0), size, 3), size);
			imx_dma_buffer_deallocate(buffer);
		}
}

static void test_odd_alignment_is_kept_or_refused(void **state)
{
	size_t const alignments[] = {3, 48, 100, 4097, 12288};

	for (size_t i = 0; i < COUNT(alignments); i++) {
		int error = 0;
		ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, 10000, alignments[i], &error);

		if (buffer) {
			ImxDmaBufferAddress address;

			assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
			assert_int_equal(address.address % alignments[i], 0);
		} else {
			assert_int_equal(error, EINVAL);
		}
		imx_dma_buffer_deallocate(buffer);
	}
}

static void test_descriptor_is_the_same_memory(void **state)
{
	ImxDmaBuffer *buffer = allocate(70000, 1);
	int fd = imx_dma_buffer_get_fd(buffer);
	ImxDmaBufferProperties properties;
	uint8_t *second;

	assert_int_equal(imx_dma_buffer_get_properties(buffer, &properties, NULL), 0);
	assert_int_equal(!!properties.is_dmabuf, !!(subject.capabilities & IMX_DMA_BUFFER_CAPABILITY_DMABUF));
	if (fd < 0) {
		assert_false(properties.is_dmabuf);
		SKIP_BECAUSE("the allocator's memory has no descriptor");
	}
	fill_pattern(map(buffer, 0), 70000, 9);
	imx_dma_buffer_unmap(buffer);
	/* All of it: a mapping of huge pages can be undone only in whole ones. */
	second = mmap(NULL, properties.reserved_size, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(second != MAP_FAILED);
	assert_int_equal(check_pattern(second, 70000, 9), 70000);
	munmap(second, properties.reserved_size);
}

int run_memory_tests(void)
{
	struct CMUnitTest const memory[] = {
		conformance_test(test_size_is_the_one_asked_for),
		conformance_test(test_every_byte_is_memory),
		conformance_test(test_buffers_do_not_share_memory),
		conformance_test(test_fresh_memory_is_zero_where_promised),
		conformance_test(test_address_is_that_of_contiguous_memory),
		conformance_test(test_alignment_is_kept_or_refused),
		conformance_test(test_odd_alignment_is_kept_or_refused),
		conformance_test(test_descriptor_is_the_same_memory),
	};

	return cmocka_run_group_tests(memory, NULL, NULL);
}
