/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/sys.h"
#include "alignment.h"
#include "live.h"
#include "mapping.h"
#include "physaddr.h"
#include "proof.h"
#include "shared_map.h"
#include "sharing.h"

static size_t size_of(struct imxd_allocator const *owner)
{
	if (owner->pool)
		return sizeof(struct imxd_pooled);
	return owner->slab ? sizeof(struct imxd_piece) : sizeof(struct imxd_buffer);
}

static struct imxd_buffer *create(struct imxd_allocator *owner, size_t size)
{
	struct imxd_buffer *buffer = calloc(1, size_of(owner));

	if (!buffer)
		return NULL;
	buffer->parent.allocator = &owner->parent;
	buffer->owner = owner;
	buffer->size = size;
	buffer->block = IMXD_BLOCK_INIT;
	buffer->block.traits = owner->device.traits;
	buffer->mapping.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	return buffer;
}

static void discard(struct imxd_buffer *buffer)
{
	pthread_mutex_destroy(&buffer->mapping.lock);
	free(buffer);
}

static void free_block(struct imxd_device *device, struct imxd_block *block)
{
	if (device->backend->free)
		device->backend->free(device, block);
	else
		imxd_sys_close(block->fd);
}

/* In a forked child, free() would release the parent's memory. */
static void release_inherited(struct imxd_device *device, struct imxd_block *block)
{
	if (device->backend->release_in_child)
		device->backend->release_in_child(device, block);
	imxd_sys_close(block->fd);
}

/* code: of the search for the address, 0 if it was found. */
static int fail_address(struct imxd_buffer const *buffer, struct imxd_address const *address, int code)
{
	char const *name = buffer->owner->device.backend->name;

	if (address->source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return imxd_fail(-ENOTSUP,
			"%s: the memory is not contiguous: %zu of %zu bytes from %" IMX_PHYSICAL_ADDRESS_FORMAT " on", name,
			address->length, buffer->size, address->value);
	if (code != 0 && code != -ENOTSUP)
		return imxd_fail(code, "%s: %s", name, imxd_message());
	return imxd_fail(-ENOTSUP,
		"%s: %s. Programs that need no address use IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS, or with the "
		"constructors of 1.x IMXDMABUFFER_PHYSICAL_ADDRESS=optional",
		name, imxd_message());
}

int imxd_buffer_place(struct imxd_buffer *buffer, size_t size, size_t alignment)
{
	bool is_required = buffer->owner->policy == IMXD_ADDRESS_REQUIRED;
	struct imxd_address address;
	int code = imxd_alignment_fit(&buffer->block, &buffer->address, size, alignment, &buffer->offset);

	buffer->size = size;
	buffer->physical_address = 0;
	if (code != 0 || buffer->address.source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return code;
	address = imxd_address_narrow(&buffer->address, buffer->offset, size);
	if (address.length < size)
		return is_required ? fail_address(buffer, &address, 0) : 0;
	buffer->physical_address = address.value;
	return 0;
}

bool imxd_buffer_can_place(struct imxd_buffer const *buffer, size_t size, size_t alignment)
{
	struct imxd_block const *block = &buffer->block;
	size_t offset;

	if (!imxd_alignment_find(block, &buffer->address, size, alignment, &offset))
		return false;
	return buffer->owner->policy != IMXD_ADDRESS_REQUIRED ||
		imxd_address_narrow(&buffer->address, offset, size).length >= size;
}

/* Find the address of the block, as the owner's policy requires it. */
static int find_address(struct imxd_buffer *buffer)
{
	struct imxd_allocator *owner = buffer->owner;
	int code = 0;

	if (owner->policy != IMXD_ADDRESS_NOT_WANTED || buffer->block.address != 0)
		code = imxd_address_resolve(&owner->device, &buffer->block, &buffer->address);
	if (code != 0 && owner->policy == IMXD_ADDRESS_REQUIRED)
		return fail_address(buffer, &buffer->address, code);
	return 0;
}

/*
 * The kernel's zeros are still in the cache. DMA_BUF_IOCTL_PHYS cleans, and so do pagemap's resolver on arm64 and the
 * attachment of a device, which may be this buffer's way to stay coherent.
 */
static void clean_before_use(struct imxd_buffer *buffer)
{
	if (buffer->address.source == IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP)
		imxd_mapping_get_sync(buffer);
}

static int check_size(struct imxd_allocator const *owner, size_t block_size)
{
	char const *name = owner->device.backend->name;

	if (owner->device.max_size != 0 && block_size > owner->device.max_size)
		return imxd_fail(-EINVAL, "%s: blocks of %zu bytes cannot be allocated: the largest size is %zu", name,
			block_size, owner->device.max_size);
	if (block_size > owner->max_size)
		return imxd_fail(-ENOMEM, "%s: %zu bytes are more than the memory of this machine, %zu bytes", name, block_size,
			owner->max_size);
	return 0;
}

/*
 * Name the alignment in the message if it is the reason for a larger block. Heaps beyond IMXD_CMA_ALIGNMENT would not
 * align a smaller block: the alignment is not available then, rather than the memory.
 */
static int explain_alignment(struct imxd_buffer const *buffer, size_t alignment, size_t block_size, int code)
{
	if (block_size <= buffer->size || (code != -ENOMEM && code != -EINVAL))
		return code;
	if (code == -ENOMEM && alignment > IMXD_CMA_ALIGNMENT && (buffer->owner->device.traits.caps & IMXD_CAP_DESCRIPTOR))
		code = -ENOTSUP;
	return imxd_fail(code, "%zu bytes with an alignment of %zu need a block of %zu bytes: %s", buffer->size, alignment,
		block_size, imxd_message());
}

static int allocate_block(struct imxd_buffer *buffer, size_t alignment, size_t least)
{
	struct imxd_device *device = &buffer->owner->device;
	size_t block_size, whole_size;
	int code = imxd_alignment_plan(device->traits.caps, buffer->size, alignment, &block_size);

	if (code != 0)
		return code;
	whole_size = (block_size > least) ? block_size : least;
	code = check_size(buffer->owner, whole_size);
	if (code == 0)
		code = device->backend->allocate(device, whole_size, &buffer->block);
	return (code == 0) ? 0 : explain_alignment(buffer, alignment, block_size, code);
}

/* Free the block of a failed allocation, whose message stays. */
static void give_back(struct imxd_buffer *buffer, int code)
{
	char text[IMXD_MESSAGE_SIZE];

	memcpy(text, imxd_message(), strlen(imxd_message()) + 1);
	free_block(&buffer->owner->device, &buffer->block);
	imxd_fail(code, "%s", text);
}

int imxd_buffer_allocate(struct imxd_allocator *owner, size_t size, size_t alignment, size_t least,
	struct imxd_buffer **result)
{
	struct imxd_buffer *buffer;
	int code;

	if (size == 0)
		return imxd_fail(-EINVAL, "a buffer of 0 bytes cannot be allocated");
	buffer = create(owner, size);
	if (!buffer)
		return imxd_fail_memory();
	code = allocate_block(buffer, alignment, least);
	if (code == 0) {
		code = find_address(buffer);
		if (code == 0)
			code = imxd_buffer_place(buffer, size, alignment);
		if (code != 0)
			give_back(buffer, code);
	}
	if (code != 0) {
		discard(buffer);
		return code;
	}
	if (owner->pool)
		imxd_proof_measure(buffer);
	clean_before_use(buffer);
	imxd_live_add(buffer);
	*result = buffer;
	return 0;
}

int imxd_buffer_init_from_block(struct imxd_allocator *owner, struct imxd_block const *block, size_t offset,
	size_t size, struct imxd_buffer **result)
{
	struct imxd_buffer *buffer = create(owner, size);
	struct imxd_block orphan = *block;
	struct imxd_address address;

	if (!buffer) {
		free_block(&owner->device, &orphan);
		return imxd_fail_memory();
	}
	buffer->block = orphan;
	buffer->is_import = true;
	buffer->offset = offset;
	find_address(buffer);
	address = imxd_address_narrow(&buffer->address, offset, size);
	if (address.length >= size)
		buffer->physical_address = address.value;
	imxd_live_add(buffer);
	*result = buffer;
	return 0;
}

/* Other buffers are on the same DMA-BUF. */
int imxd_buffer_init_view(struct imxd_buffer *whole, size_t offset, size_t size, struct imxd_buffer **view)
{
	struct imxd_buffer *buffer = create(whole->owner, size);
	struct imxd_address address;

	if (!buffer)
		return imxd_fail_memory();
	buffer->whole = whole;
	buffer->is_import = true;
	buffer->inherited = whole->inherited;
	buffer->block = whole->block;
	/* The memory may have been written to since. */
	buffer->block.traits.caps &= ~(unsigned int)IMXD_CAP_ZEROED;
	buffer->offset = offset;
	buffer->address = whole->address;
	address = imxd_address_narrow(&buffer->address, offset, size);
	if (address.source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE && address.length >= size)
		buffer->physical_address = address.value;
	imxd_live_add(buffer);
	*view = buffer;
	return 0;
}

/* The block of a view is that of the whole buffer. */
static void free_memory(struct imxd_buffer *buffer)
{
	struct imxd_device *device = &buffer->owner->device;

	imxd_shared_map_free(buffer);
	/* Memory without a descriptor would be given to others while this process can still write to it. */
	if (buffer->whole || (buffer->mapping.is_lost && buffer->block.fd < 0))
		return;
	if (buffer->inherited)
		release_inherited(device, &buffer->block);
	else
		free_block(device, &buffer->block);
}

int imxd_buffer_close(struct imxd_buffer *buffer)
{
	int code;

	/* Nobody evicts its mapping from here on. */
	imxd_live_remove(buffer);
	code = imxd_mapping_unmap_all(buffer);
	imxd_sharing_put(buffer->mapping.sharing, buffer->is_import, &buffer->block);
	free_memory(buffer);
	return code;
}

int imxd_buffer_free(struct imxd_buffer *buffer)
{
	int code = imxd_buffer_close(buffer);

	discard(buffer);
	return code;
}
