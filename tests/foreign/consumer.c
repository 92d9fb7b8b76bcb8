/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program for 1.x: only the headers of 1.x, all of their functions, strict C99.
 */
#include <imxdmabuffer/imxdmabuffer.h>
#include <imxdmabuffer/imxdmabuffer_config.h>
#include <imxdmabuffer/imxdmabuffer_dma_heap_allocator.h>

#include <stdio.h>
#include <string.h>

#ifndef IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED
#error "dma-heap is not built in"
#endif

/* Not declared in a header, but used by old programs. */
extern char const *IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_DMA_HEAP_NODE;

#define CHECK(condition)                                                                                               \
	do {                                                                                                               \
		number++;                                                                                                      \
		printf("%s %d - %s\n", (condition) ? "ok" : "not ok", number, #condition);                                     \
		failed += !(condition);                                                                                        \
	} while (0)

static int number, failed;

static void use(ImxDmaBuffer *buffer, size_t size)
{
	ImxWrappedDmaBuffer wrapped;
	uint8_t *data = imx_dma_buffer_map(buffer,
		IMX_DMA_BUFFER_MAPPING_FLAG_WRITE | IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, NULL);

	CHECK(data != NULL);
	imx_dma_buffer_start_sync_session(buffer);
	memset(data, 0x77, size);
	imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = imx_dma_buffer_get_fd(buffer);
	wrapped.physical_address = imx_dma_buffer_get_physical_address(buffer);
	wrapped.size = imx_dma_buffer_get_size(buffer);
	data = imx_dma_buffer_map(&wrapped.parent, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);
	CHECK(data != NULL && data[size - 1] == 0x77);
	imx_dma_buffer_unmap(&wrapped.parent);
	imx_dma_buffer_deallocate(&wrapped.parent);
}

int main(void)
{
	int error = 0;
	imx_physical_address_t address;
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new(&error);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, 100000, 4096, &error);

	CHECK(buffer != NULL);
	CHECK(imx_dma_buffer_get_size(buffer) == 100000);
	address = imx_dma_buffer_get_physical_address(buffer);
	CHECK(address != 0 && address % 4096 == 0);
	printf("# physical address %" IMX_PHYSICAL_ADDRESS_FORMAT "\n", address);
	CHECK(imx_dma_buffer_get_physical_address_from_dmabuf_fd(imx_dma_buffer_get_fd(buffer), &error) == address);
	use(buffer, 100000);
	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);

	allocator = imx_dma_buffer_dma_heap_allocator_new(-1, IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_HEAP_FLAGS,
		IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS, &error);
	CHECK(imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(allocator) > 0);
	imx_dma_buffer_allocator_destroy(allocator);
	CHECK(strcmp(IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_DMA_HEAP_NODE, IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH) == 0);
	CHECK(error == 0);
	printf("1..%d\n", number);
	return failed ? 1 : 0;
}
