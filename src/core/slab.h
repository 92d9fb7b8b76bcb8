/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slabs: allocators that cut small buffers from few large blocks. A block has pieces of one size; each piece in use is
 * a view of the block, without a descriptor. A block without pieces in use is freed.
 */
#ifndef IMXD_SLAB_H
#define IMXD_SLAB_H

#include "object.h"

/*
 * Make the slab of an allocator, whose memory must be uncached or maintained by ranges. Returns 0 with *slab, -EINVAL,
 * -ENOTSUP, or the code of an allocation.
 */
int imxd_slab_create(struct imxd_allocator *owner, size_t block_size, struct imxd_slab **slab);

/* Free a slab whose buffers have been freed. NULL does nothing. */
void imxd_slab_free(struct imxd_slab *slab);

/* As imxd_buffer_allocate(), and imxd_buffer_free() for pieces. */
int imxd_slab_allocate(struct imxd_allocator *owner, size_t size, size_t alignment, struct imxd_buffer **buffer);
int imxd_slab_release(struct imxd_buffer *piece);

/* Is it a small buffer of a slab? */
static inline bool imxd_slab_has(struct imxd_buffer const *buffer)
{
	return buffer->owner->slab && ((struct imxd_piece const *)buffer)->block;
}

#endif /* IMXD_SLAB_H */
