/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making and freeing of buffers.
 */
#include <errno.h>
#include <stdlib.h>

#include "alignment.h"
#include "allocator.h"

static struct imxd_buffer *create(struct imxd_allocator *owner, size_t size)
{
	struct imxd_buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer) {
		imxd_fail_memory();
		return NULL;
	}
	buffer->parent.allocator = &owner->parent;
	buffer->owner = owner;
	buffer->size = size;
	buffer->fd = -1;
	buffer->block.fd = -1;
	buffer->block.map_fd = -1;
	buffer->block.caps = owner->instance.caps;
	buffer->address.kernel_has_phys = IMX_DMA_BUFFER_UNKNOWN;
	pthread_mutex_init(&buffer->mapping.lock, NULL);
	return buffer;
}

static void discard(struct imxd_buffer *buffer)
{
	pthread_mutex_destroy(&buffer->mapping.lock);
	free(buffer);
}

static int fail_address(struct imxd_buffer const *buffer)
{
	char const *name = buffer->owner->instance.backend->name;

	if (buffer->address.source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return imxd_fail(ENOTSUP,
			"%s: the memory is not contiguous: %zu of %zu bytes from %" IMX_PHYSICAL_ADDRESS_FORMAT " on", name,
			buffer->address.length, buffer->size, buffer->address.value);
	return imxd_fail(ENOTSUP, "%s: %s. Programs that need none set IMXDMABUFFER_PHYSICAL_ADDRESS=optional", name,
		imxd_sentence());
}

/* The address of the block's beginning, as the allocator's policy asks for it. */
static int find_address(struct imxd_buffer *buffer)
{
	enum imxd_address_policy policy = buffer->owner->policy;
	struct imxd_block const *block = &buffer->block;

	if (policy == IMXD_ADDRESS_NOT_WANTED && block->address == 0)
		return 0;
	imxd_address_resolve(block, 0, buffer->size, &buffer->address);
	if (policy == IMXD_ADDRESS_REQUIRED && !imxd_address_covers(&buffer->address, buffer->size))
		return fail_address(buffer);
	return 0;
}

static int fill(struct imxd_buffer *buffer, size_t alignment)
{
	int code;

	if (buffer->block.map_fd < 0)
		buffer->block.map_fd = buffer->block.fd;
	code = find_address(buffer);
	if (code != 0)
		return code;
	code = imxd_alignment_fit(&buffer->block, &buffer->address, alignment, &buffer->shift);
	if (code != 0)
		return code;
	buffer->address.value += buffer->shift;
	buffer->fd = buffer->block.fd;
	if (!(buffer->block.caps & IMX_DMA_BUFFER_CAPABILITY_CACHED))
		buffer->mapping.sync = &imxd_sync_nothing;
	if (imxd_address_covers(&buffer->address, buffer->size))
		buffer->physical_address = buffer->address.value;
	return 0;
}

static void enlist(struct imxd_buffer *buffer)
{
	struct imxd_allocator *owner = buffer->owner;

	pthread_mutex_lock(&owner->lock);
	buffer->next = owner->live;
	if (buffer->next)
		buffer->next->previous = buffer;
	owner->live = buffer;
	pthread_mutex_unlock(&owner->lock);
}

static void delist(struct imxd_buffer *buffer)
{
	struct imxd_allocator *owner = buffer->owner;

	pthread_mutex_lock(&owner->lock);
	if (buffer->next)
		buffer->next->previous = buffer->previous;
	if (buffer->previous)
		buffer->previous->next = buffer->next;
	else
		owner->live = buffer->next;
	pthread_mutex_unlock(&owner->lock);
}

static int allocate(struct imxd_buffer *buffer, size_t alignment)
{
	struct imxd_instance *instance = &buffer->owner->instance;
	size_t block_size = buffer->size;
	int code = 0;

	if (buffer->size == 0)
		return imxd_fail(EINVAL, "a buffer of 0 bytes cannot be allocated");
	if (alignment > 1 || buffer->size > SIZE_MAX / 2)
		code = imxd_alignment_plan(buffer->size, alignment, instance->caps, &block_size);
	if (code == 0)
		code = instance->backend->allocate(instance, block_size, &buffer->block);
	if (code != 0)
		return code;
	code = fill(buffer, alignment);
	if (code != 0)
		instance->backend->free(instance, &buffer->block);
	return code;
}

struct imxd_buffer *imxd_buffer_new(struct imxd_allocator *owner, size_t size, size_t alignment, int *error)
{
	struct imxd_buffer *buffer = create(owner, size);
	int code = buffer ? allocate(buffer, alignment) : ENOMEM;

	if (code == 0) {
		enlist(buffer);
		return buffer;
	}
	if (buffer)
		discard(buffer);
	imxd_set_error(error, code);
	return NULL;
}

struct imxd_buffer *imxd_buffer_adopt(struct imxd_allocator *owner, struct imxd_block const *block, size_t size,
	int *error)
{
	struct imxd_buffer *buffer = create(owner, size);
	struct imxd_block orphan = *block;

	if (!buffer) {
		owner->instance.backend->free(&owner->instance, &orphan);
		imxd_set_error(error, ENOMEM);
		return NULL;
	}
	buffer->block = orphan;
	fill(buffer, 1);
	enlist(buffer);
	return buffer;
}

void imxd_deallocate(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;
	struct imxd_instance *instance = &buffer->owner->instance;

	if (buffer->mapping.count != 0)
		imxd_unmap_all(buffer);
	delist(buffer);
	instance->backend->free(instance, &buffer->block);
	discard(buffer);
}

void imxd_buffer_free(struct imxd_buffer *buffer)
{
	imxd_deallocate(NULL, &buffer->parent);
}
