/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cache coherency between the CPU and devices: one strategy per buffer, chosen once from what is known about its
 * memory.
 */
#ifndef IMXD_SYNC_H
#define IMXD_SYNC_H

#include <stdbool.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* Does DMA_BUF_IOCTL_PHYS serve a buffer? */
enum imxd_phys { IMXD_PHYS_UNKNOWN, IMXD_PHYS_YES, IMXD_PHYS_NO };

struct imxd_block;

/* What a session does at its two ends; NULL: nothing. */
struct imxd_sync {
	/* Before the CPU touches the memory, which it may write if `write`. Returns 0 or an errno code with a sentence. */
	int (*start)(struct imxd_block const *block, bool write);
	/* After it did, with the same `write`. */
	int (*stop)(struct imxd_block const *block, bool write);
	/* Do sessions also serve devices that use the physical address? */
	ImxDmaBufferAnswer coherent_by_address;
};

/* The strategy for uncached memory. */
extern struct imxd_sync const imxd_sync_nothing;

/*
 * The strategy for memory with these capabilities and this descriptor. Where it depends on DMA_BUF_IOCTL_PHYS and is
 * not known whether the kernel has that, the kernel is asked.
 */
struct imxd_sync const *imxd_sync_choose(unsigned int caps, int fd, enum imxd_phys phys);

#endif /* IMXD_SYNC_H */
