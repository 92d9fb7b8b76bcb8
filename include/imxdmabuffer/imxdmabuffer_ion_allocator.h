/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator that uses ION, /dev/ion, of NXP's kernels up to 5.10. Follows drivers/staging/android/uapi/ion.h of
 * Linux 4.9 (the interface with handles) and 5.10 (the one without), which are told apart at run time. Errors and
 * threads are as imxdmabuffer.h says.
 */
#ifndef IMXDMABUFFER_ION_ALLOCATOR_H
#define IMXDMABUFFER_ION_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tells imx_dma_buffer_ion_allocator_new() to open the node itself. */
#define IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_ION_FD (-1)
/* The heap of the CMA on kernels with handles. */
#define IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_ID_MASK (1 << 0)
/* Uncached memory. */
#define IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_FLAGS (0)

/*
 * Creates an allocator on ION.
 *
 * ion_fd: an open /dev/ion, which stays the caller's and must stay open as long as the allocator lives; or negative:
 * the library opens it, once for all allocators of the process (kernels with handles know one user a process).
 * ion_heap_id_mask: on kernels with handles, the heaps to allocate from, bit N for number N. Newer kernels are asked
 * for their heaps instead: the mask is ignored there, and all CMA heaps are used but those of secure or DSP memory,
 * ordinary ones before those whose name says that they are set aside for a device.
 * ion_heap_flags: ION's flags for allocations. Bit 0 asks for cached memory: sync sessions then do cache maintenance.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENOENT, ENODEV, ENXIO  no ION, or none of its heaps is contiguous
 *   EACCES, EPERM  this process may not open it
 *   EBADF, ENOTTY  ion_fd is not open, or not an ION device
 *   EBUSY   the program itself has opened an ION that knows one user a process: pass that descriptor
 *   ENOMEM  out of memory
 *   and what open(2) answers for the node, such as EMFILE
 */
ImxDmaBufferAllocator *imx_dma_buffer_ion_allocator_new(int ion_fd, unsigned int ion_heap_id_mask,
	unsigned int ion_heap_flags, int *error);

/* The ION descriptor in use, owned as at creation; -1 for NULL and for allocators of another kind. */
int imx_dma_buffer_ion_allocator_get_ion_fd(ImxDmaBufferAllocator *allocator);

/*
 * Allocates from ION without an allocator object.
 *
 * ion_fd: an open /dev/ion; stays the caller's. size: at least 1, rounded up to whole pages by the kernel. alignment:
 * of the physical address, 0 and 1 for none. The DMA-BUF may be larger than the size where the alignment needs that.
 * ion_heap_id_mask, ion_heap_flags: as above.
 *
 * Returns a DMA-BUF descriptor, to be closed by the caller and never 0, or -1:
 *   EBADF, ENOTTY  ion_fd is not open, or not an ION device
 *   EINVAL  size 0, or more than can be expressed; an alignment that is no power of two, and does not happen to fit
 *   ENODEV  there is no such heap
 *   ENOMEM  no memory left
 *   ENOTSUP  the alignment cannot be had
 *   EMFILE, ENFILE  too many open descriptors
 *   and the other codes of ION's ioctls
 */
int imx_dma_buffer_ion_allocate_dmabuf(int ion_fd, size_t size, size_t alignment, unsigned int ion_heap_id_mask,
	unsigned int ion_heap_flags, int *error);

/*
 * The physical address of a DMA-BUF. imx_dma_buffer_get_physical_address_from_dmabuf_fd() does the same without ION.
 *
 * ion_fd: an open /dev/ion, which kernels with handles ask; may be negative elsewhere. dmabuf_fd: any DMA-BUF. Both
 * stay the caller's.
 *
 * Returns the address, or 0:
 *   EBADF   dmabuf_fd is not open
 *   EINVAL  dmabuf_fd is not a DMA-BUF
 *   ENOTSUP  the address cannot be known, or the memory is scattered; the sentence says what was tried
 */
imx_physical_address_t imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(int ion_fd, int dmabuf_fd, int *error);

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_ION_ALLOCATOR_H */
