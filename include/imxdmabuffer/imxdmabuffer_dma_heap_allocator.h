/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator for the kernel's DMA-BUF heaps (/dev/dma_heap; Linux 5.6 and newer). Follows uapi/linux/dma-heap.h of
 * Linux 6.1. For errors and threads, see imxdmabuffer.h.
 */
#ifndef IMXDMABUFFER_DMA_HEAP_ALLOCATOR_H
#define IMXDMABUFFER_DMA_HEAP_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup dma_heap The allocator dma-heap
 *  @{ */

/* Default heap flags: 0; the kernel has no flags. */
extern unsigned int const IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_HEAP_FLAGS;
/* Default descriptor flags: O_RDWR | O_CLOEXEC. */
extern unsigned int const IMX_DMA_BUFFER_DMA_HEAP_ALLOCATOR_DEFAULT_FD_FLAGS;

/*
 * Create an allocator for a DMA-BUF heap.
 *
 * dma_heap_fd: an open heap node, which the caller keeps open while the allocator lives; or negative: the library finds
 * a heap and opens it: the path in IMXDMABUFFER_ALLOCATOR=dma-heap:PATH, or the path that was configured when the
 * library was built, or a CMA heap in /dev/dma_heap, uncached ones first.
 * heap_flags: passed to the kernel, which accepts only 0.
 * fd_flags: for the descriptors of the buffers: O_CLOEXEC and one of O_RDONLY, O_RDWR. Writing through a mapping needs
 * O_RDWR.
 *
 * Memory counts as uncached if the heap is a CMA heap whose own name ends in -uncached or begins with coherent, or if
 * the library was configured so for this heap. Otherwise it counts as cached, which is always safe.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENOENT, ENODEV  no heap node
 *   EACCES, EPERM  this process may not open it
 *   EBADF, ENOTTY  dma_heap_fd is not open, or not a DMA-BUF heap
 *   ENOMEM  out of memory
 *   and the other codes of open(2) for the node, such as EMFILE
 */
ImxDmaBufferAllocator *imx_dma_buffer_dma_heap_allocator_new(int dma_heap_fd, unsigned int heap_flags,
	unsigned int fd_flags, int *error);

/*
 * As imx_dma_buffer_dma_heap_allocator_new(), for an open heap node; the caller states whether its memory is cached.
 *
 * is_cached_memory_heap: nonzero: sync sessions do cache maintenance; 0: they are memory barriers.
 *
 * Returns the allocator or NULL. The message contains the code; it is EBADF for a negative descriptor.
 */
ImxDmaBufferAllocator *imx_dma_buffer_dma_heap_allocator_new_from_fd(int dma_heap_fd, unsigned int heap_flags,
	unsigned int fd_flags, int is_cached_memory_heap);

/* Return the heap node's descriptor, which the caller must not close unless it opened it; -1 for other allocators. */
int imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(ImxDmaBufferAllocator *allocator);

/*
 * Allocate from a heap node without an allocator.
 *
 * dma_heap_fd: an open heap node; stays open. size: at least 1; the kernel rounds it up to whole pages.
 * heap_flags, fd_flags: as above.
 *
 * Returns a DMA-BUF descriptor, to be closed by the caller and never 0, or -1:
 *   EBADF, ENOTTY  dma_heap_fd is not open, or not a DMA-BUF heap
 *   EINVAL  size 0, or unknown flags
 *   ENOMEM  the heap has no memory left
 *   EMFILE, ENFILE  too many open descriptors
 *   and the other codes of DMA_HEAP_IOCTL_ALLOC
 */
int imx_dma_buffer_dma_heap_allocate_dmabuf(int dma_heap_fd, size_t size, unsigned int heap_flags,
	unsigned int fd_flags, int *error);

/* Older name of imx_dma_buffer_get_physical_address_from_dmabuf_fd(). Use the newer name. */
imx_physical_address_t imx_dma_buffer_dma_heap_get_physical_address_from_dmabuf_fd(int dmabuf_fd, int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_DMA_HEAP_ALLOCATOR_H */
