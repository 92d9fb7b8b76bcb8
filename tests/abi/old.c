/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that uses each symbol of 1.x and nothing newer. The tests run it with libraries that it was not linked
 * with. Run it with IMXDMABUFFER_ALLOCATOR=host.
 */
#include <imxdmabuffer/imxdmabuffer.h>
#include <imxdmabuffer/imxdmabuffer_config.h>
#include <imxdmabuffer/imxdmabuffer_dma_heap_allocator.h>
#include <imxdmabuffer/imxdmabuffer_dwl_allocator.h>
#include <imxdmabuffer/imxdmabuffer_g2d_allocator.h>
#include <imxdmabuffer/imxdmabuffer_ion_allocator.h>
#include <imxdmabuffer/imxdmabuffer_ipu_allocator.h>
#include <imxdmabuffer/imxdmabuffer_pxp_allocator.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* In no header, but used by old programs. */
extern char const *IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_DMA_HEAP_NODE;
imx_physical_address_t imx_dma_buffer_ipu_allocate(int ipu_fd, size_t size, int *error);
void imx_dma_buffer_ipu_deallocate(int ipu_fd, imx_physical_address_t address);

#define SIZE 10000

static int failed;

#define CHECK(condition)                                                                                               \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			printf("line %d: %s\n", __LINE__, #condition);                                                             \
			failed = 1;                                                                                                \
		}                                                                                                              \
	} while (0)

static void use_variables(void)
{
	CHECK(IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_HEAP_FLAGS == 0);
	CHECK(IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS == (O_RDWR | O_CLOEXEC));
	CHECK(strcmp(IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_DMA_HEAP_NODE, IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH) == 0);
	CHECK(strcmp(IMX_PHYSICAL_ADDRESS_FORMAT, "#lx") == 0);
}

static void use_buffers(void)
{
	int error = 0;
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new(&error);
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, SIZE, 1, &error);
	ImxWrappedDmaBuffer wrapped;
	uint8_t *bytes;

	CHECK(buffer && imx_dma_buffer_get_size(buffer) == SIZE);
	bytes = imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_WRITE | IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC,
		&error);
	CHECK(bytes != NULL);
	imx_dma_buffer_start_sync_session(buffer);
	if (bytes)
		memset(bytes, 0x55, SIZE);
	imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = imx_dma_buffer_get_fd(buffer);
	wrapped.physical_address = 0x12345000;
	wrapped.size = SIZE;
	CHECK(imx_dma_buffer_get_physical_address(&wrapped.parent) == 0x12345000);
	(void)imx_dma_buffer_get_physical_address(buffer);
	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	CHECK(error == 0);
}

/* On machines without these mechanisms the functions return an error code. */
static void use_mechanisms(void)
{
	unsigned int heap_flags = IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_HEAP_FLAGS;
	unsigned int fd_flags = IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS;
	int error = 0;

	imx_dma_buffer_allocator_destroy(imx_dma_buffer_dma_heap_allocator_new(-1, heap_flags, fd_flags, &error));
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_ion_allocator_new(IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_ION_FD,
		IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_ID_MASK, IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_FLAGS, &error));
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_dwl_allocator_new(&error));
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_g2d_allocator_new());
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_ipu_allocator_new(IMX_DMA_BUFFER_IPU_ALLOCATOR_DEFAULT_IPU_FD,
		&error));
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_pxp_allocator_new(IMX_DMA_BUFFER_PXP_ALLOCATOR_DEFAULT_PXP_FD,
		&error));

	CHECK(!imx_dma_buffer_dma_heap_allocator_new_from_fd(-1, heap_flags, fd_flags, 1));
	CHECK(imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(NULL) == -1);
	CHECK(imx_dma_buffer_dma_heap_allocate_dmabuf(-1, SIZE, heap_flags, fd_flags, &error) == -1);
	CHECK(imx_dma_buffer_dma_heap_get_physical_address_from_dmabuf_fd(-1, &error) == 0);
	CHECK(imx_dma_buffer_get_physical_address_from_dmabuf_fd(-1, &error) == 0);
	CHECK(imx_dma_buffer_ion_allocator_get_ion_fd(NULL) == -1);
	CHECK(imx_dma_buffer_ion_allocate_dmabuf(-1, SIZE, 1, 1, 0, &error) == -1);
	CHECK(imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(-1, -1, &error) == 0);
	CHECK(imx_dma_buffer_ipu_allocate(-1, SIZE, &error) == 0);
	imx_dma_buffer_ipu_deallocate(-1, 0);
	CHECK(error != 0);
}

int main(void)
{
	use_variables();
	use_buffers();
	use_mechanisms();
	printf("%s\n", failed ? "failed" : "done");
	return failed;
}
