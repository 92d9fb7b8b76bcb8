/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Maintenance by the kernel, which covers whole DMA-BUFs.
 */
#ifndef IMXD_SYNC_KERNEL_H
#define IMXD_SYNC_KERNEL_H

#include "sync.h"

/* DMA_BUF_IOCTL_SYNC alone: serves devices that are attached. */
extern struct imxd_sync const imxd_sync_importer;

/* The same with a kept attachment, which makes it serve all devices. */
extern struct imxd_sync const imxd_sync_attached;

/* DMA_BUF_IOCTL_SYNC and DMA_BUF_IOCTL_PHYS: serve all devices. */
extern struct imxd_sync const imxd_sync_phys;

/* DMA_BUF_IOCTL_SYNC at the begin or the end of a session. Returns as imxd_dmabuf_sync(), 0 without a DMA-BUF. */
int imxd_sync_by_kernel(struct imxd_sync_target const *target, bool begins);

/*
 * DMA_BUF_IOCTL_PHYS maps and unmaps the buffer for a device of its own: the kernel cleans, then invalidates all.
 * Returns 0 or a negative errno code.
 */
int imxd_sync_flush(int fd);

/* Clean all of a DMA-BUF for the devices that are attached. Sets no message. */
void imxd_sync_clean(struct imxd_block const *block);

#endif /* IMXD_SYNC_KERNEL_H */
