/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The back ends, in the documented order of preference. The only file that knows their names.
 */
#include "imxdmabuffer_config.h"

#include "../selection.h"
#include "dma_heap.h"
#include "host.h"

struct imxd_backend const *const imxd_backends[] = {
#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
	&imxd_dma_heap_backend,
#endif
#if defined(IMXDMABUFFER_HOST_ALLOCATOR_ENABLED)
	&imxd_host_backend,
#endif
	NULL,
};
