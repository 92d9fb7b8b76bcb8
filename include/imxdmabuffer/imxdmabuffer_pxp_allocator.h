/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator that uses the driver of the pixel pipeline, /dev/pxp_device, of NXP's kernels for i.MX6SL to 6ULL, 7D,
 * 8ULP and 93. Follows include/uapi/linux/pxp_device.h, whose three layouts are told apart at run time. Its memory is
 * write-combined, has a physical address, and no DMA-BUF: imx_dma_buffer_get_fd() answers -1. Errors and threads are as
 * imxdmabuffer.h says.
 */
#ifndef IMXDMABUFFER_PXP_ALLOCATOR_H
#define IMXDMABUFFER_PXP_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tells imx_dma_buffer_pxp_allocator_new() to open the node itself. */
#define IMX_DMA_BUFFER_PXP_ALLOCATOR_DEFAULT_PXP_FD (-1)

/*
 * Creates an allocator on the PxP.
 *
 * pxp_fd: an open /dev/pxp_device (O_RDWR), which stays the caller's and must stay open as long as the allocator lives;
 * or negative: the library opens it, once for all allocators of the process.
 *
 * Sizes of buffers go up to 4 GiB less a page (EINVAL beyond).
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENOENT, ENODEV, ENXIO  no PxP, or no driver for it
 *   EACCES, EPERM  this process may not open it
 *   EBADF  pxp_fd is not open
 *   ENOMEM  out of memory
 *   and what open(2) answers for the node, such as EMFILE
 */
ImxDmaBufferAllocator *imx_dma_buffer_pxp_allocator_new(int pxp_fd, int *error);

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_PXP_ALLOCATOR_H */
