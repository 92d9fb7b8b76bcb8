/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The idle buffers of a pool and its spent structures. IMXD_LOCK_LIVE guards them: functions need it, unless they say
 * otherwise.
 */
#ifndef IMXD_POOL_IDLE_H
#define IMXD_POOL_IDLE_H

#include <limits.h>
#include <stdlib.h>

#include "pool.h"

/* A spent structure is used again after this many others. */
#define IMXD_POOL_SPENT 64u

struct imxd_pool_list {
	struct imxd_pooled *newest, *oldest;
	size_t count;
};

struct imxd_pool {
	/* Constant. */
	ImxDmaBufferPoolConfig config;
	struct imxd_pool_list idle, spent;
	uint64_t hits, misses;
	size_t used_buffers, used_bytes, idle_bytes, peak_bytes, wasted_bytes;
	/* Counts allocations: each looks once at a buffer that may be held. */
	unsigned long turn;
};

static inline void imxd_pool_push(struct imxd_pool_list *list, struct imxd_pooled *pooled)
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

static inline void imxd_pool_take_out(struct imxd_pool_list *list, struct imxd_pooled *pooled)
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

static inline void imxd_pool_add_idle(struct imxd_pool *pool, struct imxd_pooled *pooled)
{
	imxd_pool_push(&pool->idle, pooled);
	pool->idle_bytes += pooled->buffer.block.size;
}

static inline void imxd_pool_take_idle(struct imxd_pool *pool, struct imxd_pooled *pooled)
{
	imxd_pool_take_out(&pool->idle, pooled);
	pool->idle_bytes -= pooled->buffer.block.size;
}

/* Add a structure whose buffer is gone or has another structure. */
static inline void imxd_pool_add_spent(struct imxd_pool *pool, struct imxd_pooled *pooled)
{
	pooled->state = IMXD_POOLED_SPENT;
	imxd_pool_push(&pool->spent, pooled);
}

/* Return a structure without contents, NULL if there is no memory. */
static inline struct imxd_pooled *imxd_pool_new_structure(struct imxd_pool *pool)
{
	struct imxd_pooled *pooled = pool->spent.oldest;

	if (pool->spent.count <= IMXD_POOL_SPENT)
		return malloc(sizeof(*pooled));
	imxd_pool_take_out(&pool->spent, pooled);
	return pooled;
}

/* Are its buffers zeroed? Needs no lock. */
static inline bool imxd_pool_zeroes(struct imxd_pool const *pool)
{
	return pool->config.flags & IMX_DMA_BUFFER_POOL_FLAG_ZERO;
}

/* Count a buffer that the program has from now on. */
static inline void imxd_pool_count_used(struct imxd_pool *pool, struct imxd_pooled const *pooled)
{
	pool->used_buffers++;
	pool->used_bytes += pooled->buffer.block.size;
	pool->wasted_bytes += pooled->buffer.block.size - pooled->buffer.size;
	if (pool->used_bytes + pool->idle_bytes > pool->peak_bytes)
		pool->peak_bytes = pool->used_bytes + pool->idle_bytes;
}

/* In a forked child, idle buffers are the parent's. */
static inline bool imxd_pool_is_over(struct imxd_pool const *pool, struct imxd_pooled const *pooled, uint64_t now)
{
	return pooled->buffer.inherited ||
		(pool->config.idle_ms != UINT_MAX && now - pooled->since >= pool->config.idle_ms);
}

/*
 * Take the oldest buffers out of the idle list that exceed these limits, and those whose time is over. Returns them as
 * a list of older ones, for imxd_pool_free_excess().
 */
struct imxd_pooled *imxd_pool_take_excess(struct imxd_pool *pool, size_t max_bytes, size_t max_buffers);

/* Free the buffers of such a list. Hold no lock. Returns 0 or the first negative errno code. */
int imxd_pool_free_excess(struct imxd_pool *pool, struct imxd_pooled *excess);

/* Free what exceeds these limits, and those whose time is over. Hold no lock. Returns true if there was anything. */
bool imxd_pool_trim_idle(struct imxd_pool *pool, size_t max_bytes, size_t max_buffers);

#endif /* IMXD_POOL_IDLE_H */
