/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scenarios of the functions for one kind of allocator. On boards of another kind they fail, and are checked all the
 * same.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "imxdmabuffer/imxdmabuffer_config.h"

#include "scenarios.h"
#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"
#endif
#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"
#endif
#if defined(IMXDMABUFFER_DWL_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_dwl_allocator.h"
#endif
#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_ipu_allocator.h"
#endif
#if defined(IMXDMABUFFER_G2D_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_g2d_allocator.h"
#endif
#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_pxp_allocator.h"
#endif

#define SIZE 20000

/* Without a name, an allocator of this kind is found only if the board's allocator needs no name. */
static bool finds(char const *name)
{
	return strcmp(board.allocator, name) == 0;
}

/* If `there` is false, the next call may fail with any code. */
static void needs(bool there)
{
	may_fail(there ? 0 : ANY_CODE);
}

#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED) || defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
static int open_node(char const *path)
{
	int fd;

	do
		fd = open(path, O_RDWR | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd;
}
#endif

static void close_descriptor(int fd)
{
	if (fd == 0)
		problem("descriptor 0 was returned");
	if (fd >= 0)
		close(fd);
}

static void use(ImxDmaBufferAllocator *allocator)
{
	ImxDmaBuffer *buffer;

	needs(allocator);
	buffer = new_buffer(allocator, SIZE);
	needs(allocator);
	POINTER(imx_dma_buffer_map, buffer, 0, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
static void dma_heap(void)
{
	unsigned int const fd_flags = IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS;
	ImxDmaBufferAllocator *allocator, *second;
	int heap;

	needs(finds("dma-heap"));
	allocator = POINTER(imx_dma_buffer_dma_heap_allocator_new, -1, 0, fd_flags, ERROR);
	heap = VALUE(imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd, allocator);
	if (allocator && heap <= 0)
		problem("no descriptor of the heap");
	needs(allocator);
	second = POINTER(imx_dma_buffer_dma_heap_allocator_new, heap, 0, fd_flags, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, second);
	needs(allocator);
	use(POINTER_ALONE(imx_dma_buffer_dma_heap_allocator_new_from_fd, heap, 0, fd_flags, 1));
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void dma_heap_descriptors(void)
{
	unsigned int const fd_flags = IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS;
	ImxDmaBufferAllocator *allocator = board_has("dma-heap") ? new_allocator() : NULL;
	int heap = VALUE(imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd, allocator), fd;

	needs(allocator);
	fd = STATUS(imx_dma_buffer_dma_heap_allocate_dmabuf, heap, SIZE, 0, fd_flags, ERROR);
	may_fail((fd < 0) ? EBADF : ENOTSUP);
	ADDRESS(imx_dma_buffer_dma_heap_get_physical_address_from_dmabuf_fd, fd, ERROR);
	close_descriptor(fd);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}
#endif

#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
static void ion(void)
{
	ImxDmaBufferAllocator *allocator;
	int client;

	needs(finds("ion"));
	allocator = POINTER(imx_dma_buffer_ion_allocator_new, -1, 1, 0, ERROR);
	client = VALUE(imx_dma_buffer_ion_allocator_get_ion_fd, allocator);
	needs(allocator);
	use(POINTER(imx_dma_buffer_ion_allocator_new, client, 1, 0, ERROR));
	use(allocator);
}

static void ion_descriptors(void)
{
	ImxDmaBufferAllocator *allocator = board_has("ion") ? new_allocator() : NULL;
	int client = VALUE(imx_dma_buffer_ion_allocator_get_ion_fd, allocator), fd;

	needs(allocator);
	fd = STATUS(imx_dma_buffer_ion_allocate_dmabuf, client, SIZE, 4096, 1, 0, ERROR);
	may_fail((fd < 0) ? EBADF : ENOTSUP);
	ADDRESS(imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd, client, fd, ERROR);
	close_descriptor(fd);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}
#endif

#if defined(IMXDMABUFFER_DWL_ALLOCATOR_ENABLED)
static void dwl(void)
{
	needs(finds("dwl"));
	use(POINTER(imx_dma_buffer_dwl_allocator_new, ERROR));
}
#endif

#if defined(IMXDMABUFFER_G2D_ALLOCATOR_ENABLED)
static void g2d(void)
{
	needs(finds("g2d"));
	use(POINTER_ALONE(imx_dma_buffer_g2d_allocator_new));
}
#endif

#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED)
static void pxp(void)
{
	int fd;

	needs(finds("pxp"));
	use(POINTER(imx_dma_buffer_pxp_allocator_new, -1, ERROR));
	fd = open_node("/dev/pxp_device");
	needs(fd >= 0);
	use(POINTER(imx_dma_buffer_pxp_allocator_new, fd, ERROR));
	close_descriptor(fd);
}
#endif

#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
/* Exported, but in no header: kept for old programs. */
extern imx_physical_address_t imx_dma_buffer_ipu_allocate(int ipu_fd, size_t size, int *error);
extern void imx_dma_buffer_ipu_deallocate(int ipu_fd, imx_physical_address_t physical_address);

static void ipu(void)
{
	int fd;

	needs(finds("ipu"));
	use(POINTER(imx_dma_buffer_ipu_allocator_new, -1, ERROR));
	fd = open_node("/dev/mxc_ipu");
	needs(fd >= 0);
	use(POINTER(imx_dma_buffer_ipu_allocator_new, fd, ERROR));
	close_descriptor(fd);
}

static void ipu_addresses(void)
{
	int fd = open_node("/dev/mxc_ipu");
	imx_physical_address_t address;

	needs(fd >= 0);
	address = ADDRESS(imx_dma_buffer_ipu_allocate, fd, SIZE, ERROR);
	VALUE(imx_dma_buffer_ipu_deallocate, fd, address);
	close_descriptor(fd);
}
#endif

struct scenario const kind_scenarios[] = {
#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
	{"dma-heap allocator", dma_heap},
	{"dma-heap descriptors", dma_heap_descriptors},
#endif
#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
	{"ion allocator", ion},
	{"ion descriptors", ion_descriptors},
#endif
#if defined(IMXDMABUFFER_DWL_ALLOCATOR_ENABLED)
	{"dwl allocator", dwl},
#endif
#if defined(IMXDMABUFFER_G2D_ALLOCATOR_ENABLED)
	{"g2d allocator", g2d},
#endif
#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED)
	{"pxp allocator", pxp},
#endif
#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
	{"ipu allocator", ipu},
	{"ipu addresses", ipu_addresses},
#endif
	{NULL, NULL},
};
