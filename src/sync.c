/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sync.h"

#include <errno.h>

#include "backend.h"
#include "dmabuf.h"
#include "uapi/dma_buf.h"

/*
 * A session that may write also reads, as far as caches are concerned: arm64 does nothing at a write-only start, and a
 * line that the CPU writes in part would carry stale neighbours back over what a device wrote.
 */
static uint64_t direction(bool write)
{
	return IMXD_DMA_BUF_SYNC_READ | (write ? IMXD_DMA_BUF_SYNC_WRITE : 0);
}

/* Serves devices that are attached to the DMA-BUF: the kernel walks the attachments, and does nothing without any. */
static int start_attached(struct imxd_block const *block, bool write)
{
	return imxd_dmabuf_sync(block->fd, IMXD_DMA_BUF_SYNC_START | direction(write));
}

static int stop_attached(struct imxd_block const *block, bool write)
{
	return imxd_dmabuf_sync(block->fd, IMXD_DMA_BUF_SYNC_END | direction(write));
}

/*
 * DMA_BUF_IOCTL_PHYS maps and unmaps the buffer for a device of its own, which cleans and then invalidates all of it.
 */
static int flush(int fd)
{
	uint64_t address;
	int result = imxd_dmabuf_phys(fd, &address);

	/* Address 0 with success: the kernel could not map the buffer, and so has not synchronised it. */
	if (result >= 0 && address != 0)
		return 0;
	if (result >= 0)
		result = -EIO;
	return imxd_fail(-result, "DMA_BUF_IOCTL_PHYS on descriptor %d failed, caches are not synchronised (%s)", fd,
		imxd_errno_text(-result));
}

/* Serves attached devices, and devices that were given the physical address. */
static int start_all(struct imxd_block const *block, bool write)
{
	int code = start_attached(block, write);

	if (code != 0)
		return code;
	code = flush(block->fd);
	/* What began ends; what is told is what failed first. */
	if (code != 0) {
		struct imxd_dma_buf_sync end = {IMXD_DMA_BUF_SYNC_END | direction(write)};

		imxd_sys_sync_ioctl(block->fd, IMXD_DMA_BUF_SYNC, &end);
	}
	return code;
}

static int stop_all(struct imxd_block const *block, bool write)
{
	/* The session is over either way: devices that use the address get what was written, whatever the others got. */
	int code = stop_attached(block, write);
	int flushed = write ? flush(block->fd) : 0;

	return (code != 0) ? code : flushed;
}

struct imxd_sync const imxd_sync_nothing = {NULL, NULL, IMX_DMA_BUFFER_YES};
/* Memory that is no DMA-BUF: whether devices snoop the CPU's caches, as on PCs, cannot be asked. */
static struct imxd_sync const without = {NULL, NULL, IMX_DMA_BUFFER_UNKNOWN};
static struct imxd_sync const attached = {start_attached, stop_attached, IMX_DMA_BUFFER_NO};
static struct imxd_sync const all = {start_all, stop_all, IMX_DMA_BUFFER_YES};

struct imxd_sync const *imxd_sync_choose(unsigned int caps, int fd, enum imxd_phys phys)
{
	uint64_t address;

	if (!(caps & IMX_DMA_BUFFER_CAPABILITY_CACHED))
		return &imxd_sync_nothing;
	if (!(caps & IMX_DMA_BUFFER_CAPABILITY_DMABUF))
		return &without;
	if (phys == IMXD_PHYS_UNKNOWN)
		phys = (imxd_dmabuf_phys(fd, &address) >= 0 && address != 0) ? IMXD_PHYS_YES : IMXD_PHYS_NO;
	return (phys == IMXD_PHYS_YES) ? &all : &attached;
}
