/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Actions with pools, views and fences.
 */
#include <unistd.h>

#include "threads.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

/* Memory that another thread had before. */
void use_pool(struct worker *worker)
{
	ImxDmaBufferAllocator *allocator = shared.pool ? shared.pool : shared.allocator;
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};
	uint32_t seed = next_random(worker);
	size_t size = 1 + seed % 20000;
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, size, 1, NULL);
	uint8_t *address = imx_dma_buffer_map(buffer, (seed & 1) ? MANUAL : 0, NULL);

	expect(worker, address);
	if (!address)
		return;
	fill(address, size, seed);
	if (seed & 2)
		expect(worker, imx_dma_buffer_get_fd(buffer) != 0);
	/* There is no pool of a slab. */
	if (imx_dma_buffer_pool_get_stats(allocator, &stats, NULL) == 0)
		expect(worker, stats.used_buffers > 0);
	if ((seed & 12) == 0)
		imx_dma_buffer_pool_trim(allocator, 30000);
	expect(worker, holds(address, size, seed));
	imx_dma_buffer_deallocate(buffer);
}

/* Small buffers of all threads are in the same blocks. */
void use_slab(struct worker *worker)
{
	ImxDmaBuffer *buffers[4];

	for (size_t i = 0; shared.slab && i < 4; i++) {
		uint8_t *address;

		buffers[i] = imx_dma_buffer_allocate(shared.slab, 100 + i, 1, NULL);
		address = imx_dma_buffer_map(buffers[i], 0, NULL);
		expect(worker, address);
		if (address) {
			fill(address, 100 + i, worker->number + (uint32_t)i);
			expect(worker, holds(address, 100 + i, worker->number + (uint32_t)i));
		}
	}
	for (size_t i = 0; shared.slab && i < 4; i++)
		imx_dma_buffer_deallocate(buffers[i]);
}

/* The buffer may go before its view. */
void use_views(struct worker *worker)
{
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(shared.allocator, 3 * PART, 1, NULL);
	ImxDmaBuffer *view = imx_dma_buffer_new_view(buffer, PART, PART, 0, NULL);
	ImxDmaBuffer *of_shared = imx_dma_buffer_new_view(shared.manual, PART * worker->number, PART, 0, NULL);
	uint32_t seed = next_random(worker);
	uint8_t *address = imx_dma_buffer_map(view, 0, NULL);

	/* Not of memory whose caches a vendor's library maintains. */
	if (seed & 1)
		imx_dma_buffer_deallocate(buffer);
	if (address) {
		fill(address, PART, seed);
		expect(worker, holds(address, PART, seed));
		expect(worker, imx_dma_buffer_map(of_shared, READ, NULL));
	}
	imx_dma_buffer_deallocate(of_shared);
	imx_dma_buffer_deallocate(view);
	if (!(seed & 1))
		imx_dma_buffer_deallocate(buffer);
}

void use_fences(struct worker *worker)
{
	int file = imx_dma_buffer_export_sync_file(shared.manual, IMX_DMA_BUFFER_TO_DEVICE, NULL);

	/* Only with a DMA-BUF, and a kernel since 6.0. */
	expect(worker, (imx_dma_buffer_wait(shared.manual, IMX_DMA_BUFFER_FROM_DEVICE, 0, NULL) == 0) == (file >= 0));
	if (file < 0)
		return;
	expect(worker, imx_dma_buffer_import_sync_file(shared.manual, file, IMX_DMA_BUFFER_TO_DEVICE, NULL) == 0);
	close(file);
}
