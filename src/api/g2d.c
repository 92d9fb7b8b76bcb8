/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry point of imxdmabuffer_g2d_allocator.h.
 */
#include "imxdmabuffer/imxdmabuffer_g2d_allocator.h"

#include "../backends/g2d.h"
#include "construct.h"
#include "export.h"

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_g2d_allocator_new(void)
{
	return imxd_construct(&imxd_g2d_backend, &IMXD_OPTIONS_NONE, NULL);
}
