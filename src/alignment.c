/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alignment.h"

#include <errno.h>

#include "sys.h"

static bool is_power_of_two(size_t value)
{
	return (value & (value - 1)) == 0;
}

static int check_rounding(size_t block_size)
{
	if (block_size > SIZE_MAX - (imxd_sys_page_size() - 1))
		return imxd_fail(EINVAL, "a size of %zu bytes cannot be rounded up to pages", block_size);
	return 0;
}

int imxd_alignment_plan(size_t size, size_t alignment, size_t *block_size)
{
	bool by_size = alignment > imxd_sys_page_size() && alignment > size && is_power_of_two(alignment);

	*block_size = by_size ? alignment : size;
	return check_rounding(*block_size);
}

int imxd_alignment_plan_shift(size_t size, size_t alignment, size_t *block_size)
{
	if (__builtin_add_overflow(size, alignment - 1, block_size))
		return imxd_fail(EINVAL, "a size of %zu with an alignment of %zu bytes overflows", size, alignment);
	return check_rounding(*block_size);
}

/* The largest power of two that the block's beginning is a multiple of, by rule. */
static size_t known_alignment(struct imxd_block const *block)
{
	size_t alignment = imxd_sys_page_size();

	if (block->caps & IMXD_CAP_ALIGNED_BY_SIZE)
		while (alignment < block->size && alignment < IMXD_CMA_ALIGNMENT)
			alignment *= 2;
	return alignment;
}

static int fit_unknown(struct imxd_block const *block, size_t alignment)
{
	if (!is_power_of_two(alignment))
		return imxd_fail(EINVAL,
			"an alignment of %zu bytes, which is no power of two, cannot be checked: the physical "
			"address is not known",
			alignment);
	if (alignment > known_alignment(block))
		return imxd_fail(ENOTSUP,
			"an alignment of %zu bytes cannot be promised: the physical address is not known, and "
			"this memory is aligned to %zu bytes only",
			alignment, known_alignment(block));
	return 0;
}

int imxd_alignment_fit(struct imxd_block const *block, struct imxd_address const *address, size_t size,
	size_t alignment, size_t *shift)
{
	bool known = address->source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE;
	size_t beyond;

	*shift = 0;
	if (alignment <= 1)
		return 0;
	if (!known)
		return fit_unknown(block, alignment);
	beyond = address->value % alignment;
	if (beyond == 0)
		return 0;
	if (!(block->caps & IMXD_CAP_DESCRIPTOR)) {
		*shift = alignment - beyond;
		return (block->size >= size && block->size - size >= *shift) ? 0 : IMXD_TOO_SMALL;
	}
	if (!is_power_of_two(alignment))
		return imxd_fail(EINVAL,
			"an alignment of %zu bytes is no power of two, and the memory at "
			"%" IMX_PHYSICAL_ADDRESS_FORMAT " does not happen to fit",
			alignment, address->value);
	return imxd_fail(ENOTSUP,
		"an alignment of %zu bytes cannot be had here: the kernel gave memory at "
		"%" IMX_PHYSICAL_ADDRESS_FORMAT "; CMA heaps align by size, up to CONFIG_CMA_ALIGNMENT (1 MiB by default)",
		alignment, address->value);
}
