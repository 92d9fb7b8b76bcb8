/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scenarios of memory from elsewhere: wrapped buffers, and buffers of a program's own allocator.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenarios.h"

#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define SIZE 20000

static void ask(ImxDmaBuffer *buffer)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	size_t offset;
	int fd;

	STATUS(imx_dma_buffer_query_properties, buffer, &properties, ERROR);
	may_fail(ENOTSUP);
	STATUS(imx_dma_buffer_query_physical_address, buffer, &address, ERROR);
	may_fail(ENOTSUP);
	fd = STATUS(imx_dma_buffer_export_fd, buffer, &offset, ERROR);
	if (fd >= 0)
		close(fd);
	VALUE(imx_dma_buffer_get_size, buffer);
	VALUE(imx_dma_buffer_get_physical_address, buffer);
}

/* Wrap by descriptor, if the board's memory has one. */
static void wrapped_descriptor(void)
{
	static ImxWrappedDmaBuffer wrapped;
	int fd = new_descriptor(SIZE);
	uint8_t *address;

	VALUE(imx_dma_buffer_init_wrapped_buffer, &wrapped);
	wrapped.fd = fd;
	wrapped.size = SIZE;
	may_fail((fd < 0) ? ENOTSUP : 0);
	address = POINTER(imx_dma_buffer_map, &wrapped.parent, 0, ERROR);
	if (address)
		memset(address, 1, SIZE);
	may_fail((fd < 0) ? ENOTSUP : 0);
	POINTER(imx_dma_buffer_map, &wrapped.parent, 0, ERROR);
	VALUE(imx_dma_buffer_unmap, &wrapped.parent);
	VALUE(imx_dma_buffer_unmap, &wrapped.parent);
	may_fail((fd < 0) ? ENOTSUP : 0);
	POINTER(imx_dma_buffer_map, &wrapped.parent, MANUAL, ERROR);
	VALUE(imx_dma_buffer_start_sync_session, &wrapped.parent);
	VALUE(imx_dma_buffer_stop_sync_session, &wrapped.parent);
	VALUE(imx_dma_buffer_deallocate, &wrapped.parent);
	ask(&wrapped.parent);
	if (fd >= 0)
		close(fd);
}

/* The structure is freed while it is mapped, and another buffer is created at its address. */
static void wrapped_reused(void)
{
	static ImxWrappedDmaBuffer wrapped;
	int first = new_descriptor(SIZE), second = new_descriptor(2 * SIZE);

	VALUE(imx_dma_buffer_init_wrapped_buffer, &wrapped);
	wrapped.fd = first;
	wrapped.size = SIZE;
	may_fail((first < 0) ? ENOTSUP : 0);
	POINTER(imx_dma_buffer_map, &wrapped.parent, 0, ERROR);
	wrapped.fd = second;
	wrapped.size = 2 * SIZE;
	may_fail((second < 0) ? ENOTSUP : 0);
	if (POINTER(imx_dma_buffer_map, &wrapped.parent, 0, ERROR))
		VALUE(imx_dma_buffer_unmap, &wrapped.parent);
	VALUE(imx_dma_buffer_init_wrapped_buffer, &wrapped);
	if (first >= 0)
		close(first);
	if (second >= 0)
		close(second);
}

static uint8_t *map_memory(ImxWrappedDmaBuffer *wrapped, unsigned int flags, int *error)
{
	static uint8_t memory[SIZE];

	(void)flags;
	if (wrapped->size == SIZE)
		return memory;
	*error = EBUSY;
	return NULL;
}

static void unmap_memory(ImxWrappedDmaBuffer *wrapped)
{
}

/* Use the program's functions, one of which fails. */
static void wrapped_functions(void)
{
	static ImxWrappedDmaBuffer wrapped;

	VALUE(imx_dma_buffer_init_wrapped_buffer, &wrapped);
	may_fail(ENOTSUP);
	POINTER(imx_dma_buffer_map, &wrapped.parent, 0, ERROR);
	wrapped.map = map_memory;
	wrapped.unmap = unmap_memory;
	wrapped.size = SIZE;
	wrapped.physical_address = 0x40000000;
	POINTER(imx_dma_buffer_map, &wrapped.parent, 0, ERROR);
	VALUE(imx_dma_buffer_unmap, &wrapped.parent);
	wrapped.size = 1;
	may_fail(EBUSY);
	POINTER(imx_dma_buffer_map, &wrapped.parent, 0, ERROR);
	ask(&wrapped.parent);
	VALUE(imx_dma_buffer_deallocate, &wrapped.parent);
}

static int own_fd = -1;

static int get_fd(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return own_fd;
}

static size_t get_size(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return SIZE;
}

/* A program's own allocator with few functions. The library queries the descriptors of its buffers. */
static void foreign(void)
{
	static ImxDmaBufferAllocator const allocator = {.get_fd = get_fd, .get_size = get_size};
	ImxDmaBuffer buffer = {(ImxDmaBufferAllocator *)(uintptr_t)&allocator};

	own_fd = new_descriptor(SIZE);
	may_fail(ENOSYS);
	POINTER(imx_dma_buffer_map, &buffer, 0, ERROR);
	ask(&buffer);
	if (own_fd >= 0)
		close(own_fd);
}

struct scenario const wrapped_scenarios[] = {
	{"wrapped descriptor", wrapped_descriptor},
	{"wrapped buffer freed while mapped", wrapped_reused},
	{"wrapped functions", wrapped_functions},
	{"buffer of a program's own allocator", foreign},
	{NULL, NULL},
};
