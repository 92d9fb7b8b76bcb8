/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator that uses the library of the Hantro video decoders of i.MX8M, libhantro.so.1, which is opened at run
 * time. Follows dwl.h of NXP's imx-vpu-hantro. Its memory has a physical address. imx_dma_buffer_get_fd() answers -1,
 * as ever; imx_dma_buffer_export_fd() in imxdmabuffer_ext.h gives the DMA-BUF that is inside. Errors and threads are as
 * imxdmabuffer.h says.
 */
#ifndef IMXDMABUFFER_DWL_ALLOCATOR_H
#define IMXDMABUFFER_DWL_ALLOCATOR_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Creates an allocator on libhantro, as a client of the decoder that was configured when this library was built (H.264
 * where none was), or of the other one where that fails.
 *
 * Sizes of buffers go up to 4 GiB less a page (EINVAL beyond).
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENODEV  there is no such library, or it gives no memory: the sentence says which nodes it would need. Memory that
 *           is used up is no reason while the process has another allocator on libhantro
 *   EACCES, EPERM  it gives no memory, and one of these nodes is closed to this process
 *   ENOMEM  out of memory
 */
ImxDmaBufferAllocator *imx_dma_buffer_dwl_allocator_new(int *error);

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_DWL_ALLOCATOR_H */
