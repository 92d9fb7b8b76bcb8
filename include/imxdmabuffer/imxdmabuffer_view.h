/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Views: parts of a buffer that are buffers themselves. All since 1.3. For example, the planes of a picture:
 *
 *     ImxDmaBuffer *luma = imx_dma_buffer_new_view(picture, 0, 1920 * 1080, 0, &error);
 *     ImxDmaBuffer *chroma = imx_dma_buffer_new_view(picture, 1920 * 1080, 1920 * 540, 0, &error);
 *
 *     imx_dma_buffer_deallocate(picture);
 *     encode(imx_dma_buffer_get_physical_address(luma), imx_dma_buffer_get_physical_address(chroma));
 */
#ifndef IMXDMABUFFER_VIEW_H
#define IMXDMABUFFER_VIEW_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup view Views
 *  @{ */

/* Flags of a view. */
typedef enum {
	/* The view may begin and end within a granule (the property sync_granule of the buffer). */
	IMX_DMA_BUFFER_VIEW_FLAG_SHARE_GRANULE = (1 << 0)
} ImxDmaBufferViewFlags;

/*
 * Make a buffer of a part of a buffer. It has a mapping and sync sessions of its own, and an address if the buffer
 * is known to be contiguous up to the end of the view. It can be exported and sent, with its offset. It keeps the
 * memory alive: the buffer may be deallocated first. Views may overlap.
 *
 * buffer: of an allocator of the library, imported or received; also a view.
 * offset, size: in bytes, inside the buffer; size 0: up to its end.
 * flags: ImxDmaBufferViewFlags. Without SHARE_GRANULE, the view begins and ends at multiples of the property
 * sync_granule from byte 0 of the memory on (of 64 bytes if the property is 0), or at the end of the buffer: at the
 * edge of a shared granule, data of the CPU and of devices would overwrite each other.
 *
 * Sessions maintain the view only if the property sync_is_ranged is YES; otherwise they maintain the whole DMA-BUF, as
 * those of the buffer. If a device is attached, the kernel may invalidate all of the DMA-BUF when a session starts:
 * hand over writes in other views first, with sessions or ranges. All views of a buffer share one mapping, which stays
 * until the last of them is freed: a view that is mapped for reading may be writable. imx_dma_buffer_get_fd() returns
 * -1 unless the view begins where the memory begins. The first call for a buffer may call DMA_BUF_IOCTL_PHYS, as
 * imx_dma_buffer_query_properties() does.
 *
 * Returns the view, to be freed with imx_dma_buffer_deallocate() or with the buffer's allocator, or NULL:
 *   EINVAL   NULL, outside of the buffer, unknown flags, or a shared granule
 *   ENOTSUP  a wrapped buffer, one of a program's own allocator, a small buffer of a slab, or memory whose caches a
 *            vendor's library maintains as a whole
 *   ENOMEM   out of memory
 * Threads: any. Since 1.3.
 */
ImxDmaBuffer *imx_dma_buffer_new_view(ImxDmaBuffer *buffer, size_t offset, size_t size, unsigned int flags, int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_VIEW_H */
