/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator that uses the vendors' 2D graphics library, libg2d.so.2 or libg2d.so.1, which is opened at run time.
 * Follows g2d.h and g2dExt.h of g2d 2.1 to 2.5, whose two layouts are told apart at run time. Its memory is uncached
 * and has a physical address. imx_dma_buffer_get_fd() answers -1; where the library can export memory,
 * imx_dma_buffer_export_fd() in imxdmabuffer_ext.h gives a DMA-BUF. Errors and threads are as imxdmabuffer.h says.
 */
#ifndef IMXDMABUFFER_G2D_ALLOCATOR_H
#define IMXDMABUFFER_G2D_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Creates an allocator on libg2d.
 *
 * Sizes of buffers go up to 2 GiB less a page (EINVAL beyond); the library may have a lower limit of its own.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL when there is no such library, or
 * it gives no memory; what was missing is in the last error's sentence. Memory that is used up is no reason while the
 * process has another allocator on libg2d.
 */
ImxDmaBufferAllocator *imx_dma_buffer_g2d_allocator_new(void);

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_G2D_ALLOCATOR_H */
