/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making and freeing of buffers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alignment.h"
#include "allocator.h"
#include "locks.h"
#include "sys.h"

/* What a back end finds in a block that is zero otherwise. */
static inline void prepare(struct imxd_block *block, struct imxd_allocator const *owner)
{
	block->fd = -1;
	block->map_fd = -1;
	block->caps = owner->instance.caps;
}

static inline struct imxd_buffer *create(struct imxd_allocator *owner, size_t size)
{
	struct imxd_buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer) {
		imxd_fail_memory();
		return NULL;
	}
	buffer->parent.allocator = &owner->parent;
	buffer->owner = owner;
	buffer->size = size;
	prepare(&buffer->block, owner);
	buffer->mapping.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	return buffer;
}

static inline void free_block(struct imxd_instance *instance, struct imxd_block *block)
{
	if (instance->backend->free)
		instance->backend->free(instance, block);
	else
		imxd_sys_close(block->fd);
}

/* Of a copy the mechanism would take the parent's memory back. */
static IMXD_COLD void forget_block(struct imxd_instance *instance, struct imxd_block *block)
{
	if (instance->backend->forget)
		instance->backend->forget(instance, block);
	imxd_sys_close(block->fd);
}

static void discard(struct imxd_buffer *buffer)
{
	pthread_mutex_destroy(&buffer->mapping.lock);
	free(buffer);
}

static IMXD_COLD int fail_address(struct imxd_buffer const *buffer)
{
	char const *name = buffer->owner->instance.backend->name;

	if (buffer->address.source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return imxd_fail(ENOTSUP,
			"%s: the memory is not contiguous: %zu of %zu bytes from %" IMX_PHYSICAL_ADDRESS_FORMAT " on", name,
			buffer->address.length, buffer->size, buffer->address.value);
	return imxd_fail(ENOTSUP, "%s: %s. Programs that need none set IMXDMABUFFER_PHYSICAL_ADDRESS=optional", name,
		imxd_sentence());
}

/* The buffer's part of the block, and of what is known about the block's address. */
static inline int place(struct imxd_buffer *buffer, struct imxd_allocator const *owner, size_t alignment)
{
	struct imxd_address *address = &buffer->address;
	int code = 0;

	if (alignment > 1)
		code = imxd_alignment_fit(&buffer->block, address, buffer->size, alignment, &buffer->shift);
	if (code != 0 || address->source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return code;
	if (alignment > 1)
		imxd_address_narrow(address, buffer->shift, buffer->size);
	if (address->length < buffer->size)
		return (owner->policy == IMXD_ADDRESS_REQUIRED) ? fail_address(buffer) : 0;
	address->length = buffer->size;
	buffer->physical_address = address->value;
	return 0;
}

/* Makes a buffer of a block: finds the address, as the allocator's policy asks for it, and places the buffer. */
static inline int fill(struct imxd_buffer *buffer, struct imxd_allocator *owner, size_t alignment)
{
	struct imxd_block *block = &buffer->block;

	if (!(block->caps & IMX_DMA_BUFFER_CAPABILITY_CACHED))
		buffer->mapping.sync = &imxd_sync_nothing;
	if ((owner->policy != IMXD_ADDRESS_NOT_WANTED || block->address != 0) &&
		imxd_address_resolve(&owner->instance, block, &buffer->address) != 0 && owner->policy == IMXD_ADDRESS_REQUIRED)
		return fail_address(buffer);
	return place(buffer, owner, alignment);
}

static void enlist(struct imxd_buffer *buffer, struct imxd_allocator *owner)
{
	imxd_lock(IMXD_LOCK_LIVE);
	buffer->next = owner->live;
	if (buffer->next)
		buffer->next->previous = buffer;
	owner->live = buffer;
	imxd_unlock(IMXD_LOCK_LIVE);
}

static void delist(struct imxd_buffer *buffer)
{
	struct imxd_allocator *owner = buffer->owner;

	imxd_lock(IMXD_LOCK_LIVE);
	if (buffer->next)
		buffer->next->previous = buffer->previous;
	if (buffer->previous)
		buffer->previous->next = buffer->next;
	else
		owner->live = buffer->next;
	imxd_unlock(IMXD_LOCK_LIVE);
}

static IMXD_COLD int fail_shift(struct imxd_allocator const *owner)
{
	return imxd_fail(ENOTSUP, "%s: gave a block that is smaller than was asked for", owner->instance.backend->name);
}

static IMXD_COLD ImxDmaBuffer *give_up(struct imxd_buffer *buffer, int code, int *error)
{
	if (buffer)
		discard(buffer);
	imxd_report(error, code);
	return NULL;
}

static IMXD_COLD ImxDmaBuffer *give_back(struct imxd_buffer *buffer, int code, int *error)
{
	free_block(&buffer->owner->instance, &buffer->block);
	return give_up(buffer, code, error);
}

static int check_size(struct imxd_allocator const *owner, size_t block_size)
{
	struct imxd_instance const *instance = &owner->instance;

	if (instance->max_size != 0 && block_size > instance->max_size)
		return imxd_fail(EINVAL, "%s: blocks of %zu bytes cannot be asked for: the largest size is %zu",
			instance->backend->name, block_size, instance->max_size);
	if (block_size > owner->max_size)
		return imxd_fail(ENOMEM, "%s: %zu bytes are more than the memory of this machine, %zu bytes",
			instance->backend->name, block_size, owner->max_size);
	return 0;
}

/* Alignment and sizes that the simple way does not serve. */
static int plan(struct imxd_allocator const *owner, size_t size, size_t alignment, size_t *block_size)
{
	int code;

	if (size == 0)
		return imxd_fail(EINVAL, "a buffer of 0 bytes cannot be allocated");
	code = imxd_alignment_plan(size, alignment, block_size);
	return (code != 0) ? code : check_size(owner, *block_size);
}

/*
 * A block that had to be larger for the alignment cannot be had. Where heaps do not give that alignment to blocks of
 * the buffer's size, the alignment is what cannot be had.
 */
static IMXD_COLD int explain(struct imxd_buffer const *buffer, size_t alignment, size_t block_size, int code)
{
	if (buffer->size == 0 || block_size <= buffer->size || (code != ENOMEM && code != EINVAL))
		return code;
	if (code == ENOMEM && alignment > IMXD_CMA_ALIGNMENT && (buffer->owner->instance.caps & IMXD_CAP_DESCRIPTOR))
		code = ENOTSUP;
	return imxd_fail(code, "%zu bytes with an alignment of %zu need a block of %zu bytes: %s", buffer->size, alignment,
		block_size, imxd_sentence());
}

/* The same of the first block, whose size the path that is measured does not keep for this. */
static IMXD_COLD int explain_first(struct imxd_buffer const *buffer, size_t alignment, int code)
{
	size_t block_size;

	if (imxd_alignment_plan(buffer->size, alignment, &block_size) != 0)
		return code;
	return explain(buffer, alignment, block_size, code);
}

/* The block that came begins where an aligned buffer does not fit: gives it back, and takes one with room to shift. */
static IMXD_COLD int allocate_larger(struct imxd_buffer *buffer, struct imxd_allocator *owner, size_t alignment)
{
	size_t block_size;
	int code = imxd_alignment_plan_shift(buffer->size, alignment, &block_size);

	free_block(&owner->instance, &buffer->block);
	memset(&buffer->block, 0, sizeof(buffer->block));
	memset(&buffer->address, 0, sizeof(buffer->address));
	prepare(&buffer->block, owner);
	if (code == 0)
		code = check_size(owner, block_size);
	if (code == 0)
		code = owner->instance.backend->allocate(&owner->instance, block_size, &buffer->block);
	return explain(buffer, alignment, block_size, code);
}

/* What came does not serve: the end of it, unless a larger block would. */
static IMXD_COLD ImxDmaBuffer *retry(struct imxd_buffer *buffer, struct imxd_allocator *owner, size_t alignment,
	int code, int *error)
{
	if (code != IMXD_TOO_SMALL)
		return give_back(buffer, code, error);
	code = allocate_larger(buffer, owner, alignment);
	if (code != 0)
		return give_up(buffer, code, error);
	code = fill(buffer, owner, alignment);
	if (code != 0)
		return give_back(buffer, (code > 0) ? code : fail_shift(owner), error);
	enlist(buffer, owner);
	return &buffer->parent;
}

ImxDmaBuffer *imxd_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	struct imxd_allocator *owner = allocator->_reserved[0];
	struct imxd_buffer *buffer;
	size_t block_size = size;
	int code = 0;

	if (!owner)
		return give_up(NULL, imxd_fail(EINVAL, "allocate: this allocator is not one of the library's"), error);
	buffer = create(owner, size);
	if (!buffer)
		return give_up(NULL, ENOMEM, error);
	if (alignment > 1 || size - 1 >= owner->max_size)
		code = plan(owner, size, alignment, &block_size);
	if (code == 0)
		code = owner->instance.backend->allocate(&owner->instance, block_size, &buffer->block);
	if (code != 0)
		return give_up(buffer, explain_first(buffer, alignment, code), error);
	code = fill(buffer, owner, alignment);
	if (code != 0)
		return retry(buffer, owner, alignment, code, error);
	enlist(buffer, owner);
	return &buffer->parent;
}

/* From a buffer that is all of the block to one that is `size` bytes of it, `shift` bytes from its beginning. */
static void narrow(struct imxd_buffer *buffer, size_t shift, size_t size)
{
	struct imxd_address *address = &buffer->address;

	buffer->shift = shift;
	buffer->size = size;
	if (address->source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return;
	imxd_address_narrow(address, shift, size);
	buffer->physical_address = (address->length >= size) ? address->value : 0;
	if (address->length == 0)
		address->source = IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE;
}

struct imxd_buffer *imxd_buffer_adopt(struct imxd_allocator *owner, struct imxd_block const *block, size_t shift,
	size_t size, int *error)
{
	struct imxd_buffer *buffer = create(owner, block->size);
	struct imxd_block orphan = *block;

	if (!buffer) {
		free_block(&owner->instance, &orphan);
		imxd_set_error(error, ENOMEM);
		return NULL;
	}
	buffer->block = orphan;
	fill(buffer, owner, 1);
	narrow(buffer, shift, size);
	enlist(buffer, owner);
	return buffer;
}

void imxd_deallocate(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	if (buffer->mapping.state != 0)
		imxd_unmap_all(buffer);
	delist(buffer);
	if (!buffer->is_copy)
		free_block(&buffer->owner->instance, &buffer->block);
	else
		forget_block(&buffer->owner->instance, &buffer->block);
	discard(buffer);
}
