/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Alignment of physical addresses.
 *
 * A buffer without a descriptor may begin anywhere in its block: where a block of its size does not fit, a larger one
 * is taken, and the buffer shifted. One with a descriptor must begin where the descriptor's memory begins, since
 * importers start there: it depends on where the kernel puts blocks of a certain size, which is checked where the
 * address is known.
 */
#ifndef IMXD_ALIGNMENT_H
#define IMXD_ALIGNMENT_H

#include "physaddr.h"

/* The largest alignment that the CMA gives by size: CONFIG_CMA_ALIGNMENT 8, its default, with pages of 4 KiB. */
#define IMXD_CMA_ALIGNMENT (1024u * 1024u)

/*
 * How large a block to ask for first: most mechanisms align blocks by their size. Returns 0 with *block_size, or EINVAL
 * with a sentence.
 */
int imxd_alignment_plan(size_t size, size_t alignment, size_t *block_size);

/* How large a block has to be to hold an aligned buffer wherever it begins. Returns 0 with *block_size, or EINVAL. */
int imxd_alignment_plan_shift(size_t size, size_t alignment, size_t *block_size);

/* What imxd_alignment_fit() answers where a larger block would do, without a sentence. */
#define IMXD_TOO_SMALL (-1)

/*
 * Where a buffer of this size begins in the block that came. Returns 0 with *shift, or IMXD_TOO_SMALL, or ENOTSUP,
 * EINVAL (no power of two, and the block does not happen to fit) with a sentence.
 */
int imxd_alignment_fit(struct imxd_block const *block, struct imxd_address const *address, size_t size,
	size_t alignment, size_t *shift);

#endif /* IMXD_ALIGNMENT_H */
