/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs one operation of the library many times, each inside the function measured(), for scripts/measure.py.
 *
 * usage: operations OPERATION ROUNDS [LIVE]   LIVE: number of other buffers for allocate-among and deallocate-among
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"
#include "imxdmabuffer/imxdmabuffer_pool.h"

static ImxDmaBufferAllocator *allocator, *pool;
static ImxDmaBuffer *buffer;
static size_t sink;

static void allocate(void)
{
	buffer = imx_dma_buffer_allocate(allocator, 3110400, 1, NULL);
}

static void deallocate(void)
{
	imx_dma_buffer_deallocate(buffer);
}

static void map(void)
{
	sink += (size_t)imx_dma_buffer_map(buffer, 0, NULL);
}

static void map_twice(void)
{
	map();
	map();
}

static void unmap(void)
{
	imx_dma_buffer_unmap(buffer);
}

static void get_fd(void)
{
	sink += (size_t)imx_dma_buffer_get_fd(buffer);
}

static void get_size(void)
{
	sink += imx_dma_buffer_get_size(buffer);
}

static void get_physical_address(void)
{
	sink += imx_dma_buffer_get_physical_address(buffer);
}

static void allocate_aligned(void)
{
	buffer = imx_dma_buffer_allocate(allocator, 3110400, 4096, NULL);
}

static void allocate_and_keep(void)
{
	allocate();
	map();
	unmap();
}

static void map_and_unmap(void)
{
	map();
	unmap();
}

static void allocate_manual(void)
{
	allocate();
	imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, NULL);
}

static void start_and_stop(void)
{
	imx_dma_buffer_start_sync_session(buffer);
	imx_dma_buffer_stop_sync_session(buffer);
}

static void use_pool(void)
{
	imx_dma_buffer_deallocate(imx_dma_buffer_allocate(pool, 3110400, 1, NULL));
}

static void make_and_destroy(void)
{
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_allocator_new(NULL));
}

/* Many live buffers, any of which may be freed. */
static ImxDmaBuffer **live;
static size_t num_live, turn;

static void allocate_among(void)
{
	live[turn] = imx_dma_buffer_allocate(allocator, 4096, 1, NULL);
}

static void deallocate_among(void)
{
	imx_dma_buffer_deallocate(live[turn]);
}

/* Take all of them in turn, far from each other. */
static void next_turn(void)
{
	turn = (turn + 7919) % num_live;
}

static int make_live(size_t count)
{
	num_live = count;
	live = calloc(count, sizeof(*live));
	for (turn = 0; live && turn < count; turn++) {
		allocate_among();
		if (!live[turn])
			return -1;
	}
	turn = 0;
	return live ? 0 : -1;
}

static void nothing(void)
{
}

static struct {
	char const *name;
	void (*before)(void);
	void (*before_too)(void);
	void (*operation)(void);
	void (*after)(void);
} const operations[] = {
	{"repeated-map", allocate, map, map, deallocate},
	{"repeated-unmap", allocate, map_twice, unmap, deallocate},
	{"allocate-among", next_turn, deallocate_among, allocate_among, nothing},
	{"deallocate-among", next_turn, nothing, deallocate_among, allocate_among},
	{"kept-map-and-unmap", allocate_and_keep, nothing, map_and_unmap, deallocate},
	{"start-and-stop", allocate_manual, nothing, start_and_stop, deallocate},
	{"pool", use_pool, nothing, use_pool, nothing},
	{"allocate", nothing, nothing, allocate, deallocate},
	{"allocate-aligned", nothing, nothing, allocate_aligned, deallocate},
	{"new-and-destroy", nothing, nothing, make_and_destroy, nothing},
	{"get-fd", allocate, nothing, get_fd, deallocate},
	{"get-size", allocate, nothing, get_size, deallocate},
	{"get-physical-address", allocate, nothing, get_physical_address, deallocate},
};

/* callgrind collects inside this function only. */
__attribute__((noinline)) void measured(void (*operation)(void));
__attribute__((noinline)) void measured(void (*operation)(void))
{
	operation();
	__asm__ volatile("");
}

static int run(size_t index, unsigned long rounds)
{
	for (unsigned long i = 0; i < rounds; i++) {
		operations[index].before();
		operations[index].before_too();
		measured(operations[index].operation);
		operations[index].after();
	}
	return 0;
}

int main(int argc, char **argv)
{
	int error = 0;

	allocator = imx_dma_buffer_allocator_new(&error);
	pool = imx_dma_buffer_pool_new(allocator, NULL, NULL);
	if (!allocator || argc < 3 || (argc > 3 && make_live(strtoul(argv[3], NULL, 10)) != 0)) {
		fprintf(stderr, "%s\n",
			(argc >= 3) ? imx_dma_buffer_get_last_error() : "usage: operations OPERATION ROUNDS [LIVE]");
		return 1;
	}
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(operations[i].name, argv[1]) == 0)
			return run(i, strtoul(argv[2], NULL, 10));
	fprintf(stderr, "%s: no such operation\n", argv[1]);
	return 1;
}
