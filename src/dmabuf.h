/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's operations on DMA-BUF descriptors.
 */
#ifndef IMXD_DMABUF_H
#define IMXD_DMABUF_H

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

#include "sys.h"

/*
 * Is it a DMA-BUF? Returns 0, or EBADF, EINVAL with a sentence. There is no ioctl to ask: DMA_BUF_IOCTL_SYNC with no
 * flags is EINVAL on a DMA-BUF and ENOTTY elsewhere (Linux 6.1, drivers/dma-buf/dma-buf.c). Only the core asks, for
 * descriptors that come from outside: some vendor drivers answer 0 to everything, which is "no" too.
 */
int imxd_dmabuf_check(int fd);

/*
 * The same for a descriptor that somebody sent who is not trusted: devices and programs that serve a file system (FUSE)
 * can answer ioctls as they like. So the file system is asked for first, which from Linux 5.3 on cannot be feigned.
 */
int imxd_dmabuf_check_strictly(int fd);

/*
 * The number of the DMA-BUF's inode, 0 where it tells nothing: before Linux 5.3 they are anonymous files, which share
 * one inode. Sets no sentence.
 */
uint64_t imxd_dmabuf_inode(int fd);

/*
 * The encoding of DMA_BUF_IOCTL_PHYS that this kernel answered to, 0 while that is not known. A 64-bit kernel knows the
 * one for 64 bits only, a 32-bit kernel the one for 32 bits, or in one of NXP's trees the other.
 */
extern _Atomic unsigned long imxd_dmabuf_phys_request;

/* What is left to do when the first try has failed with `result`: again after EINTR, other encodings after ENOTTY. */
__attribute__((cold)) int imxd_dmabuf_phys_slowly(int fd, int result, uint64_t *address);

/*
 * DMA_BUF_IOCTL_PHYS: cleans and invalidates the whole buffer, and tells where its first segment begins in *address (0:
 * the kernel could not map it). Returns 0, or a negative errno code: -ENOTTY where the kernel has no such call. Sets no
 * sentence. The kernel writes 4 or 8 bytes: both are right on little-endian machines, as all i.MX are.
 */
static inline int imxd_dmabuf_phys(int fd, uint64_t *address)
{
	unsigned long request = atomic_load_explicit(&imxd_dmabuf_phys_request, memory_order_relaxed);
	int result;

	*address = 0;
	result = (request != 0) ? imxd_sys_ioctl_once(fd, request, address) : -ENOTTY;
	return (result < 0) ? imxd_dmabuf_phys_slowly(fd, result, address) : result;
}

/* DMA_BUF_IOCTL_SYNC. Returns 0 or an errno code with a sentence. */
int imxd_dmabuf_sync(int fd, uint64_t flags);

/*
 * DMA_BUF_SET_NAME: a name of at most 31 bytes. Returns 0 or an errno code with a sentence: ENOTSUP before Linux 5.3,
 * EBUSY while a device is attached (up to about 5.19).
 */
int imxd_dmabuf_set_name(int fd, char const *name);

#endif /* IMXD_DMABUF_H */
