/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's buffers: those of its allocators, imported ones, and the shadows of wrapped ones while these are
 * mapped.
 */
#ifndef IMXD_BUFFER_H
#define IMXD_BUFFER_H

#include <pthread.h>

#include "backend.h"
#include "physaddr.h"
#include "sync.h"

struct imxd_allocator;

/* The state of a mapping. It changes under the lock, but for the count of maps above 0. */
struct imxd_mapping {
	pthread_mutex_t lock;
	/* Byte 0 of the buffer, NULL while it is not mapped. */
	uint8_t *address;
	/* 0 while it is not mapped, else how often, times 4, and the access that the mapping has. */
	_Atomic unsigned int state;
	/* Of the first map, with READ or WRITE filled in. */
	unsigned int flags;
	bool in_session;
	/* NULL until the first session asks for it. */
	struct imxd_sync const *sync;
};

struct imxd_buffer {
	ImxDmaBuffer parent;
	/* What the getters answer; constant once the buffer is handed out. */
	size_t size;
	imx_physical_address_t physical_address;
	/* Distance of byte 0 from the beginning of the block. */
	size_t shift;
	struct imxd_block block;
	struct imxd_address address;
	struct imxd_mapping mapping;
	/* The name that a received buffer came with; constant. */
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	/* In the child of a fork: the memory is the parent's. */
	bool is_copy;
	/* The allocator that frees it, whatever a program writes into parent.allocator, and its list of live buffers. */
	struct imxd_allocator *owner;
	struct imxd_buffer *next;
	struct imxd_buffer *previous;
};

/* The buffer as the library knows it, NULL where it is not one of the library's own. */
struct imxd_buffer *imxd_own_buffer(ImxDmaBuffer *buffer);

/*
 * mapping.c: the members of ImxDmaBufferAllocator for the library's own buffers; the allocator may be NULL. They report
 * errors themselves.
 */
uint8_t *imxd_map(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer, unsigned int flags, int *error);
void imxd_unmap(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
void imxd_start_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
void imxd_stop_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);

/* Unmaps a mapped buffer however often it was mapped. Nobody else may use the buffer any more. */
void imxd_unmap_all(struct imxd_buffer *buffer);
/* The strategy in use; asks the kernel where that is needed to know it. */
struct imxd_sync const *imxd_get_sync(struct imxd_buffer *buffer);

#endif /* IMXD_BUFFER_H */
