/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools on simulated boards.
 */
#ifndef TESTS_SIMULATED_POOL_H
#define TESTS_SIMULATED_POOL_H

#include <limits.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_pool.h"

#define UNCACHED "heap reserved-uncached; phys native; release 6.1.0"
#define SIZE 8192

/* In the flags of a configuration: the inner allocator needs no address. */
#define NO_ADDRESS (1u << 31)

/* The allocator behind the pool. */
static ImxDmaBufferAllocator *inner;

/* Start a board with a pool, in which nothing ages unless the configuration demands it. */
static inline ImxDmaBufferAllocator *new_pool(char const *board, ImxDmaBufferPoolConfig config)
{
	ImxDmaBufferAllocator *pool;

	start_board(board);
	inner = new_allocator(config.flags & NO_ADDRESS ? "dma-heap" : NULL,
		config.flags & NO_ADDRESS ? IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS : 0);
	config.flags &= ~NO_ADDRESS;
	config.struct_size = sizeof(config);
	if (config.idle_ms == 0)
		config.idle_ms = UINT_MAX;
	pool = imx_dma_buffer_pool_new(inner, &config, NULL);
	if (!pool)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(pool);
	sim_reset_counts();
	return pool;
}

static inline void destroy(ImxDmaBufferAllocator *pool)
{
	imx_dma_buffer_allocator_destroy(inner);
	imx_dma_buffer_allocator_destroy(pool);
	assert_nothing_left();
}

static inline ImxDmaBufferPoolStats stats_of(ImxDmaBufferAllocator *pool)
{
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};

	assert_int_equal(imx_dma_buffer_pool_get_stats(pool, &stats, NULL), 0);
	return stats;
}

#endif /* TESTS_SIMULATED_POOL_H */
