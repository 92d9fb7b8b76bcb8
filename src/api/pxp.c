/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry point of imxdmabuffer_pxp_allocator.h.
 */
#include "imxdmabuffer/imxdmabuffer_pxp_allocator.h"

#include "../backends/pxp.h"
#include "construct.h"
#include "export.h"

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_pxp_allocator_new(int pxp_fd, int *error)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;

	options.fd = pxp_fd;
	return imxd_construct(&imxd_pxp_backend, &options, error);
}
