/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "slab.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../base/sys.h"
#include "alignment.h"
#include "buffer.h"
#include "mapping.h"
#include "view.h"

/* The smallest piece: a line of the caches of all i.MX processors. */
#define SMALLEST 64u
#define LISTS 64u

/* A block of memory with pieces of one size. */
struct imxd_slab_block {
	struct imxd_buffer *whole;
	size_t stride;
	unsigned int used, pieces;
	/* The first free piece, and behind each free piece the next one. `pieces`: none. */
	unsigned int first_free;
	/* The list of blocks with free pieces, and that of all blocks. */
	struct imxd_slab_block *next, **link;
	struct imxd_slab_block *next_of_all, **link_of_all;
	unsigned int next_free[];
};

struct imxd_slab {
	/* Constant. */
	size_t block_size, unit;
	/* Guarded by IMXD_LOCK_LIVE: blocks with free pieces by the size of their pieces, and all blocks. */
	struct imxd_slab_block *lists[LISTS], *all;
};

static int check_sync(struct imxd_allocator *owner, struct imxd_sync const *sync)
{
	if (sync->coherency == IMX_DMA_BUFFER_COHERENCY_UNCACHED || sync->is_ranged)
		return 0;
	return imxd_fail(-ENOTSUP,
		"slab: sessions on memory of %s maintain whole blocks (%s), and small buffers would lose each other's data: "
		"use "
		"uncached memory, such as the heap linux,cma-uncached, or a process that maintains caches itself",
		owner->device.backend->name, imxd_sync_name(sync->coherency));
}

/* One block shows how its memory is kept coherent. */
static int find_unit(struct imxd_allocator *owner, size_t block_size, size_t *unit)
{
	struct imxd_sync const *sync;
	struct imxd_buffer *buffer;
	int code = imxd_buffer_allocate(owner, block_size, 1, 0, &buffer);

	if (code != 0)
		return code;
	sync = imxd_mapping_get_sync(buffer);
	code = check_sync(owner, sync);
	*unit = imxd_sync_granule(sync);
	if (*unit < SMALLEST)
		*unit = SMALLEST;
	imxd_buffer_free(buffer);
	return code;
}

int imxd_slab_create(struct imxd_allocator *owner, size_t block_size, struct imxd_slab **result)
{
	size_t page = imxd_sys_page_size(), unit = SMALLEST;
	struct imxd_slab *slab;
	int code;

	if (block_size < page || block_size % page != 0)
		return imxd_fail(-EINVAL, "slab: blocks of %zu bytes: the size must be a multiple of a page, %zu bytes",
			block_size, page);
	code = find_unit(owner, block_size, &unit);
	if (code != 0)
		return code;
	slab = calloc(1, sizeof(*slab));
	if (!slab)
		return imxd_fail_memory();
	slab->block_size = block_size;
	slab->unit = unit;
	*result = slab;
	return 0;
}

void imxd_slab_free(struct imxd_slab *slab)
{
	struct imxd_slab_block *next;

	for (struct imxd_slab_block *block = slab ? slab->all : NULL; block; block = next) {
		next = block->next_of_all;
		free(block);
	}
	free(slab);
}

static struct imxd_slab_block **list_of(struct imxd_slab *slab, size_t stride)
{
	return &slab->lists[stride / slab->unit % LISTS];
}

/* These functions need the lock. */
static void list_add(struct imxd_slab *slab, struct imxd_slab_block *block)
{
	struct imxd_slab_block **head = list_of(slab, block->stride);

	block->link = head;
	block->next = *head;
	if (block->next)
		block->next->link = &block->next;
	*head = block;
}

static void list_del(struct imxd_slab_block *block)
{
	*block->link = block->next;
	if (block->next)
		block->next->link = block->link;
}

static void add_block(struct imxd_slab *slab, struct imxd_slab_block *block)
{
	block->link_of_all = &slab->all;
	block->next_of_all = slab->all;
	if (block->next_of_all)
		block->next_of_all->link_of_all = &block->next_of_all;
	slab->all = block;
	list_add(slab, block);
}

static void remove_block(struct imxd_slab_block *block)
{
	*block->link_of_all = block->next_of_all;
	if (block->next_of_all)
		block->next_of_all->link_of_all = block->link_of_all;
	list_del(block);
}

/* In a forked child, the parent gives out the pieces of its blocks. */
static struct imxd_slab_block *find_block(struct imxd_slab *slab, size_t stride)
{
	struct imxd_slab_block *block = *list_of(slab, stride);

	while (block && (block->stride != stride || block->whole->inherited))
		block = block->next;
	return block;
}

static struct imxd_slab_block *new_block(struct imxd_allocator *owner, size_t stride, int *code)
{
	unsigned int pieces = (unsigned int)(owner->slab->block_size / stride);
	struct imxd_slab_block *block = calloc(1, sizeof(*block) + pieces * sizeof(block->next_free[0]));

	*code = block ? imxd_buffer_allocate(owner, owner->slab->block_size, 1, 0, &block->whole) : imxd_fail_memory();
	if (*code != 0) {
		free(block);
		return NULL;
	}
	block->stride = stride;
	block->pieces = pieces;
	for (unsigned int i = 0; i < pieces; i++)
		block->next_free[i] = i + 1;
	return block;
}

/* Take a free piece of a block with one. With the lock. */
static unsigned int take_piece(struct imxd_slab_block *block)
{
	unsigned int number = block->first_free;

	block->first_free = block->next_free[number];
	block->used++;
	if (block->used == block->pieces)
		list_del(block);
	return number;
}

/* Give a piece back, and free a block without any others. Hold no lock. Returns 0 or a negative errno code. */
static int give_back(struct imxd_slab *slab, struct imxd_slab_block *block, unsigned int number)
{
	bool is_empty;
	int code;

	imxd_lock(IMXD_LOCK_LIVE);
	if (block->used == block->pieces)
		list_add(slab, block);
	block->next_free[number] = block->first_free;
	block->first_free = number;
	block->used--;
	is_empty = block->used == 0;
	if (is_empty)
		remove_block(block);
	imxd_unlock(IMXD_LOCK_LIVE);
	if (!is_empty)
		return 0;
	code = imxd_buffer_free(block->whole);
	free(block);
	return code;
}

static int find_piece(struct imxd_allocator *owner, size_t stride, struct imxd_slab_block **block, unsigned int *number)
{
	struct imxd_slab *slab = owner->slab;
	int code = 0;

	imxd_lock(IMXD_LOCK_LIVE);
	*block = find_block(slab, stride);
	if (*block)
		*number = take_piece(*block);
	imxd_unlock(IMXD_LOCK_LIVE);
	if (*block)
		return 0;
	*block = new_block(owner, stride, &code);
	if (!*block)
		return code;
	imxd_lock(IMXD_LOCK_LIVE);
	add_block(slab, *block);
	*number = take_piece(*block);
	imxd_unlock(IMXD_LOCK_LIVE);
	return 0;
}

/* A piece has no descriptor: that of the block shows other pieces, too. */
static int make_view(struct imxd_slab_block *block, unsigned int number, size_t size, struct imxd_piece **piece)
{
	struct imxd_buffer *whole = block->whole, *view;
	int code = imxd_view_join(whole);

	if (code != 0)
		return code;
	code = imxd_buffer_init_view(whole, whole->offset + number * block->stride, size, &view);
	if (code != 0) {
		imxd_view_leave(whole);
		return code;
	}
	view->mapping.sync = imxd_mapping_get_sync(whole);
	view->block.fd = -1;
	view->block.traits.caps = whole->block.traits.caps & IMXD_CAP_PINNED;
	*piece = (struct imxd_piece *)view;
	(*piece)->block = block;
	(*piece)->number = number;
	return 0;
}

/* The distance of pieces for this size and alignment; SIZE_MAX: a piece cannot serve it. */
static size_t stride_of(struct imxd_slab const *slab, size_t size, size_t alignment)
{
	size_t stride = imxd_alignment_steps(size, slab->unit), rest;

	if (alignment > imxd_sys_page_size() || (alignment & (alignment - 1)) != 0 || stride > SIZE_MAX - alignment)
		return SIZE_MAX;
	rest = (alignment > 1) ? stride % alignment : 0;
	return (rest != 0) ? stride + alignment - rest : stride;
}

static bool is_aligned(struct imxd_piece const *piece, size_t alignment)
{
	return alignment <= 1 || piece->view.address.source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE ||
		(piece->view.address.value + piece->view.offset) % alignment == 0;
}

int imxd_slab_allocate(struct imxd_allocator *owner, size_t size, size_t alignment, struct imxd_buffer **buffer)
{
	size_t stride = stride_of(owner->slab, size, alignment);
	struct imxd_slab_block *block;
	struct imxd_piece *piece;
	unsigned int number;
	int code;

	if (size == 0 || stride > owner->slab->block_size / 2)
		return imxd_buffer_allocate(owner, size, alignment, 0, buffer);
	code = find_piece(owner, stride, &block, &number);
	if (code != 0)
		return code;
	code = make_view(block, number, size, &piece);
	if (code != 0) {
		give_back(owner->slab, block, number);
		return code;
	}
	if (is_aligned(piece, alignment)) {
		*buffer = &piece->view;
		return 0;
	}
	/* The block begins somewhere in a page. */
	imxd_slab_release(&piece->view);
	return imxd_buffer_allocate(owner, size, alignment, 0, buffer);
}

/* What the CPU wrote without a session must not be written back later. */
static int clean(struct imxd_buffer *view)
{
	unsigned int flags = IMX_DMA_BUFFER_MAPPING_FLAG_WRITE | IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE;
	int code = imxd_mapping_close(view);
	uint8_t *address;

	if (code != 0 || view->block.traits.cached == IMX_DMA_BUFFER_TRISTATE_NO ||
		!atomic_load_explicit(&view->mapping.is_dirty, memory_order_relaxed))
		return code;
	code = imxd_mapping_map(view, flags, &address);
	return (code == 0) ? imxd_mapping_unmap(view) : code;
}

int imxd_slab_release(struct imxd_buffer *view)
{
	struct imxd_piece *piece = (struct imxd_piece *)view;
	struct imxd_slab *slab = view->owner->slab;
	struct imxd_slab_block *block = piece->block;
	unsigned int number = piece->number;
	int cleaned = clean(view), freed = imxd_buffer_free(view), code;

	imxd_view_leave(block->whole);
	code = give_back(slab, block, number);
	return cleaned ? cleaned : freed ? freed : code;
}
