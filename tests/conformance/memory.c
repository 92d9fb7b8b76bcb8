/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory: allocation, alignment, size.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocators.h"
#include "conformance.h"

static size_t const sizes[] = {1, 63, 4095, 4096, 4097, 65536, 1000003, 3110400};

static void test_c6_size_begins_at_one(void **state)
{
	int error = 0;
	ImxDmaBuffer *buffer = allocate(1, 0);

	map(buffer, 0)[0] = 1;
	assert_null(imx_dma_buffer_allocate(subject.allocator, 0, 0, &error));
	assert_int_equal(error, EINVAL);
	assert_null(imx_dma_buffer_allocate(subject.allocator, 0, 4096, &error));
	assert_int_equal(error, EINVAL);
}

static void test_c7_impossible_sizes_are_refused(void **state)
{
	size_t const impossible[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 4095, SIZE_MAX - 4096, SIZE_MAX / 2 + 1};
	size_t const alignments[] = {0, 1, 2, 64, 257, 4096, 65536};

	for (size_t i = 0; i < COUNT(impossible); i++)
		for (size_t n = 0; n < COUNT(alignments); n++) {
			int error = 0;

			assert_null(imx_dma_buffer_allocate(subject.allocator, impossible[i], alignments[n], &error));
			assert_true(error == EINVAL || error == ENOMEM || error == ENOTSUP);
			assert_true(imx_dma_buffer_get_last_error()[0] != '\0');
		}
	map(allocate(4096, 1), 0)[4095] = 1;
}

static void test_c8_sizes_are_never_truncated(void **state)
{
#if SIZE_MAX > UINT32_MAX
	size_t const beyond[] = {
		(size_t)1 << 32, ((size_t)1 << 32) + 1, ((size_t)1 << 32) + 8192, (size_t)3 << 32, ((size_t)1 << 32) - 1};

	if (subject.info.max_size == SIZE_MAX)
		SKIP_BECAUSE("the mechanism's sizes have as many bits as size_t");
	for (size_t i = 0; i < COUNT(beyond); i++)
		for (size_t alignment = 1; alignment <= 65536; alignment *= 256) {
			int error = 0;

			assert_null(imx_dma_buffer_allocate(subject.allocator, beyond[i], alignment, &error));
			assert_int_equal(error, EINVAL);
		}
#else
	SKIP_BECAUSE("the mechanism's sizes have as many bits as size_t");
#endif
}

static void test_c9_every_byte_is_memory(void **state)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		ImxDmaBuffer *buffer = allocate(sizes[i], 1);

		fill_pattern(map(buffer, 0), sizes[i], 1);
		assert_int_equal(check_pattern(map(buffer, READ), sizes[i], 1), sizes[i]);
		imx_dma_buffer_deallocate(buffer);
	}
}

static uint8_t seen[4 << 20];

/* Compare every byte, in both directions. */
static void compare_with_device(ImxDmaBuffer *buffer, struct device const *device, size_t size)
{
	fill_pattern(map(buffer, WRITE), size, 1);
	imx_dma_buffer_unmap(buffer);
	device_reads(device, 0, seen, size);
	assert_int_equal(check_pattern(seen, size, 1), size);
	fill_pattern(seen, size, 2);
	device_writes(device, 0, seen, size);
	assert_int_equal(check_pattern(map(buffer, READ), size, 2), size);
	imx_dma_buffer_unmap(buffer);
}

static void test_c10_byte_of_the_mapping_is_byte_of_the_memory(void **state)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		ImxDmaBuffer *buffer = allocate(sizes[i], 1);
		struct device device;

		if (!find_device(buffer, &device))
			SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
		compare_with_device(buffer, &device, sizes[i]);
		imx_dma_buffer_deallocate(buffer);
	}
}

static void test_c11_buffers_do_not_share_memory(void **state)
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

static void test_c12_fresh_memory_is_zero_if_promised(void **state)
{
	for (int round = 0; round < 2; round++) {
		ImxDmaBuffer *buffer = allocate(100000, 1);
		uint8_t *address = map(buffer, 0);

		if (get_properties(buffer).zeroed != YES)
			SKIP_BECAUSE("the allocator does not promise zeros");
		for (size_t i = 0; i < 100000; i++)
			assert_int_equal(address[i], 0);
		memset(address, 0xff, 100000);
		imx_dma_buffer_deallocate(buffer);
	}
}

/* Check the library's address and the machine's true address. */
static void assert_aligned(ImxDmaBuffer *buffer, size_t alignment)
{
	size_t offset = 0;
	int fd = imx_dma_buffer_export_fd(buffer, &offset, NULL);

	assert_int_equal(imx_dma_buffer_get_physical_address(buffer) % alignment, 0);
	if (fd >= 0)
		assert_int_equal(true_address(fd, offset) % alignment, 0);
	close(fd);
}

/*
 * Is memory of this size known to be contiguous? The buffer's properties decide, since the allocator's capabilities are
 * not enough. No address is queried: pages may be neighbours by chance.
 */
static bool is_contiguous(size_t size)
{
	unsigned int const flags = IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS;
	ImxDmaBufferAllocator *allocator = new_allocator_of_board(subject.name, "required", flags, NULL);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, size, 1, NULL);
	bool contiguous;

	assert_non_null(buffer);
	contiguous = get_properties(buffer).contiguous == YES;
	imx_dma_buffer_allocator_destroy(allocator);
	return contiguous;
}

static void test_c13_alignment_is_kept_or_refused(void **state)
{
	/* This buffer stays at the beginning of the memory, which is aligned to everything. */
	allocate(1, 1);
	for (size_t alignment = 1; alignment <= 1 << 20; alignment *= 2)
		for (size_t size = 1; size <= 1 << 20; size *= 32) {
			int error = 0;
			ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, size, alignment, &error);

			if (!buffer) {
				assert_true(alignment > (size_t)sysconf(_SC_PAGESIZE));
				assert_int_equal(error, ENOTSUP);
				assert_sentence("alignment");
				assert_false(is_contiguous((size > alignment) ? size : alignment));
				continue;
			}
			assert_aligned(buffer, alignment);
			fill_pattern(map(buffer, 0), size, 3);
			assert_int_equal(check_pattern(map(buffer, 0), size, 3), size);
			imx_dma_buffer_deallocate(buffer);
		}
}

static void test_c14_alignments_0_and_1_require_nothing(void **state)
{
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t alignment = 0; alignment < 2; alignment++) {
			ImxDmaBuffer *buffer = allocate(sizes[i], alignment);

			map(buffer, 0)[sizes[i] - 1] = 1;
			imx_dma_buffer_deallocate(buffer);
		}
}

static void test_c15_alignment_of_no_power_of_two_is_kept_or_refused(void **state)
{
	size_t const alignments[] = {3, 48, 100, 4097, 12288};

	allocate(1, 1);
	for (size_t i = 0; i < COUNT(alignments); i++) {
		int error = 0;
		ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, 10000, alignments[i], &error);

		if (buffer) {
			ImxDmaBufferAddress address = {.struct_size = sizeof(address)};

			assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
			assert_int_equal(address.address % alignments[i], 0);
			assert_aligned(buffer, alignments[i]);
		} else {
			assert_int_equal(error, EINVAL);
		}
		imx_dma_buffer_deallocate(buffer);
	}
}

static void test_c16_absurd_alignments_are_refused(void **state)
{
	size_t const alignments[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 4 + 1, SIZE_MAX - 1};

	for (size_t i = 0; i < COUNT(alignments); i++) {
		int error = 0;

		assert_null(imx_dma_buffer_allocate(subject.allocator, 4096, alignments[i], &error));
		assert_true(error == EINVAL || error == ENOMEM || error == ENOTSUP);
	}
}

static void test_c17_aligned_memory_is_the_same_for_both(void **state)
{
	size_t const alignments[] = {64, 4096, 8192, 32768, 1 << 20};

	/* This buffer makes the next block begin at an odd address. */
	allocate(4096, 1);
	for (size_t i = 0; i < COUNT(alignments); i++) {
		ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, 20001, alignments[i], NULL);
		struct device device;

		if (!buffer) {
			assert_int_not_equal(subject.info.contiguous, YES);
			continue;
		}
		if (!find_device(buffer, &device))
			SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
		compare_with_device(buffer, &device, 20001);
		allocate(4096, 1);
	}
}

static void test_c18_size_is_the_one_asked_for(void **state)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		ImxDmaBuffer *buffer = allocate(sizes[i], (i & 1) ? 4096 : 1);

		assert_int_equal(imx_dma_buffer_get_size(buffer), sizes[i]);
		assert_true(get_properties(buffer).reserved_size >= sizes[i]);
		map(buffer, 0);
		assert_int_equal(imx_dma_buffer_get_size(buffer), sizes[i]);
		imx_dma_buffer_deallocate(buffer);
	}
}

struct CMUnitTest const memory_tests[MAX_TESTS] = {
	conformance_test(test_c6_size_begins_at_one),
	conformance_test(test_c7_impossible_sizes_are_refused),
	conformance_test(test_c8_sizes_are_never_truncated),
	conformance_test(test_c9_every_byte_is_memory),
	conformance_test(test_c10_byte_of_the_mapping_is_byte_of_the_memory),
	conformance_test(test_c11_buffers_do_not_share_memory),
	conformance_test(test_c12_fresh_memory_is_zero_if_promised),
	conformance_test(test_c13_alignment_is_kept_or_refused),
	conformance_test(test_c14_alignments_0_and_1_require_nothing),
	conformance_test(test_c15_alignment_of_no_power_of_two_is_kept_or_refused),
	conformance_test(test_c16_absurd_alignments_are_refused),
	conformance_test(test_c17_aligned_memory_is_the_same_for_both),
	conformance_test(test_c18_size_is_the_one_asked_for),
};
