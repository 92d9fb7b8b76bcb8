/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pool.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../base/sys.h"
#include "alignment.h"
#include "buffer.h"
#include "live.h"
#include "mapping.h"
#include "pool_idle.h"
#include "pool_new.h"
#include "proof.h"
#include "refresh.h"

static struct imxd_pooled *pooled_of(struct imxd_buffer *buffer)
{
	return (struct imxd_pooled *)buffer;
}

struct imxd_pool *imxd_pool_create(ImxDmaBufferPoolConfig const *config)
{
	struct imxd_pool *pool = calloc(1, sizeof(*pool));

	if (pool)
		pool->config = *config;
	return pool;
}

void imxd_pool_free(struct imxd_pool *pool)
{
	struct imxd_pooled *older;

	for (struct imxd_pooled *pooled = pool ? pool->spent.newest : NULL; pooled; pooled = older) {
		older = pooled->older;
		free(pooled);
	}
	free(pool);
}

/* An allocation looks at this many buffers that may be held. */
#define MAX_LOOKS 4u

static bool fits(struct imxd_pool const *pool, struct imxd_pooled const *pooled,
	struct imxd_pool_request const *request)
{
	bool any = pool->config.flags & IMX_DMA_BUFFER_POOL_FLAG_ANY_FIT;

	return !pooled->is_busy && !pooled->buffer.inherited && pooled->looked != request->turn &&
		(pooled->class_size == request->class_size || pooled->class_size == request->plain_size ||
			(any && pooled->class_size >= request->class_size)) &&
		imxd_buffer_can_place(&pooled->buffer, request->size, request->alignment);
}

/* The newest of the smallest ones that fit. Those that were held at the last look come last. */
static struct imxd_pooled *find_idle(struct imxd_pool const *pool, struct imxd_pool_request const *request)
{
	struct imxd_pooled *best = NULL, *held = NULL;

	for (struct imxd_pooled *pooled = pool->idle.newest; pooled; pooled = pooled->older) {
		if (!fits(pool, pooled, request))
			continue;
		if (pooled->looked != 0)
			held = pooled;
		else if (!best || pooled->class_size < best->class_size)
			best = pooled;
		if (best && best->class_size == request->class_size)
			break;
	}
	return best ? best : held;
}

static bool is_known_to_be_free(struct imxd_pooled const *pooled)
{
	return imxd_proof_is_needless(&pooled->buffer, pooled->forks != imxd_forks());
}

/* Give an idle buffer out in a new structure. forks: imxd_forks() before it was free. Returns NULL without memory. */
static struct imxd_pooled *give_out(struct imxd_pool *pool, struct imxd_pooled *idle, size_t size, size_t alignment,
	unsigned long forks)
{
	struct imxd_pooled *pooled = imxd_pool_new_structure(pool);

	if (!pooled)
		return NULL;
	imxd_pool_take_idle(pool, idle);
	memcpy(pooled, idle, sizeof(*pooled));
	pooled->state = IMXD_POOLED_USED;
	pooled->forks = forks;
	pooled->is_busy = false;
	pooled->looked = 0;
	/* A program may have set another allocator. */
	pooled->buffer.parent.allocator = &pooled->buffer.owner->parent;
	pooled->buffer.mapping.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	atomic_store_explicit(&pooled->buffer.mapping.has_warned, false, memory_order_relaxed);
	atomic_store_explicit(&pooled->buffer.is_known, false, memory_order_relaxed);
	if (pooled->is_whole || pooled->buffer.size != size || pooled->alignment != alignment) {
		imxd_refresh_place(&pooled->buffer, size, alignment);
		pooled->alignment = alignment;
		pooled->is_whole = false;
	}
	imxd_live_replace(&idle->buffer, &pooled->buffer);
	imxd_pool_add_spent(pool, idle);
	pool->hits++;
	imxd_pool_count_used(pool, pooled);
	return pooled;
}

/*
 * Give out an idle buffer that this thread has marked as busy, if it is free. Hold no lock. Returns 0 with *pooled,
 * NULL if the buffer is held, or -ENOMEM.
 */
static int prove_and_give_out(struct imxd_pool *pool, struct imxd_pooled *idle, struct imxd_pool_request const *request,
	struct imxd_pooled **pooled)
{
	bool no_fences = pool->config.flags & IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES;
	struct imxd_pooled *useless = NULL;
	enum imxd_proof proof = IMXD_PROOF_FREE;
	unsigned long forks = imxd_forks();

	if (!is_known_to_be_free(idle))
		proof = imxd_proof_find(&idle->buffer, no_fences);
	if (proof == IMXD_PROOF_FREE && idle->buffer.is_named && imxd_refresh_name(&idle->buffer) != 0)
		proof = IMXD_PROOF_NONE;
	if (proof == IMXD_PROOF_FREE && imxd_refresh_contents(&idle->buffer, imxd_pool_zeroes(pool)) != 0)
		proof = IMXD_PROOF_NONE;
	imxd_lock(IMXD_LOCK_LIVE);
	idle->is_whole = true;
	idle->is_busy = false;
	idle->looked = request->turn;
	*pooled = (proof == IMXD_PROOF_FREE) ? give_out(pool, idle, request->size, request->alignment, forks) : NULL;
	if (proof == IMXD_PROOF_NONE) {
		imxd_pool_take_idle(pool, idle);
		idle->older = NULL;
		useless = idle;
	}
	imxd_unlock(IMXD_LOCK_LIVE);
	imxd_pool_free_excess(pool, useless);
	return (proof == IMXD_PROOF_FREE && !*pooled) ? imxd_fail_memory() : 0;
}

static bool is_ready(struct imxd_pool const *pool, struct imxd_pooled const *idle)
{
	return is_known_to_be_free(idle) && !idle->buffer.is_named && !imxd_pool_zeroes(pool) &&
		imxd_refresh_is_needless(&idle->buffer);
}

/* Find an idle buffer for the request. Hold no lock. Returns 0 with *pooled, NULL if there is none, or -ENOMEM. */
static int reuse(struct imxd_pool *pool, struct imxd_pool_request *request, struct imxd_pooled **pooled)
{
	struct imxd_pooled *idle, *excess;
	size_t looks = 0;
	int code = 0;

	*pooled = NULL;
	do {
		imxd_lock(IMXD_LOCK_LIVE);
		if (request->turn == 0) {
			request->turn = ++pool->turn;
			looks = (pool->idle.count < MAX_LOOKS) ? pool->idle.count : MAX_LOOKS;
		}
		excess = imxd_pool_take_excess(pool, SIZE_MAX, SIZE_MAX);
		idle = find_idle(pool, request);
		if (idle && is_ready(pool, idle)) {
			*pooled = give_out(pool, idle, request->size, request->alignment, imxd_forks());
			code = *pooled ? 0 : imxd_fail_memory();
		} else if (idle) {
			idle->is_busy = true;
		}
		imxd_unlock(IMXD_LOCK_LIVE);
		imxd_pool_free_excess(pool, excess);
		if (idle && code == 0 && !*pooled)
			code = prove_and_give_out(pool, idle, request, pooled);
	} while (idle && code == 0 && !*pooled && looks-- > 0);
	return code;
}

/* The usual case: the newest idle buffer has served the same request, and nothing must be done for it. */
static struct imxd_pooled *reuse_newest(struct imxd_pool *pool, size_t size, size_t alignment)
{
	struct imxd_pooled *idle, *pooled = NULL;

	imxd_lock_without_cancel(IMXD_LOCK_LIVE);
	idle = pool->idle.newest;
	/* Another thread may change what it has marked as busy. */
	if (idle && !idle->is_busy && idle->buffer.size == size && idle->alignment == alignment && !idle->is_whole &&
		!idle->buffer.inherited && is_ready(pool, idle))
		pooled = give_out(pool, idle, size, alignment, imxd_forks());
	imxd_unlock_without_cancel(IMXD_LOCK_LIVE);
	return pooled;
}

static __attribute__((noinline)) int search(struct imxd_allocator *owner, struct imxd_pool_request *request,
	struct imxd_pooled **pooled)
{
	int code = imxd_alignment_plan(owner->device.traits.caps, request->size, request->alignment, &request->plain_size);

	request->class_size = imxd_alignment_class(request->plain_size, owner->max_size);
	if (code == 0 && request->size != 0)
		code = reuse(owner->pool, request, pooled);
	if (code == 0 && !*pooled)
		code = imxd_pool_allocate_new(owner, request, pooled);
	return code;
}

int imxd_pool_allocate(struct imxd_allocator *owner, size_t size, size_t alignment, struct imxd_buffer **buffer)
{
	struct imxd_pooled *pooled = reuse_newest(owner->pool, size, alignment);
	struct imxd_pool_request request = {.size = size, .alignment = alignment};
	int code = pooled ? 0 : search(owner, &request, &pooled);

	if (code == 0)
		*buffer = &pooled->buffer;
	return code;
}

static bool is_finished(struct imxd_buffer const *buffer)
{
	return atomic_load_explicit(&buffer->mapping.state, memory_order_relaxed) == 0 && !buffer->inherited;
}

/* With the lock. Returns false if the buffer is not in use. */
static bool count_unused(struct imxd_pool *pool, struct imxd_pooled *pooled)
{
	if (pooled->state != IMXD_POOLED_USED)
		return false;
	pooled->state = IMXD_POOLED_IDLE;
	pool->used_buffers--;
	pool->used_bytes -= pooled->buffer.block.size;
	pool->wasted_bytes -= pooled->buffer.block.size - pooled->buffer.size;
	return true;
}

/* With the lock. Returns what must be freed. */
static struct imxd_pooled *keep(struct imxd_pool *pool, struct imxd_pooled *pooled)
{
	uint64_t now = imxd_sys_now();

	if (pooled->buffer.block.size > pool->config.max_idle_bytes) {
		pooled->older = NULL;
		return pooled;
	}
	pooled->since = now;
	imxd_pool_add_idle(pool, pooled);
	if (pool->idle_bytes <= pool->config.max_idle_bytes && pool->idle.count <= pool->config.max_idle_buffers &&
		!imxd_pool_is_over(pool, pool->idle.oldest, now))
		return NULL;
	return imxd_pool_take_excess(pool, pool->config.max_idle_bytes, pool->config.max_idle_buffers);
}

/* The buffer is mapped, or the parent's. Hold no lock. */
static __attribute__((noinline)) int finish_and_keep(struct imxd_pool *pool, struct imxd_pooled *pooled)
{
	struct imxd_pooled *excess;
	int code = imxd_mapping_close(&pooled->buffer), freed;

	if (code != 0 || pooled->buffer.inherited) {
		pooled->older = NULL;
		freed = imxd_pool_free_excess(pool, pooled);
		return code ? code : freed;
	}
	imxd_lock(IMXD_LOCK_LIVE);
	excess = keep(pool, pooled);
	imxd_unlock(IMXD_LOCK_LIVE);
	imxd_pool_free_excess(pool, excess);
	return 0;
}

int imxd_pool_release(struct imxd_buffer *buffer)
{
	struct imxd_pooled *pooled = pooled_of(buffer), *excess = NULL;
	struct imxd_pool *pool = buffer->owner->pool;
	bool was_used, is_kept;

	imxd_lock_without_cancel(IMXD_LOCK_LIVE);
	was_used = count_unused(pool, pooled);
	is_kept = was_used && is_finished(buffer);
	if (is_kept)
		excess = keep(pool, pooled);
	imxd_unlock_without_cancel(IMXD_LOCK_LIVE);
	if (excess)
		imxd_pool_free_excess(pool, excess);
	if (!was_used)
		return imxd_fail(-EINVAL, "deallocate: this buffer of a pool has been deallocated before");
	return is_kept ? 0 : finish_and_keep(pool, pooled);
}

void imxd_pool_trim(struct imxd_allocator *owner, size_t keep_bytes)
{
	imxd_pool_trim_idle(owner->pool, keep_bytes, SIZE_MAX);
}

int imxd_pool_fill(struct imxd_allocator *owner, unsigned int count, size_t size)
{
	struct imxd_buffer *buffer, *buffers = NULL;
	unsigned int total = count;
	int code = 0;

	for (; count > 0 && code == 0; count--) {
		code = imxd_pool_allocate(owner, size, 1, &buffer);
		if (code != 0)
			break;
		pooled_of(buffer)->older = (struct imxd_pooled *)buffers;
		buffers = buffer;
	}
	while (buffers) {
		buffer = buffers;
		buffers = (struct imxd_buffer *)pooled_of(buffer)->older;
		imxd_pool_release(buffer);
	}
	owner->pool->misses = 0;
	if (code == 0 && owner->pool->idle.count < total)
		code = imxd_fail(-EINVAL,
			"pool: the mechanism rounds %zu bytes up, and %u buffers of them are more than %zu bytes", size, total,
			owner->pool->config.max_idle_bytes);
	return code;
}

void imxd_pool_get_stats(struct imxd_allocator *owner, ImxDmaBufferPoolStats *stats)
{
	struct imxd_pool const *pool = owner->pool;

	imxd_lock(IMXD_LOCK_LIVE);
	stats->hits = pool->hits;
	stats->misses = pool->misses;
	stats->used_buffers = pool->used_buffers;
	stats->used_bytes = pool->used_bytes;
	stats->idle_buffers = pool->idle.count;
	stats->idle_bytes = pool->idle_bytes;
	stats->peak_bytes = pool->peak_bytes;
	stats->wasted_bytes = pool->wasted_bytes;
	for (struct imxd_pooled const *pooled = pool->idle.newest; pooled; pooled = pooled->older)
		stats->held_buffers += pooled->looked != 0;
	imxd_unlock(IMXD_LOCK_LIVE);
}
