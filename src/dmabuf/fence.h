/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fences of a DMA-BUF: devices that are still reading or writing.
 */
#ifndef IMXD_FENCE_H
#define IMXD_FENCE_H

#include <stdbool.h>

/*
 * May this DMA-BUF be polled? Kernels before 6.0 stop with a BUG if a DMA-BUF is closed for good while a poll on it has
 * not finished (dma_buf_release() in drivers/dma-buf/dma-buf.c): the ioctls for sync files, which came in the same
 * version as the correction, tell them apart. Sets no message.
 */
bool imxd_fence_can_poll(int fd);

/* Have the devices finished that the CPU's writes must wait for? The DMA-BUF may be polled. Sets no message. */
bool imxd_fence_is_free(int fd);

/*
 * Wait for the fences of devices: for the CPU's reads for those that write, for its writes for all. timeout: in
 * milliseconds, -1: no limit. Returns 0, -ETIMEDOUT, -ENOTSUP if the DMA-BUF may not be polled, or another negative
 * errno code.
 */
int imxd_fence_wait(int fd, bool for_writing, int timeout);

/* DMA_BUF_IOCTL_EXPORT_SYNC_FILE. Returns a descriptor, which belongs to the caller, or a negative errno code. */
int imxd_fence_export(int fd, bool for_writing);

/* DMA_BUF_IOCTL_IMPORT_SYNC_FILE: of a device that reads, or writes. Returns 0 or a negative errno code. */
int imxd_fence_import(int fd, int sync_file, bool writes);

#endif /* IMXD_FENCE_H */
