/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Maintenance by the process itself. The kernel's SYNC stays part of each session on a DMA-BUF: it waits for fences,
 * and copies where a device has a bounce buffer.
 */
#include "sync_user.h"

#include "../base/cache.h"
#include "sync_kernel.h"

static int start(struct imxd_sync_target const *target)
{
	int code = imxd_sync_by_kernel(target, true);

	if (code != 0)
		return code;
	imxd_barrier_before_cpu();
	/* Lines that the processor has fetched on its own may be stale, also where the CPU never wrote. */
	if (!(target->access & IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE))
		imxd_cache_clean_invalidate(target->address, target->size);
	imxd_barrier_done();
	return 0;
}

static int stop(struct imxd_sync_target const *target)
{
	if (target->access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE)
		imxd_cache_clean(target->address, target->size);
	imxd_barrier_done();
	return imxd_sync_by_kernel(target, false);
}

/* Also before a device writes: a line that is written back later would destroy the device's data. */
static int for_device(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection direction)
{
	for (size_t i = 0; i < count; i++)
		imxd_cache_clean(target->address + ranges[i].offset, ranges[i].length);
	imxd_barrier_done();
	return 0;
}

static int for_cpu(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection direction)
{
	if (direction == IMX_DMA_BUFFER_TO_DEVICE)
		return 0;
	imxd_barrier_before_cpu();
	for (size_t i = 0; i < count; i++)
		imxd_cache_clean_invalidate(target->address + ranges[i].offset, ranges[i].length);
	imxd_barrier_done();
	return 0;
}

struct imxd_sync const imxd_sync_by_user = {
	.start = start,
	.stop = stop,
	.for_device = for_device,
	.for_cpu = for_cpu,
	.coherency = IMX_DMA_BUFFER_COHERENCY_USER,
	.is_ranged = true,
	.calls_kernel = true,
};
