/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's operations on DMA-BUF descriptors.
 */
#ifndef IMXD_DMABUF_H
#define IMXD_DMABUF_H

#include <stdint.h>

/*
 * Is it a DMA-BUF? Returns 0, or EBADF, EINVAL with a sentence. There is no ioctl to ask: DMA_BUF_IOCTL_SYNC with no
 * flags is EINVAL on a DMA-BUF and ENOTTY elsewhere (Linux 6.1, drivers/dma-buf/dma-buf.c). Only the core asks, for
 * descriptors that come from outside: some vendor drivers answer 0 to everything, which is "no" too.
 */
int imxd_dmabuf_check(int fd);

/*
 * DMA_BUF_IOCTL_PHYS: cleans and invalidates the whole buffer, and tells where its first segment begins in *address (0:
 * the kernel could not map it). Returns 0, or a negative errno code: -ENOTTY where the kernel has no such call. Sets no
 * sentence.
 */
int imxd_dmabuf_phys(int fd, uint64_t *address);

/* DMA_BUF_IOCTL_SYNC. Returns 0 or an errno code with a sentence. */
int imxd_dmabuf_sync(int fd, uint64_t flags);

#endif /* IMXD_DMABUF_H */
