/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator object, and the members of ImxDmaBufferAllocator. A program may copy these members into an allocator of
 * its own (to trace calls, say). The owner of the buffer therefore decides, or if there is no buffer yet the object in
 * the reserved member, not the argument.
 */
#include "allocator.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../backend/node_share.h"
#include "../base/error.h"
#include "../base/locks.h"
#include "../base/sys.h"
#include "buffer.h"
#include "cpu_map.h"
#include "live.h"
#include "mapping.h"
#include "pool.h"
#include "pool_config.h"
#include "session.h"
#include "slab.h"
#include "view.h"

static struct imxd_buffer *downcast(ImxDmaBuffer *buffer)
{
	return (struct imxd_buffer *)buffer;
}

/* In a copy of the structure, the reserved member still points to the original. */
struct imxd_allocator *imxd_own_allocator(ImxDmaBufferAllocator const *allocator)
{
	return (allocator && allocator->_reserved[0] == allocator) ? allocator->_reserved[0] : NULL;
}

static void close_device(struct imxd_device *device, bool inherited)
{
	if (inherited && device->backend->release_in_child)
		device->backend->release_in_child(device, NULL);
	if (!inherited && device->backend->close)
		device->backend->close(device);
	if (device->owns_fd)
		imxd_sys_close(device->fd);
	imxd_node_unshare(device->share);
	free(device->private);
}

/* The last user closes the device. That of a pool is a copy. */
static void release(struct imxd_allocator *allocator)
{
	bool is_last;

	imxd_lock(IMXD_LOCK_LIVE);
	is_last = --allocator->users == 0;
	imxd_unlock(IMXD_LOCK_LIVE);
	if (!is_last)
		return;
	imxd_live_remove_allocator(allocator);
	imxd_pool_free(allocator->pool);
	imxd_slab_free(allocator->slab);
	if (!allocator->inner)
		close_device(&allocator->device, allocator->inherited);
	free(allocator);
}

void imxd_allocator_destroy(struct imxd_allocator *allocator)
{
	struct imxd_allocator *inner = allocator->inner;

	while (allocator->live)
		imxd_mapping_report(imxd_buffer_free(allocator->live));
	release(allocator);
	if (inner)
		release(inner);
}

/* A copy of the structure, in a program's own allocator, owns nothing. */
static void destroy(ImxDmaBufferAllocator *allocator)
{
	IMXD_NO_CANCEL;
	struct imxd_allocator *self = imxd_own_allocator(allocator);

	if (self)
		imxd_allocator_destroy(self);
}

static ImxDmaBuffer *allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_allocator *owner = allocator->_reserved[0];
	struct imxd_buffer *buffer = NULL;
	int code;

	if (!owner)
		code = imxd_fail(-EINVAL, "allocate: this allocator is not one of the library");
	else if (owner->pool)
		code = imxd_pool_allocate(owner, size, alignment, &buffer);
	else if (owner->slab)
		code = imxd_slab_allocate(owner, size, alignment, &buffer);
	else
		code = imxd_buffer_allocate(owner, size, alignment, 0, &buffer);
	imxd_result(code, error);
	return (ImxDmaBuffer *)buffer;
}

static int release_whole(struct imxd_buffer *buffer)
{
	return buffer->owner->pool ? imxd_pool_release(buffer) : imxd_buffer_free(buffer);
}

static int release_view(struct imxd_buffer *view)
{
	struct imxd_buffer *whole = view->whole;
	bool is_dirty;
	int code, released;

	is_dirty = atomic_load_explicit(&view->mapping.is_dirty, memory_order_relaxed);
	code = imxd_buffer_free(view);
	/* Its last write-back may have failed, too. */
	if (is_dirty || code != 0)
		atomic_store_explicit(&whole->mapping.is_dirty, true, memory_order_relaxed);
	if (!imxd_view_leave(whole))
		return code;
	released = release_whole(whole);
	return (code != 0) ? code : released;
}

/* The memory stays while there are views of it. */
static int release_buffer(struct imxd_buffer *buffer)
{
	int code, released;

	if (buffer->whole)
		return imxd_slab_has(buffer) ? imxd_slab_release(buffer) : release_view(buffer);
	code = imxd_view_defer(buffer);
	if (code == 0)
		return release_whole(buffer);
	if (code < 0)
		return code;
	code = imxd_mapping_close(buffer);
	if (!imxd_view_leave(buffer))
		return code;
	released = release_whole(buffer);
	return (code != 0) ? code : released;
}

static void deallocate(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	IMXD_NO_CANCEL;
	imxd_mapping_report(release_buffer(downcast(buffer)));
}

static imx_physical_address_t get_physical_address(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return downcast(buffer)->physical_address;
}

/* A user of the descriptor would begin where the memory begins. */
static __attribute__((noinline)) int get_fd_of_view(struct imxd_buffer *view)
{
	if (view->offset != 0 || view->block.fd < 0)
		return -1;
	imxd_buffer_note_known(view);
	return view->block.fd;
}

static int get_fd(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	struct imxd_buffer *own = downcast(buffer);

	if (own->whole)
		return get_fd_of_view(own);
	/* Of memory without a descriptor, the program has seen none. */
	if (own->block.fd >= 0)
		atomic_store_explicit(&own->is_known, true, memory_order_relaxed);
	return own->block.fd;
}

static size_t get_size(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return downcast(buffer)->size;
}

ImxDmaBufferAllocator const imxd_allocator_functions = {
	.destroy = destroy,
	.allocate = allocate,
	.deallocate = deallocate,
	.map = imxd_map,
	.unmap = imxd_unmap,
	.start_sync_session = imxd_start_session,
	.stop_sync_session = imxd_stop_session,
	.get_physical_address = get_physical_address,
	.get_fd = get_fd,
	.get_size = get_size,
};

/* Imported buffers have another `allocate` and may have another `get_fd`, but these members are the same. */
struct imxd_buffer *imxd_own_buffer(ImxDmaBuffer const *buffer)
{
	ImxDmaBufferAllocator const *allocator = buffer ? buffer->allocator : NULL;
	bool is_own = allocator && allocator->get_size == get_size && allocator->deallocate == deallocate;

	return is_own ? (struct imxd_buffer *)(uintptr_t)buffer : NULL;
}

static void ignore_destroy(ImxDmaBufferAllocator *allocator)
{
}

static ImxDmaBuffer *refuse_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	imxd_report(error, imxd_fail(-ENOTSUP, "the allocator of imported buffers cannot allocate"));
	return NULL;
}

void imxd_allocator_init_static(struct imxd_allocator *allocator,
	int (*getter)(ImxDmaBufferAllocator *, ImxDmaBuffer *))
{
	bool is_new;

	imxd_lock(IMXD_LOCK_LIVE);
	is_new = !allocator->parent.destroy;
	if (is_new) {
		allocator->parent = imxd_allocator_functions;
		allocator->parent.destroy = ignore_destroy;
		allocator->parent.allocate = refuse_allocate;
		allocator->parent.get_fd = getter ? getter : get_fd;
		imxd_live_add_allocator(allocator);
	}
	imxd_unlock(IMXD_LOCK_LIVE);
	if (is_new)
		imxd_cpu_map_configure();
}

static int open_device(struct imxd_device *device, struct imxd_backend const *backend,
	struct imxd_options const *options)
{
	int code;

	device->backend = backend;
	device->fd = -1;
	device->private = calloc(1, backend->private_size);
	if (!device->private && backend->private_size > 0)
		return imxd_fail_memory();
	code = backend->open(device, options);
	if (code != 0) {
		imxd_node_unshare(device->share);
		free(device->private);
	}
	return code;
}

static void add(struct imxd_allocator *allocator)
{
	imxd_lock(IMXD_LOCK_LIVE);
	if (allocator->inner)
		allocator->inner->users++;
	imxd_live_add_allocator(allocator);
	imxd_unlock(IMXD_LOCK_LIVE);
}

int imxd_allocator_new(struct imxd_backend const *backend, struct imxd_options const *options,
	enum imxd_address_policy policy, char *tried, struct imxd_allocator **result)
{
	struct imxd_allocator *self = calloc(1, sizeof(*self));
	int code;

	if (!self)
		return imxd_fail_memory();
	self->parent = imxd_allocator_functions;
	self->parent._reserved[0] = self;
	self->users = 1;
	self->policy = policy;
	if (policy == IMXD_ADDRESS_DEFAULT)
		self->policy = backend->address_optional ? IMXD_ADDRESS_OPTIONAL : IMXD_ADDRESS_REQUIRED;
	self->sync = options->sync;
	code = imxd_session_check_choice(&self->sync);
	if (code == 0)
		code = open_device(&self->device, backend, options);
	if (code != 0) {
		if (tried)
			memcpy(tried, self->device.node, sizeof(self->device.node));
		free(self);
		return code;
	}
	self->max_size = imxd_sys_memory_size();
	if (self->device.max_size != 0 && self->device.max_size < self->max_size)
		self->max_size = self->device.max_size;
	imxd_cpu_map_configure();
	add(self);
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_INFO, "allocator %s%s%s", backend->name, self->device.node[0] ? ": " : "",
		self->device.node);
	*result = self;
	return 0;
}

/* The members of the inner allocator that decide on buffers. */
static struct imxd_allocator *copy(struct imxd_allocator *inner)
{
	struct imxd_allocator *self = calloc(1, sizeof(*self));

	if (!self)
		return NULL;
	self->parent = imxd_allocator_functions;
	self->parent._reserved[0] = self;
	self->users = 1;
	self->inner = inner;
	self->device = inner->device;
	self->policy = inner->policy;
	self->sync = inner->sync;
	self->max_size = inner->max_size;
	return self;
}

static int check_inner(struct imxd_allocator const *inner)
{
	return inner->inner ? imxd_fail(-EINVAL, "the allocator is a pool already, or a slab") : 0;
}

int imxd_allocator_new_pool(struct imxd_allocator *inner, ImxDmaBufferPoolConfig const *given,
	struct imxd_allocator **result)
{
	struct imxd_allocator *self;
	ImxDmaBufferPoolConfig config;
	int code = imxd_pool_check(given, &config);

	if (code == 0)
		code = check_inner(inner);
	if (code != 0)
		return code;
	self = copy(inner);
	if (self)
		self->pool = imxd_pool_create(&config);
	if (!self || !self->pool) {
		free(self);
		return imxd_fail_memory();
	}
	add(self);
	code = imxd_pool_fill(self, config.preallocate, config.preallocate_size);
	if (code == 0)
		*result = self;
	else
		imxd_allocator_destroy(self);
	return code;
}

int imxd_allocator_new_slab(struct imxd_allocator *inner, size_t block_size, struct imxd_allocator **result)
{
	int code = check_inner(inner);
	struct imxd_allocator *self;

	if (code != 0)
		return code;
	self = copy(inner);
	if (!self)
		return imxd_fail_memory();
	add(self);
	code = imxd_slab_create(self, block_size, &self->slab);
	if (code == 0)
		*result = self;
	else
		imxd_allocator_destroy(self);
	return code;
}
