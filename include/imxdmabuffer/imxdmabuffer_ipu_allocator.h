/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator for the driver of the image processing unit, /dev/mxc_ipu, of NXP kernels for i.MX5 and i.MX6. Follows
 * include/uapi/linux/ipu.h of NXP's Linux 5.15. Its memory is uncached, has a physical address below 4 GiB, and no
 * DMA-BUF: imx_dma_buffer_get_fd() returns -1. For errors and threads, see imxdmabuffer.h.
 */
#ifndef IMXDMABUFFER_IPU_ALLOCATOR_H
#define IMXDMABUFFER_IPU_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup ipu The allocator ipu
 *  @{ */

/* For imx_dma_buffer_ipu_allocator_new(): the library opens the node. */
#define IMX_DMA_BUFFER_IPU_ALLOCATOR_DEFAULT_IPU_FD (-1)

/*
 * Create an allocator for the IPU.
 *
 * ipu_fd: an open /dev/mxc_ipu (O_RDWR), which the caller keeps open while the allocator lives; or negative: the
 * library opens it, once for all allocators of the process, and keeps it open until the process ends, because some
 * versions of the driver free memory of other users when a descriptor is closed.
 *
 * The largest buffer has 2 GiB less one page; larger sizes are EINVAL.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENOENT, ENODEV, ENXIO  no IPU, or no driver for it
 *   EACCES, EPERM  this process may not open it
 *   EBADF  ipu_fd is not open
 *   ENOMEM  out of memory
 *   and the other codes of open(2) for the node, such as EMFILE
 */
ImxDmaBufferAllocator *imx_dma_buffer_ipu_allocator_new(int ipu_fd, int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_IPU_ALLOCATOR_H */
