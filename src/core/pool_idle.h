/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The idle buffers of a pool and its spent structures. IMXD_LOCK_LIVE guards them: functions need it, unless they say
 * otherwise.
 */
#ifndef IMXD_POOL_IDLE_H
#define IMXD_POOL_IDLE_H

#include "pool.h"

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

void imxd_pool_add_idle(struct imxd_pool *pool, struct imxd_pooled *pooled);
void imxd_pool_take_idle(struct imxd_pool *pool, struct imxd_pooled *pooled);

/* Add a structure whose buffer is gone or has another structure. */
void imxd_pool_add_spent(struct imxd_pool *pool, struct imxd_pooled *pooled);

/* Return a structure without contents, NULL if there is no memory. */
struct imxd_pooled *imxd_pool_new_structure(struct imxd_pool *pool);

/*
 * Take the oldest buffers out of the idle list that exceed these limits, and those whose time is over. Returns them as
 * a list of older ones, for imxd_pool_free_excess().
 */
struct imxd_pooled *imxd_pool_take_excess(struct imxd_pool *pool, size_t max_bytes, size_t max_buffers);

/* Free the buffers of such a list. Hold no lock. Returns 0 or the first negative errno code. */
int imxd_pool_free_excess(struct imxd_pool *pool, struct imxd_pooled *excess);

#endif /* IMXD_POOL_IDLE_H */
