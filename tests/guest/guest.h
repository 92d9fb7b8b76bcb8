/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the programs that run on the guests' real kernels share. They use the library's public interface, and check what
 * it says with the means of tests/vm/guest, which do not know the library.
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

/* The allocator, or the end of the program with a failed test. */
static inline ImxDmaBufferAllocator *need_allocator(char const *name, unsigned int flags)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name(name, flags, NULL);

	if (!allocator) {
		tap(false, "allocator %s: %s", name ? name : "by default", imx_dma_buffer_get_last_error());
		exit(tap_done());
	}
	return allocator;
}

/* A buffer, or NULL after a failed test. */
static inline ImxDmaBuffer *need_buffer(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment)
{
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, size, alignment, NULL);

	if (!buffer)
		tap(false, "%zu bytes aligned to %zu: %s", size, alignment, imx_dma_buffer_get_last_error());
	return buffer;
}

#endif /* TESTS_GUEST_H */
