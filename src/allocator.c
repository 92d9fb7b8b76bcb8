/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator object, and the functions behind the members of ImxDmaBufferAllocator. Programs may put these functions
 * into allocators of their own (to trace calls, say): what counts is the buffer's owner and, where there is no buffer
 * yet, the object that the reserved member names, not the argument.
 */
#include "allocator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "locks.h"
#include "sys.h"

static struct imxd_buffer *downcast(ImxDmaBuffer *buffer)
{
	return (struct imxd_buffer *)buffer;
}

/* Programs copy the structure to put functions of their own beside the library's: the copy still names the original. */
struct imxd_allocator *imxd_own_allocator(ImxDmaBufferAllocator *allocator)
{
	return (allocator && allocator->_reserved[0] == allocator) ? (struct imxd_allocator *)allocator : NULL;
}

/* All allocators. */
static struct imxd_allocator *allocators;

void imxd_enlist(struct imxd_allocator *allocator)
{
	imxd_lock(IMXD_LOCK_LIVE);
	allocator->next = allocators;
	allocators = allocator;
	imxd_unlock(IMXD_LOCK_LIVE);
}

static void delist(struct imxd_allocator const *allocator)
{
	struct imxd_allocator **link = &allocators;

	imxd_lock(IMXD_LOCK_LIVE);
	while (*link != allocator)
		link = &(*link)->next;
	*link = allocator->next;
	imxd_unlock(IMXD_LOCK_LIVE);
}

void imxd_note_copies(void)
{
	for (struct imxd_allocator *allocator = allocators; allocator; allocator = allocator->next) {
		allocator->is_copy = true;
		for (struct imxd_buffer *buffer = allocator->live; buffer; buffer = buffer->next) {
			buffer->is_copy = true;
			/* The parent ends it. */
			buffer->mapping.in_session = false;
			/* Whoever held it is not in this process. */
			buffer->mapping.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
		}
	}
}

static void destroy(ImxDmaBufferAllocator *allocator)
{
	struct imxd_allocator *self = imxd_own_allocator(allocator);
	struct imxd_backend const *backend;

	/* A copy of the structure, in a program's own allocator, owns nothing. */
	if (!self)
		return;
	backend = self->instance.backend;
	while (self->live)
		imxd_deallocate(allocator, &self->live->parent);
	delist(self);
	/* Of a copy, what the mechanism keeps is the parent's. */
	if (backend->close && !self->is_copy)
		backend->close(&self->instance);
	if (backend->forget && self->is_copy)
		backend->forget(&self->instance, NULL);
	if (self->instance.owns_fd)
		imxd_sys_close(self->instance.fd);
	imxd_node_unshare(self->instance.share);
	free(self);
}

static imx_physical_address_t get_physical_address(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return downcast(buffer)->physical_address;
}

static int get_fd(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return downcast(buffer)->block.fd;
}

static size_t get_size(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return downcast(buffer)->size;
}

ImxDmaBufferAllocator const imxd_allocator_functions = {
	.destroy = destroy,
	.allocate = imxd_allocate,
	.deallocate = imxd_deallocate,
	.map = imxd_map,
	.unmap = imxd_unmap,
	.start_sync_session = imxd_start_session,
	.stop_sync_session = imxd_stop_session,
	.get_physical_address = get_physical_address,
	.get_fd = get_fd,
	.get_size = get_size,
};

struct imxd_buffer *imxd_own_buffer(ImxDmaBuffer *buffer)
{
	/* Imported buffers have an allocator of their own kind, which nobody can destroy, but the same getters. */
	return (buffer && buffer->allocator && buffer->allocator->get_size == get_size &&
			   buffer->allocator->deallocate == imxd_deallocate)
		? downcast(buffer)
		: NULL;
}

ImxDmaBufferAllocator *imxd_allocator_new(struct imxd_backend const *backend, struct imxd_options const *options,
	enum imxd_address_policy policy, char *tried, int *error)
{
	struct imxd_allocator *self = calloc(1, sizeof(*self));
	int code;

	imxd_watch_forks();
	if (!self) {
		imxd_set_error(error, imxd_fail_memory());
		return NULL;
	}
	self->parent = imxd_allocator_functions;
	self->parent._reserved[0] = self;
	self->policy = (backend->address_optional && policy == IMXD_ADDRESS_REQUIRED) ? IMXD_ADDRESS_OPTIONAL : policy;
	self->instance.backend = backend;
	self->instance.fd = -1;
	code = backend->open(&self->instance, options);
	if (code != 0) {
		imxd_node_unshare(self->instance.share);
		if (tried)
			memcpy(tried, self->instance.node, IMXD_NODE_SIZE);
		free(self);
		imxd_set_error(error, code);
		return NULL;
	}
	self->max_size = imxd_sys_memory_size();
	if (self->instance.max_size != 0 && self->instance.max_size < self->max_size)
		self->max_size = self->instance.max_size;
	imxd_enlist(self);
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_INFO, "allocator %s%s%s", backend->name, self->instance.node[0] ? ": " : "",
		self->instance.node);
	return &self->parent;
}
