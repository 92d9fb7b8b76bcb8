/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The back ends, in the documented order of preference. The only file that knows their names.
 */
#include "imxdmabuffer_config.h"

#include "../selection.h"
#include "dma_heap.h"
#include "dwl.h"
#include "g2d.h"
#include "host.h"
#include "ion.h"
#include "ipu.h"
#include "pxp.h"

struct imxd_backend const *const imxd_backends[] = {
#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
	&imxd_dma_heap_backend,
#endif
#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
	&imxd_ion_backend,
#endif
#if defined(IMXDMABUFFER_DWL_ALLOCATOR_ENABLED)
	&imxd_dwl_backend,
#endif
#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
	&imxd_ipu_backend,
#endif
#if defined(IMXDMABUFFER_G2D_ALLOCATOR_ENABLED)
	&imxd_g2d_backend,
#endif
#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED)
	&imxd_pxp_backend,
#endif
#if defined(IMXDMABUFFER_HOST_ALLOCATOR_ENABLED)
	&imxd_host_backend,
#endif
	NULL,
};
