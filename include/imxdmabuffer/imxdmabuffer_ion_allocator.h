/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator for ION, /dev/ion, of NXP kernels up to 5.10. Follows drivers/staging/android/uapi/ion.h of Linux 4.9
 * (interface with handles) and 5.10 (interface without handles); the interface is detected at run time. For errors and
 * threads, see imxdmabuffer.h.
 */
#ifndef IMXDMABUFFER_ION_ALLOCATOR_H
#define IMXDMABUFFER_ION_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup ion The allocator ion
 *  @{ */

/* For imx_dma_buffer_ion_allocator_new(): the library opens the node. */
#define IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_ION_FD (-1)
/* The CMA heap on kernels with handles. */
#define IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_ID_MASK (1 << 0)
/* Uncached memory. */
#define IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_FLAGS (0)

/*
 * Create an allocator for ION.
 *
 * ion_fd: an open /dev/ion, which the caller keeps open while the allocator lives; or negative: the library opens it,
 * once for all allocators of the process (kernels with handles allow one user per process).
 * ion_heap_id_mask: on kernels with handles, the heaps to allocate from, bit N for number N. Newer kernels list their
 * heaps, and the mask is ignored: all CMA heaps are used except those of secure or DSP memory, ordinary ones before
 * those that are reserved for a device according to their name.
 * ion_heap_flags: ION's flags for allocations. Bit 0 requests cached memory: sync sessions then do cache maintenance.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENOENT, ENODEV, ENXIO  no ION, or none of its heaps is contiguous
 *   EACCES, EPERM  this process may not open it
 *   EBADF, ENOTTY  ion_fd is not open, or not an ION device
 *   EBUSY   this ION allows one user per process, and the program has opened it: pass that descriptor
 *   ENOMEM  out of memory
 *   and the other codes of open(2) for the node, such as EMFILE
 */
ImxDmaBufferAllocator *imx_dma_buffer_ion_allocator_new(int ion_fd, unsigned int ion_heap_id_mask,
	unsigned int ion_heap_flags, int *error);

/* Return the ION descriptor, which the caller must not close unless it opened it; -1 for other allocators. */
int imx_dma_buffer_ion_allocator_get_ion_fd(ImxDmaBufferAllocator *allocator);

/*
 * Allocate from ION without an allocator.
 *
 * ion_fd: an open /dev/ion; stays open. size: at least 1; the kernel rounds it up to whole pages.
 * alignment: of the physical address; 0 or 1: no requirement. The DMA-BUF may be larger than the size if the alignment
 * needs it.
 * ion_heap_id_mask, ion_heap_flags: as above.
 *
 * Returns a DMA-BUF descriptor, to be closed by the caller and never 0, or -1:
 *   EBADF, ENOTTY  ion_fd is not open, or not an ION device
 *   EINVAL  size 0, or a size that cannot be expressed; an alignment that is not a power of two, unless the memory
 *           happens to be aligned to it
 *   ENODEV  the heap does not exist
 *   ENOMEM  no memory left
 *   ENOTSUP  the alignment is not possible
 *   EMFILE, ENFILE  too many open descriptors
 *   and the other codes of ION's ioctls
 */
int imx_dma_buffer_ion_allocate_dmabuf(int ion_fd, size_t size, size_t alignment, unsigned int ion_heap_id_mask,
	unsigned int ion_heap_flags, int *error);

/*
 * Return the physical address of a DMA-BUF. imx_dma_buffer_get_physical_address_from_dmabuf_fd() does not need ION.
 *
 * ion_fd: an open /dev/ion, needed on kernels with handles; may be negative elsewhere. dmabuf_fd: any DMA-BUF. Both
 * stay open.
 *
 * Returns the address, or 0:
 *   EBADF   dmabuf_fd is not open
 *   EINVAL  dmabuf_fd is not a DMA-BUF
 *   ENOTSUP  the address is unknown, or the memory is scattered; the message lists the attempts
 *   EIO, ENOMEM, EFAULT  the kernel's code if DMA_BUF_IOCTL_PHYS failed, and nothing else gives the address
 */
imx_physical_address_t imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(int ion_fd, int dmabuf_fd, int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_ION_ALLOCATOR_H */
