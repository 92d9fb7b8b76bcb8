/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer_sync.h that synchronise ranges and attach devices.
 */
#include <errno.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../core/allocator.h"
#include "../core/mapping.h"
#include "../core/session.h"
#include "../core/wrapped.h"
#include "export.h"

static int run(ImxDmaBuffer *buffer, struct imxd_range_call const *call, int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	int code;

	if (!buffer)
		code = imxd_fail(-EINVAL, "the buffer is NULL");
	else if (own)
		code = imxd_mapping_sync_ranges(own, call);
	else
		code = imxd_wrapped_sync_ranges(buffer, call);
	return imxd_result(code, error);
}

IMXD_EXPORT int imx_dma_buffer_sync_for_device(ImxDmaBuffer *buffer, ImxDmaBufferRange const *ranges, size_t num_ranges,
	ImxDmaBufferDirection direction, int *error)
{
	struct imxd_range_call const call = {true, direction, ranges, num_ranges};

	return run(buffer, &call, error);
}

IMXD_EXPORT int imx_dma_buffer_sync_for_cpu(ImxDmaBuffer *buffer, ImxDmaBufferRange const *ranges, size_t num_ranges,
	ImxDmaBufferDirection direction, int *error)
{
	struct imxd_range_call const call = {false, direction, ranges, num_ranges};

	return run(buffer, &call, error);
}

IMXD_EXPORT int imx_dma_buffer_attach_device(ImxDmaBuffer *buffer, int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	int code;

	if (!buffer)
		code = imxd_fail(-EINVAL, "the buffer is NULL");
	else if (own)
		code = imxd_mapping_attach(own);
	else
		code = imxd_fail(-ENOTSUP, "a device cannot be attached to a wrapped buffer, or to one of another allocator");
	return imxd_result(code, error);
}
