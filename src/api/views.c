/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer_view.h.
 */
#include "imxdmabuffer/imxdmabuffer_view.h"

#include <errno.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../core/allocator.h"
#include "../core/view.h"
#include "export.h"

IMXD_EXPORT ImxDmaBuffer *imx_dma_buffer_new_view(ImxDmaBuffer *buffer, size_t offset, size_t size, unsigned int flags,
	int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_buffer *own = imxd_own_buffer(buffer), *view = NULL;
	int code;

	if (!buffer)
		code = imxd_fail(-EINVAL, "the buffer is NULL");
	else if (own)
		code = imxd_view_new(own, offset, size, flags, &view);
	else
		code = imxd_fail(-ENOTSUP, "views of wrapped buffers, and of those of other allocators, are not possible");
	imxd_result(code, error);
	return (ImxDmaBuffer *)view;
}
