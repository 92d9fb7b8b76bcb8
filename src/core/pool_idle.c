/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pool_idle.h"

#include <limits.h>
#include <stdlib.h>

#include "../base/locks.h"
#include "../base/sys.h"
#include "buffer.h"

/* A spent structure is used again after this many others. */
#define SPENT 64u

static void push(struct imxd_pool_list *list, struct imxd_pooled *pooled)
{
	pooled->newer = NULL;
	pooled->older = list->newest;
	if (list->newest)
		list->newest->newer = pooled;
	else
		list->oldest = pooled;
	list->newest = pooled;
	list->count++;
}

static void take_out(struct imxd_pool_list *list, struct imxd_pooled *pooled)
{
	if (pooled->newer)
		pooled->newer->older = pooled->older;
	else
		list->newest = pooled->older;
	if (pooled->older)
		pooled->older->newer = pooled->newer;
	else
		list->oldest = pooled->newer;
	list->count--;
}

void imxd_pool_add_idle(struct imxd_pool *pool, struct imxd_pooled *pooled)
{
	push(&pool->idle, pooled);
	pool->idle_bytes += pooled->buffer.block.size;
}

void imxd_pool_take_idle(struct imxd_pool *pool, struct imxd_pooled *pooled)
{
	take_out(&pool->idle, pooled);
	pool->idle_bytes -= pooled->buffer.block.size;
}

/* In a forked child, idle buffers are the parent's. */
static bool is_over(struct imxd_pool const *pool, struct imxd_pooled const *pooled, uint64_t now)
{
	return pooled->buffer.inherited ||
		(pool->config.idle_ms != UINT_MAX && now - pooled->since >= pool->config.idle_ms);
}

struct imxd_pooled *imxd_pool_take_excess(struct imxd_pool *pool, size_t max_bytes, size_t max_buffers)
{
	struct imxd_pooled *excess = NULL, *newer;
	uint64_t now = imxd_sys_now();

	for (struct imxd_pooled *pooled = pool->idle.oldest; pooled; pooled = newer) {
		newer = pooled->newer;
		if (pool->idle_bytes <= max_bytes && pool->idle.count <= max_buffers && !is_over(pool, pooled, now))
			break;
		if (pooled->is_busy)
			continue;
		imxd_pool_take_idle(pool, pooled);
		pooled->older = excess;
		excess = pooled;
	}
	return excess;
}

void imxd_pool_add_spent(struct imxd_pool *pool, struct imxd_pooled *pooled)
{
	pooled->state = IMXD_POOLED_SPENT;
	push(&pool->spent, pooled);
}

struct imxd_pooled *imxd_pool_new_structure(struct imxd_pool *pool)
{
	struct imxd_pooled *pooled = pool->spent.oldest;

	if (pool->spent.count <= SPENT)
		return malloc(sizeof(*pooled));
	take_out(&pool->spent, pooled);
	return pooled;
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
		if (pool->spent.count > 2 * SPENT) {
			unused = pool->spent.oldest;
			take_out(&pool->spent, unused);
		}
		imxd_unlock(IMXD_LOCK_LIVE);
		free(unused);
	}
	return code;
}
