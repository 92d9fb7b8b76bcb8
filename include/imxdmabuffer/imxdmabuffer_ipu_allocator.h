/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator that uses the driver of the image processing unit, /dev/mxc_ipu, of NXP's kernels for i.MX5 and i.MX6.
 * Follows include/uapi/linux/ipu.h of NXP's Linux 5.15. Its memory is uncached, has a physical address below 4 GiB, and
 * no DMA-BUF: imx_dma_buffer_get_fd() answers -1. Errors and threads are as imxdmabuffer.h says.
 */
#ifndef IMXDMABUFFER_IPU_ALLOCATOR_H
#define IMXDMABUFFER_IPU_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tells imx_dma_buffer_ipu_allocator_new() to open the node itself. */
#define IMX_DMA_BUFFER_IPU_ALLOCATOR_DEFAULT_IPU_FD (-1)

/*
 * Creates an allocator on the IPU.
 *
 * ipu_fd: an open /dev/mxc_ipu (O_RDWR), which stays the caller's and must stay open as long as the allocator lives; or
 * negative: the library opens it, once for all allocators of the process, and keeps it open until the process ends:
 * some versions of the driver take memory from other users when it is closed.
 *
 * Sizes of buffers go up to 2 GiB less a page (EINVAL beyond).
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENOENT, ENODEV, ENXIO  no IPU, or no driver for it
 *   EACCES, EPERM  this process may not open it
 *   EBADF  ipu_fd is not open
 *   ENOMEM  out of memory
 *   and what open(2) answers for the node, such as EMFILE
 */
ImxDmaBufferAllocator *imx_dma_buffer_ipu_allocator_new(int ipu_fd, int *error);

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_IPU_ALLOCATOR_H */
