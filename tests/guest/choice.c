/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Check the heap that the library selects, or the reason if there is none.
 *
 * usage: choice NODE cached|uncached
 *        choice none TEXT...     the reason must contain each TEXT
 */
#include "guest.h"

static void check_reason(ImxDmaBufferAllocatorInfo const *info, char **texts)
{
	tap(info->error != 0, "dma-heap is not usable: %s", info->message);
	for (; *texts; texts++)
		tap(strstr(info->message, *texts) != NULL, "the reason contains \"%s\"", *texts);
}

int main(int argc, char **argv)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};
	bool uncached;

	if (argc < 3 || imx_dma_buffer_query_allocator("dma-heap", &info, NULL) != 0)
		return 2;
	if (strcmp(argv[1], "none") == 0) {
		check_reason(&info, argv + 2);
	} else {
		uncached = info.cached == IMX_DMA_BUFFER_TRISTATE_NO;
		tap(info.error == 0 && strcmp(info.node, argv[1]) == 0, "the heap is %s, expected %s", info.node, argv[1]);
		if (info.message[0] != '\0')
			tap_note("%s", info.message);
		tap(uncached == (strcmp(argv[2], "uncached") == 0), "it is %s, expected %s", uncached ? "uncached" : "cached",
			argv[2]);
	}
	return tap_done();
}
