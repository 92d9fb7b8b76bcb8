/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wrapped buffers: memory that a program brings. The structure has no room for the state of a mapping, and programs
 * free it without a call. While a wrapped buffer is mapped through its descriptor, a wrapped map holds the state; each
 * map compares it with the structure. The inode identifies the DMA-BUF (since Linux 5.3; before, the program's fields).
 */
#include "wrapped.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../base/sys.h"
#include "../dmabuf/dmabuf.h"
#include "allocator.h"
#include "buffer.h"
#include "import.h"
#include "mapping.h"

struct wrapped_map {
	ImxWrappedDmaBuffer const *wrapped;
	struct imxd_buffer *buffer;
	/* The fields of the structure at the first map. */
	int fd;
	imx_physical_address_t physical_address;
	struct wrapped_map *next;
};

#define LISTS 64u

/* The wrapped maps, by the address of the structure. Guarded by IMXD_LOCK_WRAPPED, the mappings as well. */
static struct wrapped_map *lists[LISTS];

static ImxWrappedDmaBuffer *downcast(ImxDmaBuffer *buffer)
{
	return (ImxWrappedDmaBuffer *)buffer;
}

/* Return the link to the wrapped map, or the end of its list. Knuth's multiplicative hash spreads arrays as well. */
static struct wrapped_map **find(ImxWrappedDmaBuffer const *wrapped)
{
	uint32_t hash = (uint32_t)((uintptr_t)wrapped / sizeof(void *)) * UINT32_C(2654435761);
	struct wrapped_map **link = &lists[hash / (UINT32_MAX / LISTS + 1)];

	while (*link && (*link)->wrapped != wrapped)
		link = &(*link)->next;
	return link;
}

/* Remove a wrapped map. The caller frees its buffer after unlocking, because a failure is logged. */
static struct imxd_buffer *list_del(struct wrapped_map **link)
{
	struct wrapped_map *map = *link;
	struct imxd_buffer *buffer = map->buffer;

	*link = map->next;
	free(map);
	return buffer;
}

static void free_buffer(struct imxd_buffer *buffer)
{
	if (buffer)
		imxd_mapping_report(imxd_buffer_free(buffer));
}

static void unmap_all(ImxWrappedDmaBuffer const *wrapped)
{
	struct imxd_buffer *buffer = NULL;
	struct wrapped_map **link;

	imxd_lock(IMXD_LOCK_WRAPPED);
	link = find(wrapped);
	if (*link)
		buffer = list_del(link);
	imxd_unlock(IMXD_LOCK_WRAPPED);
	free_buffer(buffer);
}

/* Do the fields match? A program may fill in the address later. */
static bool has_same_fields(struct wrapped_map const *map, ImxWrappedDmaBuffer const *wrapped)
{
	return map->fd == wrapped->fd &&
		(map->physical_address == wrapped->physical_address || map->physical_address == 0 ||
			wrapped->physical_address == 0);
}

/* Does the map belong to this memory, or to an earlier buffer at the same address? Returns 0 with *same, or -EBADF. */
static int compare(struct wrapped_map const *map, ImxWrappedDmaBuffer const *wrapped, bool *same)
{
	struct stat mine, theirs;

	if (imxd_sys_fstat(wrapped->fd, &theirs) < 0)
		return imxd_fail(-EBADF, "descriptor %d of a wrapped buffer: not open (EBADF)", wrapped->fd);
	if (imxd_sys_fstat(map->buffer->block.fd, &mine) < 0)
		return imxd_fail(-EBADF, "the library's duplicate of descriptor %d: the program has closed it (EBADF)",
			wrapped->fd);
	*same = map->buffer->size == wrapped->size && mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino &&
		(has_same_fields(map, wrapped) || imxd_dmabuf_inode(wrapped->fd) != 0);
	return 0;
}

static int make_map(ImxWrappedDmaBuffer const *wrapped, struct wrapped_map **result)
{
	struct wrapped_map *map = calloc(1, sizeof(*map));
	int code = map ? imxd_import_wrapped(wrapped->fd, wrapped->size, &map->buffer) : imxd_fail_memory();

	if (code != 0) {
		free(map);
		return code;
	}
	map->wrapped = wrapped;
	map->fd = wrapped->fd;
	map->physical_address = wrapped->physical_address;
	*result = map;
	return 0;
}

/*
 * With the lock held. A structure that cannot be mapped leaves the present mapping alone. The buffer of an earlier
 * structure ends its session before the new one starts; its errors are not those of this call.
 */
static int map_locked(ImxWrappedDmaBuffer const *wrapped, unsigned int flags, uint8_t **address)
{
	struct wrapped_map **link = find(wrapped), *map = *link;
	bool same = false;
	int code = map ? compare(map, wrapped, &same) : 0;

	if (code == 0 && !same)
		code = make_map(wrapped, &map);
	if (code != 0)
		return code;
	if (!same) {
		if (*link)
			imxd_buffer_free(list_del(link));
		link = find(wrapped);
		*link = map;
	}
	code = imxd_mapping_map(map->buffer, flags, address);
	/* It was never mapped: freeing it cannot fail. */
	if (map->buffer->mapping.state == 0)
		imxd_buffer_free(list_del(link));
	return code;
}

static uint8_t *map_fd(ImxWrappedDmaBuffer const *wrapped, unsigned int flags, int *error)
{
	uint8_t *address = NULL;
	int code;

	imxd_lock(IMXD_LOCK_WRAPPED);
	code = map_locked(wrapped, flags, &address);
	imxd_unlock(IMXD_LOCK_WRAPPED);
	imxd_result(code, error);
	return address;
}

static uint8_t *map_by_program(ImxWrappedDmaBuffer *wrapped, unsigned int flags, int *error)
{
	int code = 0;
	uint8_t *address = wrapped->map(wrapped, flags, &code);

	if (address)
		return address;
	code = (code > 0) ? -code : -ENOTSUP;
	imxd_report(error,
		imxd_fail(code, "the program's map function of a wrapped buffer failed (%s)", imxd_errno_text(code)));
	return NULL;
}

static uint8_t *map(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer, unsigned int flags, int *error)
{
	ImxWrappedDmaBuffer *wrapped = downcast(buffer);

	if (wrapped->map)
		return map_by_program(wrapped, flags, error);
	if (wrapped->fd >= 0)
		return map_fd(wrapped, flags, error);
	imxd_report(error,
		imxd_fail(-ENOTSUP,
			"a wrapped buffer with neither a map function nor a descriptor cannot be mapped: set one of them after "
			"imx_dma_buffer_init_wrapped_buffer()"));
	return NULL;
}

static void unmap(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	ImxWrappedDmaBuffer *wrapped = downcast(buffer);
	struct imxd_buffer *unmapped = NULL;
	struct wrapped_map **link;
	int code = 0;

	if (wrapped->map) {
		if (wrapped->unmap)
			wrapped->unmap(wrapped);
		return;
	}
	imxd_lock(IMXD_LOCK_WRAPPED);
	link = find(wrapped);
	if (*link)
		code = imxd_mapping_unmap((*link)->buffer);
	if (*link && (*link)->buffer->mapping.state == 0)
		unmapped = list_del(link);
	imxd_unlock(IMXD_LOCK_WRAPPED);
	imxd_mapping_report(code);
	free_buffer(unmapped);
}

static void run_session(ImxDmaBuffer *buffer, int (*run)(struct imxd_buffer *))
{
	struct wrapped_map *map;
	int code;

	imxd_lock(IMXD_LOCK_WRAPPED);
	map = *find(downcast(buffer));
	code = map ? run(map->buffer) : 0;
	imxd_unlock(IMXD_LOCK_WRAPPED);
	imxd_mapping_report(code);
}

static void start_sync_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	run_session(buffer, imxd_mapping_start_session);
}

static void stop_sync_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	run_session(buffer, imxd_mapping_stop_session);
}

static void destroy(ImxDmaBufferAllocator *allocator)
{
}

static ImxDmaBuffer *allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	imxd_report(error, imxd_fail(-ENOTSUP, "the allocator of wrapped buffers cannot allocate"));
	return NULL;
}

static void deallocate(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	unmap_all(downcast(buffer));
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

/* The allocator of all wrapped buffers. */
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

void imxd_wrapped_init(ImxWrappedDmaBuffer *buffer)
{
	imxd_watch_forks(IMXD_LOCK_WRAPPED, NULL);
	/* An earlier buffer at this address may have been freed while it was mapped. */
	unmap_all(buffer);
	memset(buffer, 0, sizeof(*buffer));
	buffer->parent.allocator = &wrapping;
	buffer->fd = -1;
}
