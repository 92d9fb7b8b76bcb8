/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocators and buffers, with a back end that the test controls.
 */
#include "fake.h"
#include "dmabuf/dmabuf.h"
#include "uapi/dma_buf.h"

static void test_failing_open_frees_and_reports(void **state)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;
	struct imxd_allocator *allocator = NULL;

	fake.open_code = ENXIO;
	assert_int_equal(imxd_allocator_new(&fake_backend, &options, IMXD_ADDRESS_REQUIRED, NULL, &allocator), -ENXIO);
	assert_null(allocator);
}

static void test_failing_allocate_reports(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_REQUIRED);
	int error = 0;

	fake.allocate_code = ENOMEM;
	assert_null(imx_dma_buffer_allocate(allocator, 100, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence("told to fail");
	assert_null(imx_dma_buffer_allocate(allocator, 100, 1, NULL));
	error = 0;
	assert_null(imx_dma_buffer_allocate(allocator, 0, 1, &error));
	assert_int_equal(error, EINVAL);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_more_than_the_machine_has(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_NOT_WANTED);
	size_t limit = imxd_own_allocator(allocator)->max_size;
	int error = 0;

	assert_true(limit >= 64 << 20);
	fake.asked = 0;
	assert_null(imx_dma_buffer_allocate(allocator, limit + 1, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence("more than the memory of this machine");
	assert_null(imx_dma_buffer_allocate(allocator, 1, SIZE_MAX / 2 + 1, &error));
	assert_int_equal(fake.asked, 0);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_required_address_that_is_unknown_fails(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_REQUIRED);
	int error = 0;

	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	assert_int_equal(error, ENOTSUP);
	assert_sentence("IMXDMABUFFER_PHYSICAL_ADDRESS=optional");
	assert_int_equal(fake.blocks, 0);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_optional_address_may_be_unknown(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_OPTIONAL);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, 4096, 1, NULL);
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	int error = 0;

	assert_non_null(buffer);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, &error), -1);
	assert_int_equal(error, ENOTSUP);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* Memory without a descriptor: the views of the CPU and the device are shifted alike. */
static void test_alignment_shifts_address_and_mapping(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_REQUIRED);
	struct imxd_buffer *own;
	ImxDmaBuffer *buffer;
	uint8_t *address;

	fake.vendor_mapped = true;
	fake.address = 0x10001234;
	buffer = imx_dma_buffer_allocate(allocator, 1000, 4096, NULL);
	assert_non_null(buffer);
	assert_int_equal(fake.asked, 1000 + 4095);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0x10002000);
	own = imxd_own_buffer(buffer);
	address = imx_dma_buffer_map(buffer, 0, NULL);
	assert_ptr_equal(address, own->block.cpu + 0xdcc);
	address[999] = 1;
	imx_dma_buffer_allocator_destroy(allocator);
}

/* The block has room for the offset only if its mechanism does not align it. */
static void test_alignment_decides_the_size_of_the_block(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;

	fake.vendor_mapped = true;
	fake.address = 0x10010000;
	fake.caps = IMXD_CAP_PAGE_ALIGNED;
	allocator = fake_allocator(IMXD_ADDRESS_REQUIRED);
	imx_dma_buffer_allocate(allocator, 100000, 4096, NULL);
	assert_int_equal(fake.asked, 100000);
	imx_dma_buffer_allocate(allocator, 1000, 65536, NULL);
	assert_int_equal(fake.asked, 1000 + 65535);
	fake.address = 0x10001000;
	buffer = imx_dma_buffer_allocate(allocator, 1000, 8192, NULL);
	assert_int_equal(fake.asked, 1000 + 8191);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0x10002000);
	imx_dma_buffer_allocate(allocator, 1000, 96, NULL);
	assert_int_equal(fake.asked, 1000 + 95);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* The larger block may not be there. */
static void test_alignment_that_does_not_fit_leaves_nothing(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	fake.max_size = 2 * 4096;
	fake.address = 0x10001234;
	allocator = fake_allocator(IMXD_ADDRESS_REQUIRED);
	assert_null(imx_dma_buffer_allocate(allocator, 8000, 4096, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("8000 bytes with an alignment of 4096 need a block of 12095 bytes: ");
	assert_sentence("largest size is 8192");
	assert_int_equal(fake.blocks, 0);
	assert_null(imx_dma_buffer_allocate(allocator, SIZE_MAX - 8192, 4096, &error));
	assert_null(imx_dma_buffer_allocate(allocator, 8193, 1, &error));
	assert_int_equal(error, EINVAL);
	assert_non_null(imx_dma_buffer_allocate(allocator, 8192, 1, &error));
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_alignment_shifts_what_the_core_maps(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_REQUIRED);
	ImxDmaBuffer *buffer;
	uint8_t *address, byte = 0;

	fake.with_memory = true;
	fake.address = 0x10001234;
	buffer = imx_dma_buffer_allocate(allocator, 5000, 4096, NULL);
	address = imx_dma_buffer_map(buffer, 0, NULL);
	assert_non_null(address);
	address[0] = 42;
	assert_int_equal(imxd_sys_pread(imxd_own_buffer(buffer)->block.map_fd, &byte, 1, 0xdcc), 1);
	assert_int_equal(byte, 42);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_alignment_with_descriptor_fails_rather_than_lies(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	fake.caps = IMXD_CAP_DESCRIPTOR;
	fake.address = 0x10001000;
	allocator = fake_allocator(IMXD_ADDRESS_REQUIRED);
	assert_null(imx_dma_buffer_allocate(allocator, 1000, 65536, &error));
	assert_int_equal(error, ENOTSUP);
	assert_int_equal(fake.asked, 65536);
	assert_int_equal(fake.blocks, 0);
	fake.address = 0x10010000;
	assert_non_null(imx_dma_buffer_allocate(allocator, 1000, 65536, &error));
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_export_without_descriptor(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_NOT_WANTED);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, 4096, 1, NULL);
	int error = 0;

	assert_int_equal(imx_dma_buffer_export_fd(buffer, NULL, &error), -1);
	assert_int_equal(error, ENOTSUP);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* For the kernel, every descriptor of this test is a DMA-BUF, unless the test says otherwise. */
int __wrap_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	errno = (request == IMXD_DMA_BUF_SYNC && !fake.no_dmabuf) ? EINVAL : ENOTTY;
	return -1;
}

/* The memory of fake blocks is real, but their addresses are not, so the machine's page map must not be used. */
int __wrap_imxd_pagemap_resolve(struct imxd_block const *block, imx_physical_address_t *address, size_t *length);
int __wrap_imxd_pagemap_resolve(struct imxd_block const *block, imx_physical_address_t *address, size_t *length)
{
	return imxd_fail(-EPERM, "no page frame numbers");
}

int64_t __wrap_imxd_sys_file_system(int fd);
int64_t __wrap_imxd_sys_file_system(int fd)
{
	return fake.no_dmabuf ? 0 : IMXD_DMA_BUF_MAGIC;
}

static void test_export_by_the_mechanism(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_REQUIRED);
	ImxDmaBuffer *buffer;
	size_t offset = 77;
	int error = 0, fd;

	fake.with_memory = true;
	fake.address = 0x10000000;
	fd = imx_dma_buffer_export_fd(imx_dma_buffer_allocate(allocator, 4096, 1, NULL), NULL, &error);
	assert_true(fd > 0);
	close(fd);
	/* A shifted buffer in a block that is shifted itself. */
	fake.address = 0x10000040;
	buffer = imx_dma_buffer_allocate(allocator, 4096, 4096, NULL);
	assert_int_equal(imx_dma_buffer_export_fd(buffer, NULL, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_sentence("has offset 4096 in its DMA-BUF");
	fd = imx_dma_buffer_export_fd(buffer, &offset, &error);
	assert_true(fd > 0);
	assert_int_equal(offset, 4096);
	close(fd);
	fake.no_dmabuf = true;
	assert_int_equal(imx_dma_buffer_export_fd(buffer, &offset, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_sentence("not a DMA-BUF");
	imx_dma_buffer_allocator_destroy(allocator);
}

/* Kernels before 4.6 have DMA-BUFs, but no call to synchronise them. */
static void test_kernels_without_sync(void **state)
{
	fake.no_dmabuf = true;
	assert_int_equal(imxd_dmabuf_sync(0, IMXD_DMA_BUF_SYNC_START | IMXD_DMA_BUF_SYNC_READ), 0);
	fake.no_dmabuf = false;
	assert_int_equal(imxd_dmabuf_sync(0, IMXD_DMA_BUF_SYNC_START | IMXD_DMA_BUF_SYNC_READ), -EINVAL);
}

/* What only the mechanism can do: ask for an address, synchronise. */
static void test_mechanism_locates_and_synchronises(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBuffer *buffer;
	int error = 0;

	fake.cached = YES;
	fake.vendor_mapped = true;
	fake.phys_addr = 0x10001000;
	allocator = fake_allocator(IMXD_ADDRESS_REQUIRED);
	buffer = imx_dma_buffer_allocate(allocator, 4096, 1, NULL);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0x10001000);
	assert_non_null(imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL));
	assert_int_equal(fake.sessions, 1);
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(fake.sessions, 0);
	fake.phys_addr = 0;
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	assert_sentence("fake: told to have no address");
	imx_dma_buffer_allocator_destroy(allocator);
	/* Only the query asks where none is wanted. */
	allocator = fake_allocator(IMXD_ADDRESS_NOT_WANTED);
	fake.phys_addr = 0x10002000;
	buffer = imx_dma_buffer_allocate(allocator, 4096, 1, NULL);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
	assert_int_equal(address.address, 0x10002000);
	imx_dma_buffer_allocator_destroy(allocator);
}

/*
 * A program that traces calls may combine the library's functions with its own, and put its allocator into the buffers.
 */
static void test_owner_counts_not_the_argument(void **state)
{
	ImxDmaBufferAllocator *allocator = fake_allocator(IMXD_ADDRESS_NOT_WANTED), tracing = *allocator;
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, 4096, 1, NULL);

	buffer->allocator = &tracing;
	assert_int_equal(imx_dma_buffer_get_size(buffer), 4096);
	imx_dma_buffer_deallocate(buffer);
	assert_int_equal(fake.blocks, 0);
	imx_dma_buffer_allocator_destroy(allocator);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		fake_test(test_failing_open_frees_and_reports),
		fake_test(test_failing_allocate_reports),
		fake_test(test_more_than_the_machine_has),
		fake_test(test_required_address_that_is_unknown_fails),
		fake_test(test_optional_address_may_be_unknown),
		fake_test(test_alignment_shifts_address_and_mapping),
		fake_test(test_alignment_decides_the_size_of_the_block),
		fake_test(test_alignment_that_does_not_fit_leaves_nothing),
		fake_test(test_alignment_shifts_what_the_core_maps),
		fake_test(test_alignment_with_descriptor_fails_rather_than_lies),
		fake_test(test_export_without_descriptor),
		fake_test(test_export_by_the_mechanism),
		fake_test(test_kernels_without_sync),
		fake_test(test_mechanism_locates_and_synchronises),
		fake_test(test_owner_counts_not_the_argument),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
