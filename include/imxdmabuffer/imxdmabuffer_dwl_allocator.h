/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator for the library of the Hantro video decoders of i.MX8M, libhantro.so.1, which is loaded at run time.
 * Follows dwl.h of NXP's imx-vpu-hantro. Its memory has a physical address. imx_dma_buffer_get_fd() returns -1, as in
 * 1.x; imx_dma_buffer_export_fd() in imxdmabuffer_ext.h returns the DMA-BUF. For errors and threads, see
 * imxdmabuffer.h.
 */
#ifndef IMXDMABUFFER_DWL_ALLOCATOR_H
#define IMXDMABUFFER_DWL_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup dwl The allocator dwl
 *  @{ */

/*
 * Create an allocator for libhantro, as a client of the decoder that was configured when this library was built
 * (default: H.264), or of the other decoder if that fails.
 *
 * The largest buffer has 4 GiB less one page; larger sizes are EINVAL.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENODEV  the library does not exist, or allocates no memory; the message names the nodes that it needs
 *   EINVAL  IMXDMABUFFER_ALLOCATOR has a target for dwl, which has none
 *   ENOMEM  out of memory
 */
ImxDmaBufferAllocator *imx_dma_buffer_dwl_allocator_new(int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_DWL_ALLOCATOR_H */
