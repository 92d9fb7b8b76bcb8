/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pool_new.h"

#include <errno.h>

#include "../base/locks.h"
#include "alignment.h"
#include "buffer.h"
#include "mapping.h"
#include "pool_idle.h"
#include "refresh.h"

/* What more free memory or descriptors may help against. Alignments beyond the CMA's are a matter of size, too. */
static bool is_shortage(int code, size_t alignment)
{
	return code == -ENOMEM || code == -EMFILE || code == -ENFILE ||
		(code == -ENOTSUP && alignment > IMXD_CMA_ALIGNMENT);
}

/* In a shortage, free idle buffers first. A size class may also be beyond the mechanism's limit: do without it. */
static int allocate_block(struct imxd_allocator *owner, struct imxd_pool_request *request, struct imxd_buffer **buffer)
{
	int code = imxd_buffer_allocate(owner, request->size, request->alignment, request->class_size, buffer);

	if (is_shortage(code, request->alignment) && imxd_pool_trim_idle(owner->pool, 0, 0))
		code = imxd_buffer_allocate(owner, request->size, request->alignment, request->class_size, buffer);
	if (code != 0 && request->class_size > request->plain_size) {
		request->class_size = request->plain_size;
		code = imxd_buffer_allocate(owner, request->size, request->alignment, request->class_size, buffer);
	}
	return code;
}

/* Zero the memory, unless that is the mechanism's promise. */
static int prepare(struct imxd_buffer *buffer, struct imxd_pool_request const *request, bool zero)
{
	struct imxd_traits *traits = &buffer->block.traits;
	int code = 0;

	/* A device that is attached now, before the program knows the descriptor, is known to be the library's. */
	imxd_mapping_get_sync(buffer);
	if (zero && !(traits->caps & IMXD_CAP_ZEROED)) {
		code = imxd_refresh_contents(buffer, true);
		if (code == 0)
			imxd_refresh_place(buffer, request->size, request->alignment);
	}
	traits->caps &= ~(unsigned int)IMXD_CAP_ZEROED;
	traits->caps |= zero ? IMXD_CAP_ZEROED : 0;
	return code;
}

int imxd_pool_allocate_new(struct imxd_allocator *owner, struct imxd_pool_request *request, struct imxd_pooled **pooled)
{
	unsigned long forks = imxd_forks();
	struct imxd_buffer *buffer = NULL;
	int code = allocate_block(owner, request, &buffer);

	if (code != 0)
		return code;
	code = prepare(buffer, request, imxd_pool_zeroes(owner->pool));
	if (code != 0) {
		imxd_buffer_free(buffer);
		return code;
	}
	*pooled = (struct imxd_pooled *)buffer;
	(*pooled)->class_size = request->class_size;
	(*pooled)->alignment = request->alignment;
	imxd_lock(IMXD_LOCK_LIVE);
	(*pooled)->forks = forks;
	owner->pool->misses++;
	imxd_pool_count_used(owner->pool, *pooled);
	imxd_unlock(IMXD_LOCK_LIVE);
	return 0;
}
