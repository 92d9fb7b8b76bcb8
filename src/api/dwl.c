/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry point of imxdmabuffer_dwl_allocator.h.
 */
#include "imxdmabuffer/imxdmabuffer_dwl_allocator.h"

#include "../backends/dwl.h"
#include "construct.h"
#include "export.h"

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_dwl_allocator_new(int *error)
{
	return imxd_construct(&imxd_dwl_backend, &IMXD_OPTIONS_NONE, error);
}
