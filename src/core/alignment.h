/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Alignment of physical addresses.
 *
 * A buffer without a descriptor may begin anywhere in its block: the block is allocated with room to move. A buffer
 * with a descriptor must begin where its memory begins, since importers start there: the kernel aligns blocks by size,
 * and the result is checked.
 */
#ifndef IMXD_ALIGNMENT_H
#define IMXD_ALIGNMENT_H

#include "object.h"

/* The largest alignment by size: CONFIG_CMA_ALIGNMENT 8, its default, with pages of 4 KiB. */
#define IMXD_CMA_ALIGNMENT (1024u * 1024u)

/* Decide the size of the block. caps: of the allocator. Returns 0 with *block_size, or -EINVAL. */
int imxd_alignment_plan(unsigned int caps, size_t size, size_t alignment, size_t *block_size);

/*
 * Find the offset of an aligned buffer in its block. Returns 0 with *offset, -ENOTSUP, or -EINVAL (no power of two, and
 * the block does not happen to fit).
 */
int imxd_alignment_fit(struct imxd_block const *block, struct imxd_address const *address, size_t size,
	size_t alignment, size_t *offset);

/* Find the same without a message. Returns false if imxd_alignment_fit() would fail. */
bool imxd_alignment_find(struct imxd_block const *block, struct imxd_address const *address, size_t size,
	size_t alignment, size_t *offset);

/* Round up to whole units, four sizes for each power of two. unit: a power of two. SIZE_MAX: too large. */
size_t imxd_alignment_steps(size_t size, size_t unit);

/*
 * Return the size of a pool's blocks for this size: whole pages, four sizes for each power of two, less than a quarter
 * more than asked for, apart from the last page. Sizes whose class is above max_size are returned as they are.
 */
size_t imxd_alignment_class(size_t size, size_t max_size);

#endif /* IMXD_ALIGNMENT_H */
