/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Helpers of the programs for the guests' real kernels. These use the library's public interface, and check its results
 * with tests/vm/guest, which is independent of the library.
 */
#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap.h"
#include "imxdmabuffer/imxdmabuffer_ext.h"
#include "tap.h"

/* Return the allocator, or report a failed test and exit. */
static inline ImxDmaBufferAllocator *need_allocator(char const *name, unsigned int flags)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name(name, flags, NULL);

	if (!allocator) {
		tap(false, "allocator %s: %s", name ? name : "default", imx_dma_buffer_get_last_error());
		exit(tap_done());
	}
	return allocator;
}

/* Return a buffer, or report a failed test and return NULL. */
static inline ImxDmaBuffer *need_buffer(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment)
{
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, size, alignment, NULL);

	if (!buffer)
		tap(false, "%zu bytes aligned to %zu: %s", size, alignment, imx_dma_buffer_get_last_error());
	return buffer;
}

#endif /* TESTS_GUEST_H */
