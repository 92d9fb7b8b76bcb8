/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools: allocators whose freed buffers stay idle for a while, to be given out again.
 *
 * A pool is an allocator with a copy of another one's device. Its idle buffers stay in the list of live buffers. Each
 * allocation gets a structure of its own: that of the idle buffer is spent, and is not used again until many others
 * were. So a second deallocation is found, and does not free what belongs to another buffer now.
 */
#ifndef IMXD_POOL_H
#define IMXD_POOL_H

#include "imxdmabuffer/imxdmabuffer_pool.h"
#include "object.h"

/* Make the pool of an allocator with a checked configuration. Returns NULL without memory. */
struct imxd_pool *imxd_pool_create(ImxDmaBufferPoolConfig const *config);

/* Free a pool whose buffers have been freed. NULL does nothing. */
void imxd_pool_free(struct imxd_pool *pool);

/* Allocate the idle buffers of the configuration. Returns 0 or a negative errno code. */
int imxd_pool_fill(struct imxd_allocator *owner, unsigned int count, size_t size);

/* As imxd_buffer_allocate() and imxd_buffer_free() for the buffers of a pool. -EINVAL: freed already. */
int imxd_pool_allocate(struct imxd_allocator *owner, size_t size, size_t alignment, struct imxd_buffer **buffer);
int imxd_pool_release(struct imxd_buffer *buffer);

/* As imx_dma_buffer_pool_get_stats() and imx_dma_buffer_pool_trim(). */
void imxd_pool_get_stats(struct imxd_allocator *owner, ImxDmaBufferPoolStats *stats);
void imxd_pool_trim(struct imxd_allocator *owner, size_t keep_bytes);

#endif /* IMXD_POOL_H */
