/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cache coherency between the CPU and devices: one strategy per buffer, chosen once from the facts about its memory.
 */
#ifndef IMXD_SYNC_H
#define IMXD_SYNC_H

#include "block.h"

struct imxd_device;

/* A strategy: the two ends of a session. NULL: nothing to do. */
struct imxd_sync {
	/* Before the CPU reads, and writes if `write`. Returns 0 or a negative errno code. */
	int (*start)(struct imxd_device *device, struct imxd_block const *block, bool write);
	/* After it did, with the same `write`. Returns 0 or a negative errno code; the session is over either way. */
	int (*stop)(struct imxd_device *device, struct imxd_block const *block, bool write);
	/* The name of the strategy in the public interface. */
	ImxDmaBufferCoherency coherency;
};

/* Does DMA_BUF_IOCTL_PHYS work on a buffer? */
enum imxd_phys { IMXD_PHYS_UNKNOWN, IMXD_PHYS_YES, IMXD_PHYS_NO };

/*
 * Choose the strategy for a block. If it depends on DMA_BUF_IOCTL_PHYS, and phys is UNKNOWN, the ioctl is tried, which
 * cleans and invalidates the block. by_driver: the mechanism's own strategy for cached memory, or NULL.
 */
struct imxd_sync const *imxd_sync_choose(struct imxd_block const *block, struct imxd_sync const *by_driver,
	enum imxd_phys phys);

#endif /* IMXD_SYNC_H */
