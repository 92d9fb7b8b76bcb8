/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sync.h"

#include "../base/cache.h"
#include "../base/memory_file.h"
#include "dmabuf.h"
#include "sync_kernel.h"
#include "sync_user.h"

/* The CPU's loads must not come before the load of a flag that it has waited for. */
static int begin_loads(struct imxd_sync_target const *target)
{
	imxd_barrier_before_cpu();
	return 0;
}

/* Stores to write-combined memory must be out before a device is told of them. */
static int finish_stores(struct imxd_sync_target const *target)
{
	imxd_barrier_done();
	return 0;
}

static int barrier_for_device(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection towards)
{
	imxd_barrier_done();
	return 0;
}

static int barrier_for_cpu(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection towards)
{
	if (towards != IMX_DMA_BUFFER_TO_DEVICE)
		imxd_barrier_before_cpu();
	return 0;
}

bool imxd_sync_may_touch(struct imxd_block const *block)
{
	return (block->traits.caps & IMXD_CAP_DMABUF) || imxd_memory_file_keeps_size(imxd_block_map_fd(block));
}

static bool has_phys(struct imxd_block const *block, enum imxd_phys phys)
{
	uint64_t address;
	int result;

	if (phys != IMXD_PHYS_UNKNOWN)
		return phys == IMXD_PHYS_YES;
	result = imxd_dmabuf_phys(block->fd, &address);
	return imxd_dmabuf_has_phys(result, address);
}

struct imxd_sync const *imxd_sync_choose(struct imxd_block const *block, struct imxd_sync const *by_driver,
	enum imxd_phys phys, bool by_user)
{
	static struct imxd_sync const uncached = {
		.start = begin_loads,
		.stop = finish_stores,
		.for_device = barrier_for_device,
		.for_cpu = barrier_for_cpu,
		.coherency = IMX_DMA_BUFFER_COHERENCY_UNCACHED,
		.is_ranged = true,
	};
	/* Whether devices snoop the CPU's caches, as on a PC, cannot be found out. */
	static struct imxd_sync const unknown = {
		.for_device = barrier_for_device,
		.for_cpu = barrier_for_cpu,
		.coherency = IMX_DMA_BUFFER_COHERENCY_UNKNOWN,
	};

	if (block->traits.cached == IMX_DMA_BUFFER_TRISTATE_NO)
		return &uncached;
	if (by_driver)
		return by_driver;
	if (by_user && imxd_sync_may_touch(block))
		return &imxd_sync_by_user;
	if (!(block->traits.caps & IMXD_CAP_DMABUF))
		return &unknown;
	return has_phys(block, phys) ? &imxd_sync_phys : &imxd_sync_importer;
}

char const *imxd_sync_name(ImxDmaBufferCoherency coherency)
{
	static char const *const names[] = {"unknown", "uncached", "phys", "importer", "vendor", "user", "attachment"};

	return ((size_t)coherency < sizeof(names) / sizeof(names[0])) ? names[coherency] : "unknown";
}

size_t imxd_sync_granule(struct imxd_sync const *sync)
{
	if (sync->coherency == IMX_DMA_BUFFER_COHERENCY_UNCACHED)
		return 1;
	return sync->is_ranged ? imxd_cache()->granule : 0;
}
