/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view.h"

#include <errno.h>
#include <stdlib.h>

#include "imxdmabuffer/imxdmabuffer_view.h"

#include "../base/error.h"
#include "../base/locks.h"
#include "buffer.h"
#include "mapping.h"
#include "shared_map.h"
#include "slab.h"

static int check_place(struct imxd_buffer const *buffer, size_t offset, size_t size)
{
	if (size != 0 && offset <= buffer->size && size <= buffer->size - offset)
		return 0;
	return imxd_fail(-EINVAL, "a view of %zu bytes at offset %zu is outside the buffer (%zu bytes)", size, offset,
		buffer->size);
}

/* A line of the caches of all i.MX processors, for memory of which the kernel maintains all. */
#define LINE 64u

/* Behind the end of the whole buffer are nobody else's data. */
static int check_granule(struct imxd_buffer const *buffer, size_t offset, size_t size, struct imxd_sync const *sync)
{
	struct imxd_buffer const *whole = buffer->whole ? buffer->whole : buffer;
	size_t begin = buffer->offset + offset, end = begin + size, granule = imxd_sync_granule(sync);

	if (granule == 0)
		granule = LINE;
	if (begin % granule == 0 && (end % granule == 0 || end == whole->offset + whole->size))
		return 0;
	return imxd_fail(-EINVAL,
		"a view of %zu bytes at offset %zu shares a granule of %zu bytes with the rest of the memory: align it, or "
		"use SHARE_GRANULE",
		size, offset, granule);
}

/* A vendor's flush would discard what the CPU writes in other views. */
static int check_sync(struct imxd_buffer const *buffer, struct imxd_sync const *sync)
{
	if (sync->coherency != IMX_DMA_BUFFER_COHERENCY_VENDOR)
		return 0;
	return imxd_fail(-ENOTSUP, "%s: its library maintains the caches of whole buffers: views are not possible",
		buffer->owner->device.backend->name);
}

int imxd_view_join(struct imxd_buffer *whole)
{
	struct imxd_views *views = calloc(1, sizeof(*views));

	if (!views)
		return imxd_fail_memory();
	views->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	imxd_lock(IMXD_LOCK_LIVE);
	if (!whole->views) {
		whole->views = views;
		views = NULL;
	}
	whole->views->count++;
	imxd_unlock(IMXD_LOCK_LIVE);
	free(views);
	return 0;
}

/* The mapping goes before the memory can: another thread may free the buffer as soon as the lock is released. */
bool imxd_view_leave(struct imxd_buffer *whole)
{
	struct imxd_views *views;
	bool was_closed = false;

	imxd_lock(IMXD_LOCK_LIVE);
	views = whole->views;
	if (--views->count == 0) {
		was_closed = views->is_closed;
		imxd_shared_map_free(whole);
	}
	imxd_unlock(IMXD_LOCK_LIVE);
	return was_closed;
}

int imxd_view_defer(struct imxd_buffer *buffer)
{
	struct imxd_views *views;
	int result = 0;

	imxd_lock(IMXD_LOCK_LIVE);
	views = buffer->views;
	if (views) {
		result = views->is_closed ? -EINVAL : 1;
		views->count += !views->is_closed;
		views->is_closed = true;
	}
	imxd_unlock(IMXD_LOCK_LIVE);
	if (result < 0)
		return imxd_fail(result, "deallocate: this buffer, of which views are left, has been deallocated before");
	return result;
}

int imxd_view_new(struct imxd_buffer *buffer, size_t offset, size_t size, unsigned int flags, struct imxd_buffer **view)
{
	struct imxd_buffer *whole = buffer->whole ? buffer->whole : buffer;
	struct imxd_sync const *sync;
	int code;

	if (imxd_slab_has(buffer))
		return imxd_fail(-ENOTSUP, "views of small buffers of a slab are not possible");
	if (flags & ~(unsigned int)IMX_DMA_BUFFER_VIEW_FLAG_SHARE_GRANULE)
		return imxd_fail(-EINVAL, "view flags 0x%x: unknown flags", flags);
	if (size == 0 && offset < buffer->size)
		size = buffer->size - offset;
	code = check_place(buffer, offset, size);
	if (code != 0)
		return code;
	sync = imxd_mapping_get_sync(buffer);
	code = check_sync(buffer, sync);
	if (code == 0 && !(flags & IMX_DMA_BUFFER_VIEW_FLAG_SHARE_GRANULE))
		code = check_granule(buffer, offset, size, sync);
	if (code == 0)
		code = imxd_view_join(whole);
	if (code != 0)
		return code;
	code = imxd_buffer_init_view(whole, buffer->offset + offset, size, view);
	if (code != 0) {
		imxd_view_leave(whole);
		return code;
	}
	(*view)->mapping.sync = sync;
	return 0;
}
