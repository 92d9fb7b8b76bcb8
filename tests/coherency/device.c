/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include "allocators.h"
#include "coherency.h"

struct subject subject;

static int device_read(size_t offset, uint8_t *data, size_t length)
{
	return (subject.fd >= 0) ? sim_device_read_fd(subject.fd, offset, data, length)
							 : sim_device_read(subject.address + offset, data, length);
}

void device_writes(size_t offset, uint8_t value, size_t length)
{
	static uint8_t data[SIZE];

	memset(data, value, length);
	assert_int_equal((subject.fd >= 0) ? sim_device_write_fd(subject.fd, offset, data, length)
									   : sim_device_write(subject.address + offset, data, length),
		0);
	/* Between sessions no line may be dirty: it would overwrite the device's data. */
	sim_evict(0, 0);
}

uint8_t device_reads(size_t offset)
{
	uint8_t value = 0;

	assert_int_equal(device_read(offset, &value, 1), 0);
	return value;
}

void assert_device_sees(uint8_t value)
{
	static uint8_t data[SIZE];

	assert_int_equal(device_read(0, data, SIZE), 0);
	for (size_t i = 0; i < SIZE; i++)
		if (data[i] != value)
			fail_msg("the device sees 0x%02x at %zu, not 0x%02x", data[i], i, value);
}

void assert_cpu_sees(uint8_t const *address, uint8_t value)
{
	for (size_t i = 0; i < SIZE; i++)
		if (address[i] != value)
			fail_msg("the CPU sees 0x%02x at %zu, not 0x%02x", address[i], i, value);
}

static ImxDmaBufferAllocator *new_allocator(void)
{
	return new_allocator_of_board(subject.name, subject.policy, 0, NULL);
}

int set_up(void **state)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	size_t offset = 0;
	uint8_t value;

	sim_reset();
	if (sim_configure(subject.board) != 0)
		return -1;
	subject.allocator = new_allocator();
	subject.buffer = imx_dma_buffer_allocate(subject.allocator, SIZE, 1, NULL);
	if (!subject.buffer || imx_dma_buffer_query_properties(subject.buffer, &properties, NULL) != 0) {
		print_error("%s\n", imx_dma_buffer_get_last_error());
		return -1;
	}
	subject.fd = imx_dma_buffer_export_fd(subject.buffer, &offset, NULL);
	subject.address = imx_dma_buffer_get_physical_address(subject.buffer);
	/* Kernels without DMA_BUF_IOCTL_PHYS serve attached devices only, unless the process maintains the caches. */
	if (properties.is_dmabuf == YES && properties.coherency == IMX_DMA_BUFFER_COHERENCY_IMPORTER)
		assert_int_equal(sim_attach(subject.fd), 0);
	/* A buffer that does not begin with its DMA-BUF is accessed through its address. */
	if (offset != 0) {
		close(subject.fd);
		subject.fd = -1;
	}
	*state = (device_read(0, &value, 1) == 0) ? &subject : NULL;
	return 0;
}

int tear_down(void **state)
{
	while (subject.fd >= 0 && sim_detach(subject.fd) == 0)
		;
	imx_dma_buffer_allocator_destroy(subject.allocator);
	if (subject.fd >= 0)
		close(subject.fd);
	return (sim_live_buffers() == 0 && sim_huge_pages_used() == 0) ? 0 : -1;
}

uint8_t *map(ImxDmaBuffer *buffer, unsigned int flags)
{
	uint8_t *address = imx_dma_buffer_map(buffer, flags, NULL);

	if (!address)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(address);
	return address;
}
