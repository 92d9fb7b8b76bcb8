/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cache coherency between the CPU and devices: one strategy per buffer, chosen once from the facts about its memory.
 */
#ifndef IMXD_SYNC_H
#define IMXD_SYNC_H

#include "block.h"

struct imxd_device;

/* A mapped buffer. */
struct imxd_sync_target {
	struct imxd_device *device;
	struct imxd_block const *block;
	/* The buffer's bytes in the CPU's mapping. */
	uint8_t *address;
	size_t size;
	/* IMX_DMA_BUFFER_MAPPING_FLAG_…: what the CPU does during the session; at least READ or WRITE is set. */
	unsigned int access;
	/*
	 * Of a session: another session of this process writes to the same DMA-BUF. What it wrote must not be invalidated,
	 * and it hands over all of the DMA-BUF when it stops.
	 */
	bool others_write;
};

/* A strategy. Functions return 0 or a negative errno code. NULL: nothing to do. */
struct imxd_sync {
	/* The two ends of a session, with the same access. After a failed stop the session is over as well. */
	int (*start)(struct imxd_sync_target const *target);
	int (*stop)(struct imxd_sync_target const *target);
	/*
	 * Hand over ranges that are inside the buffer. Without is_ranged, the whole buffer is maintained, whatever the
	 * ranges are. Nothing that the CPU has written is lost.
	 */
	int (*for_device)(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
		ImxDmaBufferDirection direction);
	int (*for_cpu)(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
		ImxDmaBufferDirection direction);
	/* The name of the strategy in the public interface. */
	ImxDmaBufferCoherency coherency;
	bool is_ranged;
	/* Sessions call DMA_BUF_IOCTL_SYNC, which is about all of the DMA-BUF. */
	bool calls_kernel;
};

/* Does DMA_BUF_IOCTL_PHYS work on a buffer? */
enum imxd_phys { IMXD_PHYS_UNKNOWN, IMXD_PHYS_YES, IMXD_PHYS_NO };

/*
 * Choose the strategy for a block. If it depends on DMA_BUF_IOCTL_PHYS, and phys is UNKNOWN, the ioctl is tried, which
 * cleans and invalidates the block. by_driver: the mechanism's own strategy for cached memory, or NULL. by_user: the
 * process may maintain the caches itself.
 */
struct imxd_sync const *imxd_sync_choose(struct imxd_block const *block, struct imxd_sync const *by_driver,
	enum imxd_phys phys, bool by_user);

/*
 * May every page of the block be touched? A page behind the end of a file that has become shorter would end the
 * process: files must be sealed.
 */
bool imxd_sync_may_touch(struct imxd_block const *block);

/* The short name of a strategy, static text. */
char const *imxd_sync_name(ImxDmaBufferCoherency coherency);

/* What CPU and devices must not share with the strategy, in bytes: see the property sync_granule. */
size_t imxd_sync_granule(struct imxd_sync const *sync);

#endif /* IMXD_SYNC_H */
