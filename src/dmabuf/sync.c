/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sync.h"

#include <errno.h>

#include "../base/error.h"
#include "../uapi/dma_buf.h"
#include "dmabuf.h"

/*
 * A write session starts for reading as well: arm64 does nothing at a write-only start, and a cache line that the CPU
 * writes in part would carry stale bytes back over the data of a device.
 */
static uint64_t direction(bool write)
{
	return IMXD_DMA_BUF_SYNC_READ | (write ? IMXD_DMA_BUF_SYNC_WRITE : 0);
}

/* The kernel cleans and invalidates for each attached device; without an attachment it does nothing. */
static int start_importer(struct imxd_device *device, struct imxd_block const *block, bool write)
{
	return imxd_dmabuf_sync(block->fd, IMXD_DMA_BUF_SYNC_START | direction(write));
}

static int stop_importer(struct imxd_device *device, struct imxd_block const *block, bool write)
{
	return imxd_dmabuf_sync(block->fd, IMXD_DMA_BUF_SYNC_END | direction(write));
}

/* DMA_BUF_IOCTL_PHYS maps and unmaps the buffer for a device of its own: the kernel cleans, then invalidates all. */
static int flush(int fd)
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

static int start_phys(struct imxd_device *device, struct imxd_block const *block, bool write)
{
	int code = start_importer(device, block, write);

	if (code != 0)
		return code;
	code = flush(block->fd);
	if (code != 0)
		imxd_dmabuf_sync_quietly(block->fd, IMXD_DMA_BUF_SYNC_END | direction(write));
	return code;
}

/* Flush also if SYNC failed: devices that use the physical address get the data of the CPU then. */
static int stop_phys(struct imxd_device *device, struct imxd_block const *block, bool write)
{
	int code = stop_importer(device, block, write);
	int flushed = write ? flush(block->fd) : 0;

	return (flushed != 0) ? flushed : code;
}

struct imxd_sync const *imxd_sync_choose(struct imxd_block const *block, struct imxd_sync const *by_driver,
	enum imxd_phys phys)
{
	static struct imxd_sync const uncached = {NULL, NULL, IMX_DMA_BUFFER_COHERENCY_UNCACHED};
	/* Whether devices snoop the CPU's caches, as on a PC, cannot be found out. */
	static struct imxd_sync const unknown = {NULL, NULL, IMX_DMA_BUFFER_COHERENCY_UNKNOWN};
	static struct imxd_sync const importer = {start_importer, stop_importer, IMX_DMA_BUFFER_COHERENCY_IMPORTER};
	static struct imxd_sync const by_phys = {start_phys, stop_phys, IMX_DMA_BUFFER_COHERENCY_PHYS};
	uint64_t address;

	if (block->traits.cached == IMX_DMA_BUFFER_TRISTATE_NO)
		return &uncached;
	if (by_driver)
		return by_driver;
	if (!(block->traits.caps & IMXD_CAP_DMABUF))
		return &unknown;
	if (phys == IMXD_PHYS_UNKNOWN)
		phys = (imxd_dmabuf_phys(block->fd, &address) >= 0 && address != 0) ? IMXD_PHYS_YES : IMXD_PHYS_NO;
	return (phys == IMXD_PHYS_YES) ? &by_phys : &importer;
}
