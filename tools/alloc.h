/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of imxdmabuffer alloc.
 */
#ifndef TOOLS_ALLOC_H
#define TOOLS_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* What the command line asks for. */
struct request {
	char const *allocator;
	/* For each buffer's DMA-BUF; NULL: none is given. */
	char const *name;
	size_t size, alignment, count;
	struct timespec hold;
	bool map, verify, holds, no_physical_address, json;
};

/* One buffer, and what is known about it. */
struct piece {
	ImxDmaBuffer *buffer;
	ImxDmaBufferProperties properties;
	ImxDmaBufferAddress address;
	/* Of the DMA-BUF, "" where it has none. */
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	ImxDmaBufferAnswer contiguous;
	/* The whole buffer is contiguous from address.address on. */
	bool has_address;
	/* Why there is no such address; allocated. */
	char *reason;
};

struct allocation {
	struct request const *request;
	ImxDmaBufferAllocator *allocator;
	/* Why the host allocator had to serve; NULL where it had not to; allocated. */
	char *fallback_reason;
	struct piece *pieces;
	/* How many of them there are so far. */
	size_t count;
};

/* verify.c: fills all buffers, then reads all back. Returns an exit code, after an error line. */
int verify_buffers(struct allocation const *allocation);

/* report.c: asks what is known about a buffer. Returns an exit code. */
int inspect_buffer(struct piece *piece);

/* report.c: prints the buffers, as text or JSON, and writes stdout out. Returns an exit code. */
int report_buffers(struct allocation const *allocation);

/* hold.c: keeps the signals that end a hold from ending the program; to be called before anything is printed. */
void hold_prepare(void);

/* hold.c: waits that long, or until such a signal comes. */
void hold_wait(struct timespec duration);

/* hold.c: reads seconds as 2 or 0.5. Returns 0 or -1. */
int hold_parse(char const *text, struct timespec *duration);

#endif /* TOOLS_ALLOC_H */
