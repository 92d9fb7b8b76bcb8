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
	/* Calls that work on it now. Without any, it stays only while it is listed and mapped. */
	unsigned int calls;
	bool is_listed;
	struct wrapped_map *next;
};

#define LISTS 64u

/*
 * The wrapped maps, by the address of the structure. IMXD_LOCK_WRAPPED guards the lists, and is_listed and calls of
 * their members. System calls happen without it: a map may wait for a device's fence.
 */
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

static void list_del(struct wrapped_map *map)
{
	*find(map->wrapped) = map->next;
	map->is_listed = false;
}

/* Return the structure's wrapped map with one more call, or NULL. Each call ends with end_call(). */
static struct wrapped_map *begin_call(ImxWrappedDmaBuffer const *wrapped)
{
	struct wrapped_map *map;

	imxd_lock(IMXD_LOCK_WRAPPED);
	map = *find(wrapped);
	if (map)
		map->calls++;
	imxd_unlock(IMXD_LOCK_WRAPPED);
	return map;
}

/* End a call. The last call frees a map that is unlisted or unmapped. Returns 0 or the error of the last unmap. */
static int end_call(struct wrapped_map *map)
{
	bool is_last;
	int code;

	imxd_lock(IMXD_LOCK_WRAPPED);
	/* In a child that was forked during this call, it is not counted any more. */
	map->calls -= map->calls > 0;
	is_last = map->calls == 0 && (!map->is_listed || map->buffer->mapping.state == 0);
	if (is_last && map->is_listed)
		list_del(map);
	imxd_unlock(IMXD_LOCK_WRAPPED);
	if (!is_last)
		return 0;
	code = imxd_buffer_free(map->buffer);
	free(map);
	return code;
}

static void unmap_all(ImxWrappedDmaBuffer const *wrapped)
{
	IMXD_NO_CANCEL;
	struct wrapped_map *map = begin_call(wrapped);

	if (!map)
		return;
	imxd_lock(IMXD_LOCK_WRAPPED);
	if (map->is_listed)
		list_del(map);
	imxd_unlock(IMXD_LOCK_WRAPPED);
	imxd_mapping_report(end_call(map));
}

/*
 * In a forked child, with all locks held: other threads' calls never end here. A map on which one of them worked is of
 * no use if its lock is taken.
 */
static void forget_calls(void)
{
	for (size_t i = 0; i < LISTS; i++)
		for (struct wrapped_map *map = lists[i], *next; map; map = next) {
			next = map->next;
			map->calls = 0;
			if (pthread_mutex_trylock(&map->buffer->mapping.lock) == 0)
				pthread_mutex_unlock(&map->buffer->mapping.lock);
			else
				list_del(map);
		}
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

/* Make a wrapped map with one call, which is not listed yet. */
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
	map->calls = 1;
	*result = map;
	return 0;
}

/* List a map in place of an earlier one, or of none. Returns false if another thread was faster. */
static bool replace(struct wrapped_map *earlier, struct wrapped_map *map)
{
	bool is_in_time;

	imxd_lock(IMXD_LOCK_WRAPPED);
	is_in_time = *find(map->wrapped) == earlier;
	if (is_in_time) {
		if (earlier)
			list_del(earlier);
		map->is_listed = true;
		*find(map->wrapped) = map;
	}
	imxd_unlock(IMXD_LOCK_WRAPPED);
	return is_in_time;
}

/*
 * Begin a call on the map of this structure; make one if there is none, or only that of an earlier structure. That one
 * ends its session here, and its errors are not those of this call. A structure that cannot be mapped leaves it alone.
 */
static int begin_map(ImxWrappedDmaBuffer const *wrapped, struct wrapped_map **result)
{
	struct wrapped_map *earlier, *map;
	bool is_listed = false, same = false;
	int code;

	do {
		earlier = begin_call(wrapped);
		code = earlier ? compare(earlier, wrapped, &same) : 0;
		map = earlier;
		if (code == 0 && same)
			break;
		if (code == 0)
			code = make_map(wrapped, &map);
		if (code == 0) {
			is_listed = replace(earlier, map);
			if (!is_listed)
				end_call(map);
		}
		if (earlier)
			end_call(earlier);
	} while (code == 0 && !is_listed);
	*result = map;
	return code;
}

/* A call that has begun must end: here and below. */
static uint8_t *map_fd(ImxWrappedDmaBuffer const *wrapped, unsigned int flags, int *error)
{
	IMXD_NO_CANCEL;
	uint8_t *address = NULL;
	struct wrapped_map *map;
	int code = begin_map(wrapped, &map);

	if (code == 0) {
		code = imxd_mapping_map(map->buffer, flags, &address);
		/* It frees a map without a mapping, which cannot fail. */
		end_call(map);
	}
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
	struct wrapped_map *map;
	IMXD_NO_CANCEL;
	int code, freed;

	if (wrapped->map) {
		if (wrapped->unmap)
			wrapped->unmap(wrapped);
		return;
	}
	map = begin_call(wrapped);
	if (!map)
		return;
	code = imxd_mapping_unmap(map->buffer);
	freed = end_call(map);
	imxd_mapping_report(code ? code : freed);
}

static void run_session(ImxDmaBuffer *buffer, int (*run)(struct imxd_buffer *))
{
	IMXD_NO_CANCEL;
	struct wrapped_map *map = begin_call(downcast(buffer));
	int code, freed;

	if (!map)
		return;
	code = run(map->buffer);
	freed = end_call(map);
	imxd_mapping_report(code ? code : freed);
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

static int sync_ranges(ImxWrappedDmaBuffer const *wrapped, struct imxd_range_call const *call)
{
	struct wrapped_map *map = begin_call(wrapped);
	int code, freed;

	if (!map)
		return imxd_fail(-EINVAL, "the wrapped buffer is not mapped: the ranges of a mapping are synchronised");
	code = imxd_mapping_sync_ranges(map->buffer, call);
	freed = end_call(map);
	return code ? code : freed;
}

bool imxd_wrapped_is_mapped_here(ImxDmaBuffer const *buffer)
{
	return buffer->allocator == &wrapping && !((ImxWrappedDmaBuffer const *)buffer)->map;
}

int imxd_wrapped_sync_ranges(ImxDmaBuffer *buffer, struct imxd_range_call const *call)
{
	if (buffer->allocator != &wrapping)
		return imxd_fail(-ENOTSUP, "ranges: the buffer is not one of the library");
	if (downcast(buffer)->map)
		return imxd_fail(-ENOTSUP, "ranges: the program maps this wrapped buffer itself");
	return sync_ranges(downcast(buffer), call);
}

void imxd_wrapped_init(ImxWrappedDmaBuffer *buffer)
{
	imxd_on_fork(IMXD_LOCK_WRAPPED, forget_calls);
	/* An earlier buffer at this address may have been freed while it was mapped. */
	unmap_all(buffer);
	memset(buffer, 0, sizeof(*buffer));
	buffer->parent.allocator = &wrapping;
	buffer->fd = -1;
}
