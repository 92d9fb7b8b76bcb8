/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scenarios of pools, views and fences.
 */
#include <errno.h>
#include <unistd.h>

#include "imxdmabuffer/imxdmabuffer_pool.h"
#include "imxdmabuffer/imxdmabuffer_view.h"

#include "scenarios.h"

#define SIZE 20000

/* A failure makes the buffer useless for others: it is freed. */
static void use_twice(ImxDmaBufferAllocator *pool)
{
	for (int i = 0; i < 2; i++) {
		ImxDmaBuffer *buffer = new_buffer(pool, SIZE);
		uint8_t *address = POINTER(imx_dma_buffer_map, buffer, IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, ERROR);

		if (address)
			address[0] = address[SIZE - 1] = 1;
		VALUE(imx_dma_buffer_get_fd, buffer);
		VALUE(imx_dma_buffer_deallocate, buffer);
	}
}

static void pool(void)
{
	ImxDmaBufferPoolConfig config = {
		.struct_size = sizeof(config), .preallocate = 1, .preallocate_size = SIZE, .idle_ms = UINT32_MAX};
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};
	ImxDmaBufferAllocator *inner = new_allocator(), *allocator;

	/* The board's allocator may be a pool itself. */
	if (board.is_pool || board.is_slab)
		may_fail(EINVAL);
	allocator = POINTER(imx_dma_buffer_pool_new, inner, &config, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, inner);
	if (!allocator)
		return;
	use_twice(allocator);
	STATUS(imx_dma_buffer_pool_get_stats, allocator, &stats, ERROR);
	if (stats.used_buffers != 0)
		problem("a pool counts buffers that were deallocated");
	VALUE(imx_dma_buffer_pool_trim, allocator, 0);
	use_twice(allocator);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void zeroing_pool(void)
{
	ImxDmaBufferPoolConfig config = {.struct_size = sizeof(config),
		.idle_ms = UINT32_MAX,
		.flags = IMX_DMA_BUFFER_POOL_FLAG_ZERO | IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES};
	ImxDmaBufferAllocator *inner = new_allocator(), *allocator;

	if (board.is_pool || board.is_slab)
		may_fail(EINVAL);
	allocator = POINTER(imx_dma_buffer_pool_new, inner, &config, ERROR);
	if (allocator)
		use_twice(allocator);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
	VALUE(imx_dma_buffer_allocator_destroy, inner);
}

static void slab(void)
{
	ImxDmaBufferAllocator *inner = new_allocator(), *allocator;
	ImxDmaBuffer *first, *second;

	/* Cached memory without ranges; and the board's allocator may be a pool. */
	may_fail((board.is_pool || board.is_slab) ? EINVAL : ENOTSUP);
	allocator = POINTER(imx_dma_buffer_slab_new, inner, 65536, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, inner);
	if (!allocator)
		return;
	first = new_buffer(allocator, 100);
	second = new_buffer(allocator, 100);
	POINTER(imx_dma_buffer_map, first, 0, ERROR);
	POINTER(imx_dma_buffer_map, second, 0, ERROR);
	VALUE(imx_dma_buffer_deallocate, first);
	VALUE(imx_dma_buffer_deallocate, second);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

/* Boards without a DMA-BUF, or with a kernel before 6.0, have no fences. */
static void fences(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);
	int file;

	may_fail(ENOTSUP);
	STATUS(imx_dma_buffer_wait, buffer, IMX_DMA_BUFFER_TO_DEVICE, 0, ERROR);
	may_fail(ENOTSUP);
	file = STATUS(imx_dma_buffer_export_sync_file, buffer, IMX_DMA_BUFFER_FROM_DEVICE, ERROR);
	may_fail(ENOTSUP);
	may_fail(EINVAL);
	STATUS(imx_dma_buffer_import_sync_file, buffer, file, IMX_DMA_BUFFER_FROM_DEVICE, ERROR);
	if (file >= 0)
		close(file);
	VALUE(imx_dma_buffer_deallocate, buffer);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void views(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE), *view, *inside = NULL;
	uint8_t *address;

	/* Memory whose caches a vendor's library maintains, and small buffers. */
	may_fail(ENOTSUP);
	view = POINTER(imx_dma_buffer_new_view, buffer, 4096, 8192, 0, ERROR);
	if (view)
		inside = POINTER(imx_dma_buffer_new_view, view, 4096, 0, 0, ERROR);
	VALUE(imx_dma_buffer_deallocate, buffer);
	for (int i = 0; view && i < 2; i++) {
		address = POINTER(imx_dma_buffer_map, view, 0, ERROR);
		if (address)
			address[0] = address[8191] = 1;
		VALUE(imx_dma_buffer_unmap, view);
	}
	VALUE(imx_dma_buffer_deallocate, view);
	VALUE(imx_dma_buffer_deallocate, inside);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

struct scenario const pool_scenarios[] = {
	{"views", views},
	{"slab", slab},
	{"fences", fences},
	{"pool", pool},
	{"pool that zeroes", zeroing_pool},
	{0},
};
