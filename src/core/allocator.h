/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's allocators: one object over every back end.
 */
#ifndef IMXD_ALLOCATOR_H
#define IMXD_ALLOCATOR_H

#include "imxdmabuffer/imxdmabuffer_pool.h"
#include "object.h"

/*
 * Open a back end. Returns 0 with *allocator, or a negative errno code; `tried`, unless NULL, then receives the name of
 * the node (IMX_DMA_BUFFER_NODE_SIZE bytes).
 */
int imxd_allocator_new(struct imxd_backend const *backend, struct imxd_options const *options,
	enum imxd_address_policy policy, char *tried, struct imxd_allocator **allocator);

/*
 * Make a pool around an allocator, which it keeps alive. Returns 0 with *pool, or a negative errno code, see
 * imx_dma_buffer_pool_new().
 */
int imxd_allocator_new_pool(struct imxd_allocator *inner, ImxDmaBufferPoolConfig const *config,
	struct imxd_allocator **pool);

/* The same for a slab, see imx_dma_buffer_slab_new(). */
int imxd_allocator_new_slab(struct imxd_allocator *inner, size_t block_size, struct imxd_allocator **slab);

/*
 * Free the allocator and its live buffers, and report failures. A descriptor of the caller stays open. Hold no lock.
 */
void imxd_allocator_destroy(struct imxd_allocator *allocator);

/* Return the object behind an allocator, NULL if it is not one of the library. */
struct imxd_allocator *imxd_own_allocator(ImxDmaBufferAllocator const *allocator);

/* Return the object behind a buffer, NULL if it is not one of the library. */
struct imxd_buffer *imxd_own_buffer(ImxDmaBuffer const *buffer);

/* The members of every allocator of the library. */
extern ImxDmaBufferAllocator const imxd_allocator_functions;

/*
 * Prepare an allocator that owns buffers around foreign descriptors: it lives as long as the process, and cannot
 * allocate. get_fd: its member, NULL for the usual one. Call with IMXD_LOCK_LIVE not held; again for the same one does
 * nothing.
 */
void imxd_allocator_init_static(struct imxd_allocator *allocator,
	int (*get_fd)(ImxDmaBufferAllocator *, ImxDmaBuffer *));

#endif /* IMXD_ALLOCATOR_H */
