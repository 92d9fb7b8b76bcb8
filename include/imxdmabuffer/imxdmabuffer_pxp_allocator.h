/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator for the driver of the pixel pipeline, /dev/pxp_device, of NXP kernels for i.MX6SL to 6ULL, 7D, 8ULP, 93
 * and 94. Follows include/uapi/linux/pxp_device.h; its three layouts are detected at run time. Its memory is
 * write-combined, has a physical address, and no DMA-BUF: imx_dma_buffer_get_fd() returns -1. For errors and threads,
 * see imxdmabuffer.h.
 */
#ifndef IMXDMABUFFER_PXP_ALLOCATOR_H
#define IMXDMABUFFER_PXP_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup pxp The allocator pxp
 *  @{ */

/* For imx_dma_buffer_pxp_allocator_new(): the library opens the node. */
#define IMX_DMA_BUFFER_PXP_ALLOCATOR_DEFAULT_PXP_FD (-1)

/*
 * Create an allocator for the PxP.
 *
 * pxp_fd: an open /dev/pxp_device (O_RDWR), which the caller keeps open while the allocator lives; or negative: the
 * library opens it, once for all allocators of the process.
 *
 * The largest buffer has 4 GiB less one page; larger sizes are EINVAL.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENOENT, ENODEV, ENXIO  no PxP, or no driver for it
 *   EACCES, EPERM  this process may not open it
 *   EBADF  pxp_fd is not open
 *   ENOMEM  out of memory
 *   and the other codes of open(2) for the node, such as EMFILE
 */
ImxDmaBufferAllocator *imx_dma_buffer_pxp_allocator_new(int pxp_fd, int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_PXP_ALLOCATOR_H */
