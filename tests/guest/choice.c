/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Check the heap that the library selects, or the reason if there is none.
 *
 * usage: choice NODE cached|uncached
 *        choice none TEXT...     the reason must contain each TEXT
 */
#include "guest.h"

static ImxDmaBufferAllocatorInfo const *find_heap(ImxDmaBufferAllocatorInfo const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, "dma-heap") == 0)
			return &list[i];
	return NULL;
}

static void check_reason(ImxDmaBufferAllocatorInfo const *info, char **texts)
{
	tap(info->error != 0 && info->reason, "dma-heap is not usable: %s", info->reason ? info->reason : "no reason");
	for (; info->reason && *texts; texts++)
		tap(strstr(info->reason, *texts) != NULL, "the reason contains \"%s\"", *texts);
}

int main(int argc, char **argv)
{
	size_t count = 0;
	ImxDmaBufferAllocatorInfo *list = imx_dma_buffer_list_allocators(&count, NULL);
	ImxDmaBufferAllocatorInfo const *info = find_heap(list, count);
	bool cached;

	if (argc < 3 || !info)
		return 2;
	if (strcmp(argv[1], "none") == 0) {
		check_reason(info, argv + 2);
	} else {
		cached = info->capabilities & IMX_DMA_BUFFER_CAPABILITY_CACHED;
		tap(info->error == 0 && info->node && strcmp(info->node, argv[1]) == 0, "the heap is %s, expected %s",
			info->node ? info->node : "none", argv[1]);
		if (info->reason)
			tap_note("%s", info->reason);
		tap(cached == (strcmp(argv[2], "cached") == 0), "it is %s, expected %s", cached ? "cached" : "uncached",
			argv[2]);
	}
	imx_dma_buffer_free_allocator_list(list);
	return tap_done();
}
