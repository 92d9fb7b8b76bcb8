/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alignment.h"

#include <errno.h>

#include "../base/error.h"
#include "../base/sys.h"

static bool is_power_of_two(size_t value)
{
	return (value & (value - 1)) == 0;
}

/* The alignment of any block with these capabilities. */
static size_t base_alignment(unsigned int caps)
{
	return (caps & (IMXD_CAP_DESCRIPTOR | IMXD_CAP_PAGE_ALIGNED)) ? imxd_sys_page_size() : 1;
}

int imxd_alignment_plan(unsigned int caps, size_t size, size_t alignment, size_t *block_size)
{
	bool fits = alignment <= 1 || (alignment <= base_alignment(caps) && is_power_of_two(alignment));

	*block_size = size;
	if (!fits && !(caps & IMXD_CAP_DESCRIPTOR)) {
		if (__builtin_add_overflow(size, alignment - 1, block_size))
			return imxd_fail(-EINVAL, "a size of %zu with an alignment of %zu bytes overflows", size, alignment);
	} else if (!fits && alignment > size && is_power_of_two(alignment)) {
		*block_size = alignment;
	}
	if (*block_size > SIZE_MAX - (imxd_sys_page_size() - 1))
		return imxd_fail(-EINVAL, "a size of %zu bytes cannot be rounded up to pages", *block_size);
	return 0;
}

/* The largest power of two that the block's address is a multiple of, by rule. */
static size_t known_alignment(struct imxd_block const *block)
{
	size_t alignment = base_alignment(block->traits.caps);

	if (block->traits.caps & IMXD_CAP_ALIGNED_BY_SIZE)
		while (alignment < block->size && alignment < IMXD_CMA_ALIGNMENT)
			alignment *= 2;
	return alignment;
}

static int refuse_unknown(struct imxd_block const *block, size_t alignment)
{
	if (!is_power_of_two(alignment))
		return imxd_fail(-EINVAL,
			"an alignment of %zu bytes is no power of two, and cannot be checked: the physical address is unknown",
			alignment);
	return imxd_fail(-ENOTSUP,
		"an alignment of %zu bytes cannot be promised: the physical address is unknown, and this memory is aligned to "
		"%zu bytes only",
		alignment, known_alignment(block));
}

bool imxd_alignment_find(struct imxd_block const *block, struct imxd_address const *address, size_t size,
	size_t alignment, size_t *offset)
{
	size_t excess;

	*offset = 0;
	if (alignment <= 1)
		return true;
	if (address->source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return is_power_of_two(alignment) && alignment <= known_alignment(block);
	excess = address->value % alignment;
	if (excess == 0 || (block->traits.caps & IMXD_CAP_DESCRIPTOR))
		return excess == 0;
	*offset = alignment - excess;
	return block->size >= size && block->size - size >= *offset;
}

int imxd_alignment_fit(struct imxd_block const *block, struct imxd_address const *address, size_t size,
	size_t alignment, size_t *offset)
{
	if (imxd_alignment_find(block, address, size, alignment, offset))
		return 0;
	if (address->source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return refuse_unknown(block, alignment);
	if (!(block->traits.caps & IMXD_CAP_DESCRIPTOR))
		return imxd_fail(-ENOTSUP, "an alignment of %zu bytes does not fit into a block of %zu bytes", alignment,
			block->size);
	if (!is_power_of_two(alignment))
		return imxd_fail(-EINVAL,
			"an alignment of %zu bytes is no power of two, and the memory at %" IMX_PHYSICAL_ADDRESS_FORMAT
			" does not happen to fit",
			alignment, address->value);
	return imxd_fail(-ENOTSUP,
		"an alignment of %zu bytes is not available: the memory is at %" IMX_PHYSICAL_ADDRESS_FORMAT "%s", alignment,
		address->value,
		(block->traits.caps & IMXD_CAP_ALIGNED_BY_SIZE)
			? "; CMA heaps align by size, up to CONFIG_CMA_ALIGNMENT (1 MiB by default)"
			: "");
}

size_t imxd_alignment_steps(size_t size, size_t unit)
{
	size_t whole, step = unit, rounded;

	if (__builtin_add_overflow(size, unit - 1, &whole))
		return SIZE_MAX;
	whole &= ~(unit - 1);
	while (step <= whole / 8)
		step *= 2;
	if (__builtin_add_overflow(whole, step - 1, &rounded))
		return SIZE_MAX;
	return rounded & ~(step - 1);
}

size_t imxd_alignment_class(size_t size, size_t max_size)
{
	size_t rounded = imxd_alignment_steps(size, imxd_sys_page_size());

	return (rounded <= max_size) ? rounded : size;
}
