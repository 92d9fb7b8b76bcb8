/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer_sync.h about fences.
 */
#include <errno.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../core/allocator.h"
#include "../core/buffer.h"
#include "../dmabuf/dmabuf.h"
#include "../dmabuf/fence.h"
#include "export.h"

/* Return the buffer's DMA-BUF, which stays its own, or a negative errno code. */
static int get_dmabuf(ImxDmaBuffer *buffer, ImxDmaBufferDirection direction)
{
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	int fd, code;

	if (!buffer)
		return imxd_fail(-EINVAL, "the buffer is NULL");
	if (direction < IMX_DMA_BUFFER_TO_DEVICE || direction > IMX_DMA_BUFFER_BIDIRECTIONAL)
		return imxd_fail(-EINVAL, "direction %d: unknown", (int)direction);
	fd = own ? own->block.fd : imx_dma_buffer_get_fd(buffer);
	if (fd < 0 || (own && !(own->block.traits.caps & IMXD_CAP_DMABUF)))
		return imxd_fail(-ENOTSUP, "the buffer has no DMA-BUF of its own, and only DMA-BUFs have fences");
	code = own ? 0 : imxd_dmabuf_check(fd);
	if (code == -EINVAL)
		code = imxd_fail(-ENOTSUP, "only DMA-BUFs have fences; %s", imxd_message());
	return (code == 0) ? fd : code;
}

IMXD_EXPORT int imx_dma_buffer_wait(ImxDmaBuffer *buffer, ImxDmaBufferDirection direction, int timeout_ms, int *error)
{
	int fd = get_dmabuf(buffer, direction), code = (fd < 0) ? fd : 0;

	if (code == 0 && timeout_ms < -1)
		code = imxd_fail(-EINVAL, "a timeout of %d ms: it is -1, without a limit, or more", timeout_ms);
	if (code == 0)
		code = imxd_fence_wait(fd, direction != IMX_DMA_BUFFER_FROM_DEVICE, timeout_ms);
	return imxd_result(code, error);
}

IMXD_EXPORT int imx_dma_buffer_export_sync_file(ImxDmaBuffer *buffer, ImxDmaBufferDirection direction, int *error)
{
	IMXD_NO_CANCEL;
	int fd = get_dmabuf(buffer, direction);

	if (fd >= 0)
		fd = imxd_fence_export(fd, direction != IMX_DMA_BUFFER_FROM_DEVICE);
	return (fd >= 0) ? fd : imxd_result(fd, error);
}

IMXD_EXPORT int imx_dma_buffer_import_sync_file(ImxDmaBuffer *buffer, int sync_file_fd, ImxDmaBufferDirection direction,
	int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	int fd = get_dmabuf(buffer, direction), code = (fd < 0) ? fd : 0;

	/* A pool must look at fences from now on. */
	if (code == 0 && own)
		imxd_buffer_note_known(own);
	if (code == 0)
		code = imxd_fence_import(fd, sync_file_fd, direction != IMX_DMA_BUFFER_TO_DEVICE);
	return imxd_result(code, error);
}
