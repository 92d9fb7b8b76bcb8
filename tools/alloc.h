/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of imxdmabuffer alloc.
 */
#ifndef TOOLS_ALLOC_H
#define TOOLS_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* The command line. */
struct request {
	char const *allocator;
	/* Name for each buffer's DMA-BUF; NULL: none. */
	char const *name;
	size_t size, alignment, count;
	struct timespec hold;
	bool map, verify, holds, no_physical_address, require_physical_address, json;
};

/* One buffer and its properties. */
struct piece {
	ImxDmaBuffer *buffer;
	ImxDmaBufferProperties properties;
	ImxDmaBufferAddress address;
	/* Name of the DMA-BUF, "" without one. */
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	ImxDmaBufferTristate contiguous;
	/* Is the whole buffer contiguous from address.address on? */
	bool has_address;
	/* If it is not: the reason; malloc'd. */
	char *reason;
};

struct allocation {
	struct request const *request;
	ImxDmaBufferAllocator *allocator;
	/* If the host allocator replaces the default allocator: the reason; malloc'd. NULL otherwise. */
	char *fallback_reason;
	struct piece *pieces;
	/* Number of buffers so far. */
	size_t count;
};

/* alloc_verify.c: map each buffer for writing, and unmap it. Returns an exit code; prints an error line if it is not 0.
 */
int map_buffers(struct allocation const *allocation);

/* alloc_verify.c: fill all buffers, then read all back. Returns an exit code; prints an error line if it is not 0. */
int verify_buffers(struct allocation const *allocation);

/* alloc_report.c: query the properties of a buffer. Returns an exit code. */
int inspect_buffer(struct piece *piece);

/* alloc_report.c: print the buffers as text or JSON, and flush stdout. Returns an exit code. */
int report_buffers(struct allocation const *allocation);

#endif /* TOOLS_ALLOC_H */
