/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/pool.h"

#include <stdio.h>
#include <string.h>

#include "kernel/life.h"
#include "kernel/settings.h"

uint64_t sim_pool_used(char const *name)
{
	uint64_t used = 0;

	for (struct sim_memory *memory = sim_memories(); memory; memory = memory->next)
		if (memory->header && strcmp(memory->header->heap, name) == 0)
			used += memory->size;
	return used;
}

void sim_pool_account(struct sim_pool const *pool, uint64_t *total, uint64_t *available)
{
	uint64_t used = sim_pool_used(pool->name);

	if (pool->scattered)
		return;
	*total += pool->limit;
	*available += (used < pool->limit) ? pool->limit - used : 0;
}

void sim_pool_account_node(struct sim_node const *node, uint64_t *total, uint64_t *available)
{
	sim_pool_account(node->data, total, available);
}

static bool fits(struct sim_pool const *pool, uint64_t size)
{
	uint64_t used = sim_pool_used(pool->name);

	return used <= pool->limit && size <= pool->limit - used;
}

bool sim_pool_has_room(struct sim_pool const *pool, uint64_t size)
{
	sim_sweep();
	if (fits(pool, size))
		return true;
	/* The interposed functions miss some changes: exec closes files, mremap unmaps. */
	sim_sweep_now();
	return fits(pool, size);
}

/* A CMA area aligns to the power of two of the size, up to CONFIG_CMA_ALIGNMENT. Single pages are aligned to a page. */
uint64_t sim_pool_alignment(struct sim_pool const *pool, uint64_t size)
{
	uint64_t alignment = sim_page_size(), most = pool->alignment ? pool->alignment : sim_settings.cma_alignment;

	while (!pool->scattered && alignment < size && alignment < most)
		alignment *= 2;
	return alignment;
}

/* The pool's exporter, or the one of the statement exporter. */
static char const *exporter_of(struct sim_pool const *pool)
{
	if (pool->exporter[0] != '\0')
		return pool->exporter;
	if (sim_settings.exporter == SIM_EXPORTER_MODULE)
		return pool->scattered ? "system_heap" : "cma_heap";
	return pool->own_name[0] ? pool->own_name : pool->name;
}

void sim_pool_describe(struct sim_pool const *pool, uint64_t size, bool cached, struct sim_header *header)
{
	*header = (struct sim_header){.size = size, .cached = cached};
	header->layout.address = pool->base ? pool->base : sim_settings.base;
	header->layout.shift = pool->shift;
	header->layout.unit = sim_page_size();
	header->layout.stride = pool->scattered ? 2 * sim_page_size() : sim_page_size();
	snprintf(header->heap, sizeof(header->heap), "%s", pool->name);
	snprintf(header->exporter, sizeof(header->exporter), "%s", exporter_of(pool));
}
