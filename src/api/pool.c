/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer_pool.h.
 */
#include "imxdmabuffer/imxdmabuffer_pool.h"

#include <errno.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../core/allocator.h"
#include "../core/pool.h"
#include "export.h"
#include "result.h"

static int make(ImxDmaBufferAllocator *inner, ImxDmaBufferPoolConfig const *config, struct imxd_allocator **pool)
{
	struct imxd_allocator *own = imxd_own_allocator(inner);

	if (!inner)
		return imxd_fail(-EINVAL, "pool: the allocator is NULL");
	if (!own)
		return imxd_fail(-ENOTSUP, "pool: the allocator is not one of the library");
	return imxd_allocator_new_pool(own, config, pool);
}

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_pool_new(ImxDmaBufferAllocator *inner,
	ImxDmaBufferPoolConfig const *config, int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_allocator *pool = NULL;

	imxd_result(make(inner, config, &pool), error);
	return (ImxDmaBufferAllocator *)pool;
}

static int make_slab(ImxDmaBufferAllocator *inner, size_t block_size, struct imxd_allocator **slab)
{
	struct imxd_allocator *own = imxd_own_allocator(inner);

	if (!inner)
		return imxd_fail(-EINVAL, "slab: the allocator is NULL");
	if (!own)
		return imxd_fail(-ENOTSUP, "slab: the allocator is not one of the library");
	return imxd_allocator_new_slab(own, block_size, slab);
}

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_slab_new(ImxDmaBufferAllocator *inner, size_t block_size, int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_allocator *slab = NULL;

	imxd_result(make_slab(inner, block_size, &slab), error);
	return (ImxDmaBufferAllocator *)slab;
}

static struct imxd_allocator *find(ImxDmaBufferAllocator *allocator)
{
	struct imxd_allocator *own = imxd_own_allocator(allocator);

	return (own && own->pool) ? own : NULL;
}

IMXD_EXPORT int imx_dma_buffer_pool_get_stats(ImxDmaBufferAllocator *pool, ImxDmaBufferPoolStats *stats, int *error)
{
	ImxDmaBufferPoolStats found = {.struct_size = sizeof(found)};
	struct imxd_allocator *own = find(pool);
	int code = imxd_check_result(stats);

	if (code == 0 && !own)
		code = imxd_fail(-EINVAL, pool ? "the allocator is not a pool" : "the pool is NULL");
	if (code == 0) {
		imxd_pool_get_stats(own, &found);
		imxd_copy_result(stats, &found, sizeof(found));
	}
	return imxd_result(code, error);
}

IMXD_EXPORT void imx_dma_buffer_pool_trim(ImxDmaBufferAllocator *pool, size_t keep_bytes)
{
	IMXD_NO_CANCEL;
	struct imxd_allocator *own = find(pool);

	if (own)
		imxd_pool_trim(own, keep_bytes);
}
