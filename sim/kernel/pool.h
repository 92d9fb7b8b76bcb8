/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of a heap or a driver, from which buffers are allocated.
 */
#ifndef SIM_POOL_H
#define SIM_POOL_H

#include "kernel/memory.h"
#include "kernel/node.h"

#define SIM_DEFAULT_LIMIT (UINT64_C(256) << 20)

struct sim_pool {
	char name[SIM_NAME_SIZE]; /* for sim_heap_used() */
	char own_name[SIM_NAME_SIZE]; /* of a heap in /sys, and as its exporter; "": name */
	char exporter[SIM_NAME_SIZE]; /* exp_name of its DMA-BUFs; "": see the statement exporter */
	bool scattered; /* page by page, with gaps */
	uint64_t limit;
	uint64_t base; /* 0: see the statement base */
	uint64_t alignment; /* 0: see the statement cma-alignment */
	uint64_t shift; /* addresses are this many bytes above aligned ones */
};

uint64_t sim_pool_used(char const *name);
/* Add the size of a contiguous pool, and the free bytes of it. */
void sim_pool_account(struct sim_pool const *pool, uint64_t *total, uint64_t *available);
/* As sim_pool_account(), for a node whose data begins with a pool. */
void sim_pool_account_node(struct sim_node const *node, uint64_t *total, uint64_t *available);
bool sim_pool_has_room(struct sim_pool const *pool, uint64_t size);
uint64_t sim_pool_alignment(struct sim_pool const *pool, uint64_t size);
/* Fill in the header of a new buffer. The caller completes it. */
void sim_pool_describe(struct sim_pool const *pool, uint64_t size, bool cached, struct sim_header *header);

#endif /* SIM_POOL_H */
