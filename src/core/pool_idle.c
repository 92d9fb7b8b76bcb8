/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pool_idle.h"

#include <stdlib.h>

#include "../base/locks.h"
#include "../base/sys.h"
#include "buffer.h"

struct imxd_pooled *imxd_pool_take_excess(struct imxd_pool *pool, size_t max_bytes, size_t max_buffers)
{
	struct imxd_pooled *excess = NULL, *newer;
	uint64_t now = imxd_sys_now();

	for (struct imxd_pooled *pooled = pool->idle.oldest; pooled; pooled = newer) {
		newer = pooled->newer;
		if (pool->idle_bytes <= max_bytes && pool->idle.count <= max_buffers && !imxd_pool_is_over(pool, pooled, now))
			break;
		/* In a child, no thread is looking at it. */
		if (pooled->is_busy && !pooled->buffer.inherited)
			continue;
		imxd_pool_take_idle(pool, pooled);
		pooled->older = excess;
		excess = pooled;
	}
	return excess;
}

int imxd_pool_free_excess(struct imxd_pool *pool, struct imxd_pooled *excess)
{
	struct imxd_pooled *next, *unused;
	int code = 0, result;

	for (; excess; excess = next) {
		next = excess->older;
		unused = NULL;
		result = imxd_buffer_close(&excess->buffer);
		code = (code == 0) ? result : code;
		imxd_lock(IMXD_LOCK_LIVE);
		imxd_pool_add_spent(pool, excess);
		if (pool->spent.count > 2 * IMXD_POOL_SPENT) {
			unused = pool->spent.oldest;
			imxd_pool_take_out(&pool->spent, unused);
		}
		imxd_unlock(IMXD_LOCK_LIVE);
		free(unused);
	}
	return code;
}

bool imxd_pool_trim_idle(struct imxd_pool *pool, size_t max_bytes, size_t max_buffers)
{
	struct imxd_pooled *excess;

	imxd_lock(IMXD_LOCK_LIVE);
	excess = imxd_pool_take_excess(pool, max_bytes, max_buffers);
	imxd_unlock(IMXD_LOCK_LIVE);
	imxd_pool_free_excess(pool, excess);
	return excess != NULL;
}
