/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator that uses the kernel's DMA-BUF heaps (/dev/dma_heap; Linux 5.6 and newer). Follows
 * uapi/linux/dma-heap.h of Linux 6.1. Errors and threads are as imxdmabuffer.h says.
 */
#ifndef IMXDMABUFFER_DMA_HEAP_ALLOCATOR_H
#define IMXDMABUFFER_DMA_HEAP_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Heap flags to pass where there is no wish: 0, the kernel knows none. */
extern unsigned int const IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_HEAP_FLAGS;
/* Descriptor flags to pass where there is no wish: O_RDWR | O_CLOEXEC. */
extern unsigned int const IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS;

/*
 * Creates an allocator on a DMA-BUF heap.
 *
 * dma_heap_fd: an open heap node, which stays the caller's and must stay open as long as the allocator lives; or
 * negative: the library finds a heap and opens it. It then takes the path in IMXDMABUFFER_ALLOCATOR=dma-heap:PATH, or
 * the one that the library was configured with, or searches /dev/dma_heap for a CMA heap, uncached ones first.
 * heap_flags: passed to the kernel, which refuses all but 0.
 * fd_flags: for the descriptors of the buffers: O_CLOEXEC and one of O_RDONLY, O_RDWR. Writing through a mapping needs
 * O_RDWR.
 *
 * Memory counts as uncached where the heap is a CMA heap whose name ends in -uncached, or where the library was
 * configured so for this heap; otherwise as cached, which is never wrong.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENOENT, ENODEV  no heap node
 *   EACCES, EPERM  this process may not open it
 *   EBADF, ENOTTY  dma_heap_fd is not open, or not a DMA-BUF heap
 *   ENOMEM  out of memory
 *   and what open(2) answers for the node, such as EMFILE
 */
ImxDmaBufferAllocator *imx_dma_buffer_dma_heap_allocator_new(int dma_heap_fd, unsigned int heap_flags,
	unsigned int fd_flags, int *error);

/*
 * The same on an open heap node (it stays the caller's), with the caller's word for whether its memory is cached:
 * nonzero is_cached_memory_heap: sync sessions do cache maintenance; 0: they do nothing.
 *
 * Returns the allocator or NULL; the code is only in the last error's sentence, EBADF for a negative descriptor.
 */
ImxDmaBufferAllocator *imx_dma_buffer_dma_heap_allocator_new_from_fd(int dma_heap_fd, unsigned int heap_flags,
	unsigned int fd_flags, int is_cached_memory_heap);

/* The heap node's descriptor, owned as at creation; -1 for NULL and for allocators of another kind. */
int imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(ImxDmaBufferAllocator *allocator);

/*
 * Allocates from a heap node without an allocator object.
 *
 * dma_heap_fd: an open heap node; stays the caller's. size: at least 1, rounded up to whole pages by the kernel.
 * heap_flags, fd_flags: as above.
 *
 * Returns a DMA-BUF descriptor, to be closed by the caller and never 0, or -1:
 *   EBADF, ENOTTY  dma_heap_fd is not open, or not a DMA-BUF heap
 *   EINVAL  size 0, or flags that the kernel does not know
 *   ENOMEM  the heap has no memory left
 *   EMFILE, ENFILE  too many open descriptors
 *   and the other codes of DMA_HEAP_IOCTL_ALLOC
 */
int imx_dma_buffer_dma_heap_allocate_dmabuf(int dma_heap_fd, size_t size, unsigned int heap_flags,
	unsigned int fd_flags, int *error);

/* Older name of imx_dma_buffer_get_physical_address_from_dmabuf_fd(), which is to be preferred. */
imx_physical_address_t imx_dma_buffer_dma_heap_get_physical_address_from_dmabuf_fd(int dmabuf_fd, int *error);

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_DMA_HEAP_ALLOCATOR_H */
