/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Synchronises one range or a session, for test_instructions.py, which traces it.
 *
 * usage: instructions device|cpu|read|write|overwrite OFFSET LENGTH DIRECTION
 * Prints the address of byte 0, the size, the strategy and the granule.
 */
#include <imxdmabuffer/imxdmabuffer_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 4096

static unsigned int flags_of(char const *what)
{
	if (strcmp(what, "read") == 0)
		return IMX_DMA_BUFFER_MAPPING_FLAG_READ;
	if (strcmp(what, "write") == 0)
		return IMX_DMA_BUFFER_MAPPING_FLAG_WRITE;
	if (strcmp(what, "overwrite") == 0)
		return IMX_DMA_BUFFER_MAPPING_FLAG_WRITE | IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE;
	return IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC;
}

int main(int argc, char **argv)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name("host:memfd", 0, NULL);
	ImxDmaBuffer *buffer = allocator ? imx_dma_buffer_allocate(allocator, SIZE, 1, NULL) : NULL;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferRange range;
	int code = 0;

	if (argc != 5 || !buffer || imx_dma_buffer_query_properties(buffer, &properties, NULL) != 0)
		return 2;
	range = (ImxDmaBufferRange){strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0)};
	printf("%p %d %s %zu\n", (void *)imx_dma_buffer_map(buffer, flags_of(argv[1]), NULL), SIZE,
		imx_dma_buffer_coherency_name(properties.coherency), properties.sync_granule);
	if (strcmp(argv[1], "device") == 0)
		code = imx_dma_buffer_sync_for_device(buffer, &range, 1, (ImxDmaBufferDirection)atoi(argv[4]), NULL);
	else if (strcmp(argv[1], "cpu") == 0)
		code = imx_dma_buffer_sync_for_cpu(buffer, &range, 1, (ImxDmaBufferDirection)atoi(argv[4]), NULL);
	imx_dma_buffer_unmap(buffer);
	return code ? 1 : 0;
}
