/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wrapped buffers: memory that a program brings. The structure has no room for the state of a mapping, and programs
 * free it without telling: while one is mapped through its descriptor, a shadow beside it holds the state, which is
 * checked against the structure at each map. A DMA-BUF is known by its inode, which each has of its own since Linux
 * 5.3; before, by what the program says of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocator.h"
#include "dmabuf.h"
#include "export.h"
#include "import.h"
#include "locks.h"
#include "shadows.h"
#include "sys.h"

/* The table, and the mappings in it, are guarded by IMXD_LOCK_WRAPPED. */
static struct imxd_shadows shadows = IMXD_SHADOWS_INIT(shadows);

static ImxWrappedDmaBuffer *downcast(ImxDmaBuffer *buffer)
{
	return (ImxWrappedDmaBuffer *)buffer;
}

static void drop(struct imxd_shadow *shadow)
{
	imxd_shadows_remove(&shadows, shadow);
	imxd_deallocate(NULL, &shadow->buffer->parent);
	free(shadow);
}

static void forget(ImxWrappedDmaBuffer const *wrapped)
{
	struct imxd_shadow *shadow;

	imxd_lock(IMXD_LOCK_WRAPPED);
	shadow = imxd_shadows_find(&shadows, wrapped);
	if (shadow)
		drop(shadow);
	imxd_unlock(IMXD_LOCK_WRAPPED);
}

/* The buffer is gone, and what fails about it is not the error of the call that finds out. */
static void drop_stale(struct imxd_shadow *shadow)
{
	char last_error[IMXD_SENTENCE_SIZE];

	snprintf(last_error, sizeof(last_error), "%s", imxd_last_error());
	drop(shadow);
	imxd_set_last_error(last_error);
}

/* Where the kernel tells nothing. A program may fill in the address later, when it knows it. */
static bool says_the_same(struct imxd_shadow const *shadow, ImxWrappedDmaBuffer const *wrapped)
{
	return shadow->fd == wrapped->fd &&
		(shadow->physical_address == wrapped->physical_address || shadow->physical_address == 0 ||
			wrapped->physical_address == 0);
}

/* Is the shadow that of this memory, or of a buffer that once was at the same address? Returns 0 or EBADF. */
static int compare(struct imxd_shadow const *shadow, ImxWrappedDmaBuffer const *wrapped, bool *same)
{
	struct stat mine, theirs;

	if (imxd_sys_fstat(wrapped->fd, &theirs) < 0 || imxd_sys_fstat(shadow->buffer->block.fd, &mine) < 0)
		return imxd_fail(EBADF, "descriptor %d of a wrapped buffer: not open (EBADF)", wrapped->fd);
	*same = shadow->buffer->size == wrapped->size && mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino &&
		(says_the_same(shadow, wrapped) || imxd_dmabuf_inode(wrapped->fd) != 0);
	return 0;
}

static struct imxd_shadow *new_shadow(ImxWrappedDmaBuffer const *wrapped, int *error)
{
	struct imxd_shadow *shadow = calloc(1, sizeof(*shadow));

	if (!shadow) {
		imxd_set_error(error, imxd_fail_memory());
		return NULL;
	}
	shadow->wrapped = wrapped;
	shadow->fd = wrapped->fd;
	shadow->physical_address = wrapped->physical_address;
	shadow->buffer = imxd_shadow_new(wrapped->fd, wrapped->size, error);
	if (!shadow->buffer) {
		free(shadow);
		return NULL;
	}
	imxd_shadows_add(&shadows, shadow);
	return shadow;
}

static struct imxd_shadow *get_shadow(ImxWrappedDmaBuffer const *wrapped, int *error)
{
	struct imxd_shadow *shadow = imxd_shadows_find(&shadows, wrapped);
	bool same = false;
	int code = shadow ? compare(shadow, wrapped, &same) : 0;

	if (code != 0) {
		imxd_set_error(error, code);
		return NULL;
	}
	if (shadow && same)
		return shadow;
	if (shadow)
		drop_stale(shadow);
	return new_shadow(wrapped, error);
}

static uint8_t *map_shadow(ImxWrappedDmaBuffer const *wrapped, unsigned int flags, int *error)
{
	struct imxd_shadow *shadow;
	uint8_t *address = NULL;
	int code = 0;

	imxd_lock(IMXD_LOCK_WRAPPED);
	shadow = get_shadow(wrapped, &code);
	if (shadow)
		address = imxd_map(NULL, &shadow->buffer->parent, flags, error);
	else
		imxd_report(error, code);
	if (shadow && shadow->buffer->mapping.state == 0)
		drop(shadow);
	imxd_unlock(IMXD_LOCK_WRAPPED);
	return address;
}

static uint8_t *map_by_program(ImxWrappedDmaBuffer *wrapped, unsigned int flags, int *error)
{
	int code = 0;
	uint8_t *address = wrapped->map(wrapped, flags, &code);

	if (!address)
		imxd_report(error,
			imxd_fail(code ? code : ENOTSUP, "the program's map function of a wrapped buffer failed (%s)",
				imxd_errno_text(code ? code : ENOTSUP)));
	return address;
}

static uint8_t *map(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer, unsigned int flags, int *error)
{
	ImxWrappedDmaBuffer *wrapped = downcast(buffer);

	if (wrapped->map)
		return map_by_program(wrapped, flags, error);
	if (wrapped->fd >= 0)
		return map_shadow(wrapped, flags, error);
	imxd_report(error,
		imxd_fail(ENOTSUP,
			"a wrapped buffer with neither a map function nor a descriptor cannot be "
			"mapped: set one of them after imx_dma_buffer_init_wrapped_buffer()"));
	return NULL;
}

static void unmap(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	ImxWrappedDmaBuffer *wrapped = downcast(buffer);
	struct imxd_shadow *shadow;

	if (wrapped->map) {
		if (wrapped->unmap)
			wrapped->unmap(wrapped);
		return;
	}
	imxd_lock(IMXD_LOCK_WRAPPED);
	shadow = imxd_shadows_find(&shadows, wrapped);
	if (shadow) {
		imxd_unmap(NULL, &shadow->buffer->parent);
		if (shadow->buffer->mapping.state == 0)
			drop(shadow);
	}
	imxd_unlock(IMXD_LOCK_WRAPPED);
}

static void run_session(ImxDmaBuffer *buffer, void (*run)(ImxDmaBufferAllocator *, ImxDmaBuffer *))
{
	struct imxd_shadow *shadow;

	imxd_lock(IMXD_LOCK_WRAPPED);
	shadow = imxd_shadows_find(&shadows, downcast(buffer));
	if (shadow)
		run(NULL, &shadow->buffer->parent);
	imxd_unlock(IMXD_LOCK_WRAPPED);
}

static void start_sync_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	run_session(buffer, imxd_start_session);
}

static void stop_sync_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	run_session(buffer, imxd_stop_session);
}

static void destroy(ImxDmaBufferAllocator *allocator)
{
}

static ImxDmaBuffer *allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	imxd_report(error, imxd_fail(ENOTSUP, "wrapped buffers' allocator cannot allocate"));
	return NULL;
}

static void deallocate(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	forget(downcast(buffer));
}

static imx_physical_address_t get_physical_address(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return downcast(buffer)->physical_address;
}

static int get_fd(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return downcast(buffer)->fd;
}

static size_t get_size(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return downcast(buffer)->size;
}

/* The one allocator of all wrapped buffers. */
static ImxDmaBufferAllocator wrapping = {
	.destroy = destroy,
	.allocate = allocate,
	.deallocate = deallocate,
	.map = map,
	.unmap = unmap,
	.start_sync_session = start_sync_session,
	.stop_sync_session = stop_sync_session,
	.get_physical_address = get_physical_address,
	.get_fd = get_fd,
	.get_size = get_size,
};

IMXD_EXPORT void imx_dma_buffer_init_wrapped_buffer(ImxWrappedDmaBuffer *buffer)
{
	if (!buffer)
		return;
	imxd_watch_forks();
	/* A buffer that was freed without a word may have been at this address. */
	forget(buffer);
	memset(buffer, 0, sizeof(*buffer));
	buffer->parent.allocator = &wrapping;
	buffer->fd = -1;
}
