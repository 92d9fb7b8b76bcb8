/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Location of memory: physical addresses and descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocators.h"
#include "conformance.h"

#define SIZE 70000

static size_t const sizes[] = {1, 4096, 65537, 1000003, 3110400};

static void test_c48_address_may_be_asked_at_any_time(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 4096);
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(buffer);

	map(buffer, 0);
	assert_true(imx_dma_buffer_get_physical_address(buffer) == address);
	map(buffer, READ);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_unmap(buffer);
	assert_true(imx_dma_buffer_get_physical_address(buffer) == address);
	map(buffer, MANUAL);
	imx_dma_buffer_start_sync_session(buffer);
	assert_true(imx_dma_buffer_get_physical_address(buffer) == address);
	if (address == 0)
		SKIP_BECAUSE(SKIP_NO_ADDRESS);
}

static void test_c49_address_is_that_of_byte_0(void **state)
{
	size_t const alignments[] = {1, 64, 4096, 1 << 20};
	bool known = false, shown = false;

	for (size_t i = 0; i < COUNT(alignments); i++) {
		ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, SIZE, alignments[i], NULL);
		imx_physical_address_t address = imx_dma_buffer_get_physical_address(buffer);
		struct device device;
		uint8_t byte = (uint8_t)(i + 1);
		size_t offset = 0;
		uint64_t truth;
		int fd;

		known |= address != 0;
		if (address == 0 || !find_device(buffer, &device))
			continue;
		fd = imx_dma_buffer_export_fd(buffer, &offset, NULL);
		truth = (fd >= 0) ? true_address(fd, offset) : 0;
		close(fd);
		assert_true(truth == 0 || truth == address);
		device.address = address;
		device_writes(&device, 0, &byte, 1);
		assert_int_equal(map(buffer, READ)[0], byte);
		shown = true;
	}
	if (!known)
		SKIP_BECAUSE(SKIP_NO_ADDRESS);
	if (!shown)
		SKIP_BECAUSE(SKIP_WITHOUT_DEVICE);
}

/* Compare with the machine's true address, if it is known. */
static void assert_last_byte(ImxDmaBuffer *buffer, imx_physical_address_t address)
{
	size_t offset = 0;
	int fd = imx_dma_buffer_export_fd(buffer, &offset, NULL);
	uint64_t truth = (fd >= 0) ? true_address(fd, offset + imx_dma_buffer_get_size(buffer) - 1) : 0;

	close(fd);
	assert_true(truth == 0 || truth == address);
}

/* An address is valid for the whole buffer: a device uses it from the first byte to the last. */
static void test_c50_address_is_that_of_contiguous_memory(void **state)
{
	bool optional = subject_is("host") || strcmp(subject.policy, "optional") == 0;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		ImxDmaBuffer *buffer = allocate(sizes[i], 1);
		imx_physical_address_t known = imx_dma_buffer_get_physical_address(buffer);
		ImxDmaBufferProperties properties = get_properties(buffer);
		ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
		int result = imx_dma_buffer_query_physical_address(buffer, &address, NULL);

		if (subject.info.contiguous == YES)
			assert_int_equal(properties.contiguous, YES);
		if (!optional && subject.info.has_physical_address == YES && properties.contiguous == YES)
			assert_true(known != 0);
		assert_true(known != 0 || optional);
		if (known != 0) {
			assert_int_equal(result, 0);
			assert_int_equal(properties.contiguous, YES);
			assert_true(address.address == known);
			assert_true(address.contiguous_length >= sizes[i]);
			assert_true(address.source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE);
			assert_last_byte(buffer, known + sizes[i] - 1);
		}
		imx_dma_buffer_deallocate(buffer);
	}
}

static void test_c51_memory_without_an_address(void **state)
{
	ImxDmaBufferAllocator *allocator = new_allocator_of_board(subject.name, "optional", 0, NULL);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, 50000, 4096, NULL);
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};

	assert_non_null(buffer);
	fill_pattern(map(buffer, 0), 50000, 7);
	assert_int_equal(check_pattern(map(buffer, 0), 50000, 7), 50000);
	if (subject.info.has_physical_address == YES && subject.info.contiguous == YES) {
		assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
		assert_true(address.address != 0);
		assert_true(imx_dma_buffer_get_physical_address(buffer) == 0 ||
			imx_dma_buffer_get_physical_address(buffer) == address.address);
	}
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_c52_address_of_a_descriptor(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(buffer);
	int fd = imx_dma_buffer_get_fd(buffer), error = 0, null;
	ImxDmaBufferAddress asked = {.struct_size = sizeof(asked)};
	imx_physical_address_t found;

	assert_true(imx_dma_buffer_get_physical_address_from_dmabuf_fd(-1, &error) == 0);
	assert_int_equal(error, EBADF);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(imx_dma_buffer_get_physical_address_from_dmabuf_fd(null, &error) == 0);
	assert_int_equal(error, EINVAL);
	close(null);
	if (get_properties(buffer).is_dmabuf != YES)
		SKIP_BECAUSE("the allocator's memory has no DMA-BUF of its own");
	/* This function does not query the mechanism, so an address that only the mechanism has may be missing. */
	error = 0;
	found = imx_dma_buffer_get_physical_address_from_dmabuf_fd(fd, &error);
	if (imx_dma_buffer_query_physical_address(buffer, &asked, NULL) == 0 && address != 0 &&
		asked.source != IMX_DMA_BUFFER_ADDRESS_SOURCE_DRIVER)
		assert_true(found == address);
	else
		assert_true(found == address || (found == 0 && error == ENOTSUP));
	assert_true(is_open(fd));
}

static void test_c53_getters_make_no_system_call(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	long calls = count_calls();

	if (calls < 0)
		SKIP_BECAUSE("system calls are not counted here");
	for (int i = 0; i < 3; i++) {
		imx_dma_buffer_get_physical_address(buffer);
		imx_dma_buffer_get_fd(buffer);
		imx_dma_buffer_get_size(buffer);
	}
	assert_int_equal(count_calls(), calls);
}

static void test_c54_descriptor_is_as_promised(void **state)
{
	ImxDmaBuffer *buffer = allocate(subject_is_slab() ? 100 : SIZE, 1);
	int fd = imx_dma_buffer_get_fd(buffer);
	ImxDmaBufferProperties properties = get_properties(buffer);

	/* The small buffers of a slab have none. */
	if (subject_is_slab()) {
		assert_int_equal(fd, -1);
		assert_int_equal(properties.is_dmabuf, NO);
		return;
	}
	if (subject.info.is_dmabuf == YES || subject_is("host"))
		assert_true(fd > 0);
	else
		assert_int_equal(fd, -1);
	assert_int_equal(properties.is_dmabuf, subject.info.is_dmabuf);
	assert_true(fd >= 0 || properties.is_dmabuf != YES);
}

static void test_c55_descriptor_belongs_to_the_buffer(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	int fd = imx_dma_buffer_get_fd(buffer);

	if (fd < 0)
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	assert_true(is_open(fd));
	map(buffer, 0);
	assert_int_equal(imx_dma_buffer_get_fd(buffer), fd);
	imx_dma_buffer_unmap(buffer);
	assert_true(is_open(fd));
	imx_dma_buffer_deallocate(buffer);
	settle();
	assert_false(is_open(fd));
}

static void test_c56_descriptor_is_the_same_memory(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 4096);
	int fd = imx_dma_buffer_get_fd(buffer);
	size_t reserved = get_properties(buffer).reserved_size;
	uint8_t *second;

	if (fd < 0)
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	fill_pattern(map(buffer, 0), SIZE, 9);
	imx_dma_buffer_unmap(buffer);
	/* Map all of it: a mapping of huge pages can only be undone in whole pages. */
	second = mmap(NULL, reserved, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(second != MAP_FAILED);
	assert_int_equal(check_pattern(second, SIZE, 9), SIZE);
	munmap(second, reserved);
}

static void test_c57_descriptors_close_on_exec_and_are_never_0(void **state)
{
	ImxDmaBuffer *buffer = allocate(4096, 1);
	int fd = imx_dma_buffer_get_fd(buffer), copy;

	if (fd < 0)
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	assert_true(fd > 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	copy = imx_dma_buffer_export_fd(buffer, NULL, NULL);
	assert_true(copy > 0 && copy != fd);
	assert_true(fcntl(copy, F_GETFD) & FD_CLOEXEC);
	close(copy);
}

static void test_c58_export_outlives_its_buffer(void **state)
{
	ImxDmaBuffer *buffer = allocate(SIZE, 1);
	size_t offset = 77, reserved = get_properties(buffer).reserved_size;
	int error = 0, fd = imx_dma_buffer_export_fd(buffer, &offset, &error);
	uint8_t *memory;

	if (fd < 0) {
		assert_int_equal(error, ENOTSUP);
		assert_int_equal(imx_dma_buffer_get_fd(buffer), -1);
		SKIP_BECAUSE(SKIP_NO_DESCRIPTOR);
	}
	if (imx_dma_buffer_get_fd(buffer) >= 0)
		assert_int_equal(offset, 0);
	fill_pattern(map(buffer, 0), SIZE, 5);
	imx_dma_buffer_deallocate(buffer);
	/* Map all of it: a mapping of huge pages can only be undone in whole pages. */
	reserved = (offset == 0) ? reserved : offset + SIZE;
	memory = mmap(NULL, reserved, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(memory != MAP_FAILED);
	assert_int_equal(check_pattern(memory + offset, SIZE, 5), SIZE);
	munmap(memory, reserved);
	close(fd);
}

struct CMUnitTest const location_tests[MAX_TESTS] = {
	conformance_test(test_c48_address_may_be_asked_at_any_time),
	conformance_test(test_c49_address_is_that_of_byte_0),
	conformance_test(test_c50_address_is_that_of_contiguous_memory),
	conformance_test(test_c51_memory_without_an_address),
	conformance_test(test_c52_address_of_a_descriptor),
	conformance_test(test_c53_getters_make_no_system_call),
	conformance_test(test_c54_descriptor_is_as_promised),
	conformance_test(test_c55_descriptor_belongs_to_the_buffer),
	conformance_test(test_c56_descriptor_is_the_same_memory),
	conformance_test(test_c57_descriptors_close_on_exec_and_are_never_0),
	conformance_test(test_c58_export_outlives_its_buffer),
};
