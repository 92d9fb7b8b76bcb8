/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocators of simulated boards (tests/conformance/meson.build).
 */
#ifndef TESTS_ALLOCATORS_H
#define TESTS_ALLOCATORS_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"
#include "imxdmabuffer/imxdmabuffer_pool.h"

/*
 * Create the allocator of a board by its name; "ion,cached" is ION with the flag for cached memory, which only its
 * constructor takes. "pool:ion,cached" is a pool around it, whose inner allocator is gone already; "slab:NAME" is a
 * slab. policy: "optional"
 * if the board has no physical addresses, otherwise "required".
 */
static inline ImxDmaBufferAllocator *new_allocator_of_board(char const *name, char const *policy, unsigned int flags,
	int *error)
{
	bool optional = strcmp(policy, "optional") == 0;

	if (strncmp(name, "slab:", strlen("slab:")) == 0) {
		ImxDmaBufferAllocator *inner = new_allocator_of_board(name + strlen("slab:"), policy, flags, error),
							  *slab = NULL;

		if (inner)
			slab = imx_dma_buffer_slab_new(inner, 65536, error);
		imx_dma_buffer_allocator_destroy(inner);
		return slab;
	}
	if (strcmp(name, "pool:ion,cached") == 0) {
		ImxDmaBufferAllocator *inner = new_allocator_of_board("ion,cached", policy, flags, error), *pool = NULL;

		if (inner)
			pool = imx_dma_buffer_pool_new(inner, NULL, error);
		imx_dma_buffer_allocator_destroy(inner);
		return pool;
	}
	if (strcmp(name, "ion,cached") == 0) {
		/* Not in threads: their boards with cached ION have addresses. */
		if (optional)
			setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", policy, 1);
		return imx_dma_buffer_ion_allocator_new(IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_ION_FD,
			IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_ID_MASK, 1, error);
	}
	if (optional)
		flags |= IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS;
	return imx_dma_buffer_allocator_new_by_name(name, flags, error);
}

#endif /* TESTS_ALLOCATORS_H */
