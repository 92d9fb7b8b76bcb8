/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator for the vendors' 2D graphics library, libg2d.so.2 or libg2d.so.1, which is loaded at run time. Follows
 * g2d.h and g2dExt.h of g2d 2.1 to 2.5; their two layouts are detected at run time. Its memory is uncached and has a
 * physical address. imx_dma_buffer_get_fd() returns -1; if the library can export memory, imx_dma_buffer_export_fd() in
 * imxdmabuffer_ext.h returns a DMA-BUF. For errors and threads, see imxdmabuffer.h.
 */
#ifndef IMXDMABUFFER_G2D_ALLOCATOR_H
#define IMXDMABUFFER_G2D_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup g2d The allocator g2d
 *  @{ */

/*
 * Create an allocator for libg2d.
 *
 * The largest buffer has 2 GiB less one page; larger sizes are EINVAL. The library may have a lower limit.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL if the library does not exist or
 * allocates no memory. The message contains the reason.
 */
ImxDmaBufferAllocator *imx_dma_buffer_g2d_allocator_new(void);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_G2D_ALLOCATOR_H */
