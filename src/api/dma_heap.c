/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry points of imxdmabuffer_dma_heap_allocator.h.
 */
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "imxdmabuffer_config.h"

#include "../backends/dma_heap.h"
#include "../base/error.h"
#include "../base/locks.h"
#include "../core/allocator.h"
#include "construct.h"
#include "export.h"
#include "result.h"

IMXD_EXPORT unsigned int const IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_HEAP_FLAGS = 0;
IMXD_EXPORT unsigned int const IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS = O_RDWR | O_CLOEXEC;

/* Exported since 1.x, without a declaration in a header. */
extern char const *IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_DMA_HEAP_NODE;
IMXD_EXPORT char const *IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_DMA_HEAP_NODE =
	IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH;

static ImxDmaBufferAllocator *new_allocator(int fd, unsigned int heap_flags, unsigned int fd_flags,
	ImxDmaBufferTristate cached, int *error)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;

	options.fd = fd;
	options.heap_flags = heap_flags;
	options.fd_flags = fd_flags;
	options.cached = cached;
	return imxd_construct(&imxd_dma_heap_backend, &options, error);
}

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_dma_heap_allocator_new(int dma_heap_fd, unsigned int heap_flags,
	unsigned int fd_flags, int *error)
{
	return new_allocator(dma_heap_fd, heap_flags, fd_flags, IMX_DMA_BUFFER_TRISTATE_UNKNOWN, error);
}

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_dma_heap_allocator_new_from_fd(int dma_heap_fd,
	unsigned int heap_flags, unsigned int fd_flags, int is_cached_memory_heap)
{
	if (dma_heap_fd < 0) {
		imxd_report(NULL, imxd_fail(-EBADF, "descriptor %d: not an open DMA-BUF heap (EBADF)", dma_heap_fd));
		return NULL;
	}
	return new_allocator(dma_heap_fd, heap_flags, fd_flags,
		is_cached_memory_heap ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_NO, NULL);
}

IMXD_EXPORT int imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(ImxDmaBufferAllocator *allocator)
{
	struct imxd_allocator *self = imxd_own_allocator(allocator);

	return (self && self->device.backend == &imxd_dma_heap_backend) ? self->device.fd : -1;
}

IMXD_EXPORT int imx_dma_buffer_dma_heap_allocate_dmabuf(int dma_heap_fd, size_t size, unsigned int heap_flags,
	unsigned int fd_flags, int *error)
{
	IMXD_NO_CANCEL;
	int fd = imxd_dma_heap_allocate(dma_heap_fd, size, heap_flags, fd_flags);
	char name[32];

	if (fd >= 0)
		return fd;
	snprintf(name, sizeof(name), "descriptor %d", dma_heap_fd);
	imxd_report(error, imxd_dma_heap_fail(fd, name, size, heap_flags, fd_flags));
	return -1;
}

IMXD_EXPORT imx_physical_address_t imx_dma_buffer_dma_heap_get_physical_address_from_dmabuf_fd(int dmabuf_fd,
	int *error)
{
	return imxd_address_of_descriptor(NULL, dmabuf_fd, error);
}
