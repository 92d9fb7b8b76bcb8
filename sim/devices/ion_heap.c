/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "devices/ion_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "kernel/buffer.h"
#include "kernel/coherency.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/uapi.h"

/* The next heap of the mask; NULL: the first one. */
static struct sim_ion_heap *next_heap(struct sim_node *node, struct sim_ion_heap *heap, uint32_t mask)
{
	struct sim_ion *ion = node->data;

	heap = heap ? heap->next : ion->heaps;
	while (heap && !(mask & (UINT32_C(1) << heap->id)))
		heap = heap->next;
	return heap;
}

/* Check the size. Leaves the errno code for a bad size, or for a mask without heaps. */
static bool is_wanted(uint64_t size)
{
	errno = (size == 0 || sim_round_up(size, sim_page_size()) < size) ? EINVAL : ENODEV;
	return errno == ENODEV;
}

struct sim_block *sim_ion_take_block(struct sim_node *node, uint32_t mask, uint64_t size, bool cached)
{
	struct sim_block *block = NULL;
	struct sim_ion_heap *heap = is_wanted(size) ? next_heap(node, NULL, mask) : NULL;

	for (; heap && !block; heap = next_heap(node, heap, mask))
		block = sim_block_create(&heap->pool, node, size, cached);
	return block;
}

/* The zeros of a new buffer are cleaned from the cache. */
static int make_buffer(struct sim_pool const *pool, uint64_t size, bool cached)
{
	uint64_t rounded = sim_round_up(size, sim_page_size());
	struct sim_header header;
	struct sim_target target;
	int fd;

	if (!sim_pool_has_room(pool, rounded))
		return sim_error(ENOMEM);
	sim_pool_describe(pool, rounded, cached, &header);
	header.pfnmap = true;
	fd = sim_buffer_create(&header, sim_pool_alignment(pool, rounded), O_RDWR | O_CLOEXEC);
	if (fd >= 0 && sim_find(fd, &target) == SIM_IS_DMABUF)
		sim_clean(target.memory, 0, rounded);
	return fd;
}

int sim_ion_take_buffer(struct sim_node *node, uint32_t mask, uint64_t size, bool cached)
{
	struct sim_ion_heap *heap = is_wanted(size) ? next_heap(node, NULL, mask) : NULL;
	int fd = -1;

	for (; heap && fd < 0; heap = next_heap(node, heap, mask))
		fd = make_buffer(&heap->pool, size, cached);
	return fd;
}

#define TYPE_DMA_GKI 2
#define TYPE_CUSTOM_GKI 16

static uint32_t get_type(struct sim_ion const *ion, struct sim_ion_heap const *heap)
{
	if (ion->gki && heap->type == SIM_ION_DMA)
		return TYPE_DMA_GKI;
	return (ion->gki && heap->type == SIM_ION_CUSTOM) ? TYPE_CUSTOM_GKI : heap->type;
}

static bool list_heaps(struct sim_ion const *ion, struct kernel_ion_query *query)
{
	uint8_t *place = (uint8_t *)(uintptr_t)query->heaps;
	uint32_t count = 0;

	for (struct sim_ion_heap *heap = ion->heaps; heap && count < query->count; heap = heap->next) {
		struct kernel_ion_heap data = {.type = get_type(ion, heap), .id = heap->id};

		memcpy(data.name, heap->name, sizeof(data.name));
		/* A 32-bit pointer that was sign-extended is invalid. */
		if (!sim_is_readable(place) || (uintptr_t)query->heaps != query->heaps)
			return false;
		memcpy(place + count++ * sizeof(data), &data, sizeof(data));
	}
	query->count = count;
	return true;
}

int sim_ion_query(struct sim_node *node, void *argument)
{
	struct sim_ion const *ion = node->data;
	struct kernel_ion_query query;

	memcpy(&query, argument, sizeof(query));
	if (query.reserved0 != 0 || query.reserved1 != 0 || query.reserved2 != 0)
		return sim_error(EINVAL);
	if (query.heaps == 0) {
		query.count = 0;
		for (struct sim_ion_heap *heap = ion->heaps; heap; heap = heap->next)
			query.count++;
	} else if (query.count == 0) {
		return sim_error(EINVAL);
	} else if (!list_heaps(ion, &query)) {
		return sim_error(EFAULT);
	}
	memcpy(argument, &query, sizeof(query));
	return 0;
}
