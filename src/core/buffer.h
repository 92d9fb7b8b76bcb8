/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocating and freeing buffers.
 */
#ifndef IMXD_BUFFER_H
#define IMXD_BUFFER_H

#include <stdatomic.h>

#include "object.h"

/*
 * As imx_dma_buffer_allocate(), in a block of at least `least` bytes. Returns 0 with *buffer, or a negative errno code.
 */
int imxd_buffer_allocate(struct imxd_allocator *owner, size_t size, size_t alignment, size_t least,
	struct imxd_buffer **buffer);

/* Would imxd_buffer_place() succeed, with an address if the owner requires one? Sets no message. */
bool imxd_buffer_can_place(struct imxd_buffer const *buffer, size_t size, size_t alignment);

/*
 * Take `size` bytes with this alignment of the buffer's block, from its address on if that is known. Returns 0, or a
 * negative errno code if the block cannot give them.
 */
int imxd_buffer_place(struct imxd_buffer *buffer, size_t size, size_t alignment);

/*
 * Make a buffer of `size` bytes of a block, `offset` bytes from its beginning. The block then belongs to the buffer,
 * and is freed if this fails. Returns 0 with *buffer, or -ENOMEM.
 */
int imxd_buffer_init_from_block(struct imxd_allocator *owner, struct imxd_block const *block, size_t offset,
	size_t size, struct imxd_buffer **buffer);

/* Make a view of `size` bytes, `offset` bytes from the beginning of the block. Returns 0 with *view, or -ENOMEM. */
int imxd_buffer_init_view(struct imxd_buffer *whole, size_t offset, size_t size, struct imxd_buffer **view);

/* As imx_dma_buffer_deallocate(). Returns as imxd_mapping_unmap(); the buffer is freed either way. */
int imxd_buffer_free(struct imxd_buffer *buffer);

/* The same, but the structure stays. */
int imxd_buffer_close(struct imxd_buffer *buffer);

/* The program has seen the descriptor, also if it asked a view for it. */
static inline void imxd_buffer_note_known(struct imxd_buffer *buffer)
{
	struct imxd_buffer *whole = buffer->whole ? buffer->whole : buffer;

	atomic_store_explicit(&whole->is_known, true, memory_order_relaxed);
}

#endif /* IMXD_BUFFER_H */
