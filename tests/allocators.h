/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocators of simulated boards (tests/conformance/meson.build).
 */
#ifndef TESTS_ALLOCATORS_H
#define TESTS_ALLOCATORS_H

#include <string.h>

#include "imxdmabuffer/imxdmabuffer_config.h"
#include "imxdmabuffer/imxdmabuffer_ext.h"
#ifdef IMXDMABUFFER_ION_ALLOCATOR_ENABLED
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"
#endif

/*
 * Create an allocator by name. "ion,cached" is ION with the flag for cached memory, which no name can express; it takes
 * no flags.
 */
static inline ImxDmaBufferAllocator *new_allocator_of_board(char const *name, unsigned int flags, int *error)
{
#ifdef IMXDMABUFFER_ION_ALLOCATOR_ENABLED
	if (strcmp(name, "ion,cached") == 0)
		return imx_dma_buffer_ion_allocator_new(IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_ION_FD,
			IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_ID_MASK, 1, error);
#endif
	return imx_dma_buffer_allocator_new_by_name(name, flags, error);
}

#endif /* TESTS_ALLOCATORS_H */
