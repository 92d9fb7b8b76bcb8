/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sync_kernel.h"

#include <errno.h>

#include "../base/error.h"
#include "../uapi/dma_buf.h"
#include "dmabuf.h"

#define BOTH (IMXD_DMA_BUF_SYNC_READ | IMXD_DMA_BUF_SYNC_WRITE)

static bool overwrites(struct imxd_sync_target const *target)
{
	return target->access & IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE;
}

static uint64_t direction(struct imxd_sync_target const *target)
{
	return IMXD_DMA_BUF_SYNC_READ |
		((target->access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE) ? IMXD_DMA_BUF_SYNC_WRITE : 0);
}

/*
 * A write session starts for reading as well: arm64 does nothing at a write-only start, and a cache line that the CPU
 * writes in part would carry stale bytes back over the data of a device. Nothing is right if another session has
 * written lines.
 */
static uint64_t start_flags(struct imxd_sync_target const *target)
{
	bool invalidates = !overwrites(target) && !target->others_write;

	return IMXD_DMA_BUF_SYNC_START | (invalidates ? direction(target) : IMXD_DMA_BUF_SYNC_WRITE);
}

/* END for both directions only cleans; for reading alone, 32-bit kernels and arm64 before 5.19 invalidate. */
static uint64_t end_flags(struct imxd_sync_target const *target)
{
	return IMXD_DMA_BUF_SYNC_END | (target->others_write ? BOTH : direction(target));
}

int imxd_sync_by_kernel(struct imxd_sync_target const *target, bool begins)
{
	if (!(target->block->traits.caps & IMXD_CAP_DMABUF))
		return 0;
	return imxd_dmabuf_sync(target->block->fd, begins ? start_flags(target) : end_flags(target));
}

/* The kernel cleans and invalidates for each attached device; without an attachment it does nothing. */
static int start_importer(struct imxd_sync_target const *target)
{
	return imxd_sync_by_kernel(target, true);
}

static int stop_importer(struct imxd_sync_target const *target)
{
	return imxd_sync_by_kernel(target, false);
}

/*
 * ION counts starts and ends, and udmabuf refuses an end before the first start (EINVAL, drivers/dma-buf/udmabuf.c of
 * Linux 6.1). For writing alone, a start does nothing to the caches, and an end only cleans. Heaps need no pairs, and a
 * start would wait for fences.
 */
static int balance(struct imxd_sync_target const *target, uint64_t end)
{
	unsigned int caps = target->block->traits.caps;

	if (!(caps & IMXD_CAP_COUNTED_SYNC) && (caps & IMXD_CAP_SYNCS_ATTACHED))
		return 0;
	return imxd_dmabuf_sync(target->block->fd, end | IMXD_DMA_BUF_SYNC_WRITE);
}

void imxd_sync_clean(struct imxd_block const *block)
{
	if (block->traits.caps & IMXD_CAP_COUNTED_SYNC)
		imxd_dmabuf_sync_quietly(block->fd, IMXD_DMA_BUF_SYNC_START | IMXD_DMA_BUF_SYNC_WRITE);
	imxd_dmabuf_sync_quietly(block->fd, IMXD_DMA_BUF_SYNC_END | BOTH);
}

static int hand_over(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection towards)
{
	int code = balance(target, IMXD_DMA_BUF_SYNC_START);

	return (code == 0) ? imxd_dmabuf_sync(target->block->fd, IMXD_DMA_BUF_SYNC_END | BOTH) : code;
}

/* START only invalidates: what the CPU wrote has to be cleaned first. */
static int take_over(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection towards)
{
	int code = 0;

	if (towards == IMX_DMA_BUFFER_TO_DEVICE)
		return 0;
	code = hand_over(target, ranges, count, towards);
	if (code == 0)
		code = imxd_dmabuf_sync(target->block->fd, IMXD_DMA_BUF_SYNC_START | IMXD_DMA_BUF_SYNC_READ);
	return (code == 0) ? balance(target, IMXD_DMA_BUF_SYNC_END) : code;
}

/*
 * START discards what the CPU wrote before the session. That is a mistake of the program, but did no harm before a
 * device was kept attached. So the lines are cleaned first.
 */
static int start_attached(struct imxd_sync_target const *target)
{
	int code = 0;

	if (!overwrites(target) && !target->others_write)
		code = hand_over(target, NULL, 0, IMX_DMA_BUFFER_BIDIRECTIONAL);
	return (code == 0) ? start_importer(target) : code;
}

int imxd_sync_flush(int fd)
{
	uint64_t address;
	int result = imxd_dmabuf_phys(fd, &address);

	/* Success with address 0: the kernel could not map the buffer, and has not touched the caches. */
	if (result >= 0 && address != 0)
		return 0;
	if (result >= 0)
		result = -EIO;
	return imxd_fail(result, "DMA_BUF_IOCTL_PHYS on descriptor %d failed: caches are not synchronised (%s)", fd,
		imxd_errno_text(result));
}

static int start_phys(struct imxd_sync_target const *target)
{
	int code = start_importer(target);

	if (code != 0 || overwrites(target) || target->others_write)
		return code;
	code = imxd_sync_flush(target->block->fd);
	if (code != 0)
		imxd_dmabuf_sync_quietly(target->block->fd, end_flags(target));
	return code;
}

/*
 * Flush also if SYNC failed: devices that use the physical address get the data of the CPU then. The last session that
 * writes does it: what another thread writes during the flush would be invalidated.
 */
static int stop_phys(struct imxd_sync_target const *target)
{
	int code = stop_importer(target);
	bool flushes = (target->access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE) && !target->others_write;
	int flushed = flushes ? imxd_sync_flush(target->block->fd) : 0;

	return (flushed != 0) ? flushed : code;
}

static int flush_for_device(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection towards)
{
	return imxd_sync_flush(target->block->fd);
}

static int flush_for_cpu(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection towards)
{
	return (towards == IMX_DMA_BUFFER_TO_DEVICE) ? 0 : imxd_sync_flush(target->block->fd);
}

struct imxd_sync const imxd_sync_importer = {
	.start = start_importer,
	.stop = stop_importer,
	.for_device = hand_over,
	.for_cpu = take_over,
	.coherency = IMX_DMA_BUFFER_COHERENCY_IMPORTER,
	.calls_kernel = true,
};
struct imxd_sync const imxd_sync_attached = {
	.start = start_attached,
	.stop = stop_importer,
	.for_device = hand_over,
	.for_cpu = take_over,
	.coherency = IMX_DMA_BUFFER_COHERENCY_ATTACHMENT,
	.calls_kernel = true,
};
struct imxd_sync const imxd_sync_phys = {
	.start = start_phys,
	.stop = stop_phys,
	.for_device = flush_for_device,
	.for_cpu = flush_for_cpu,
	.coherency = IMX_DMA_BUFFER_COHERENCY_PHYS,
	.calls_kernel = true,
};
