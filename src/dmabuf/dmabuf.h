/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's operations on DMA-BUF descriptors.
 */
#ifndef IMXD_DMABUF_H
#define IMXD_DMABUF_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Check that a descriptor is a DMA-BUF. Returns 0, -EBADF or -EINVAL. The kernel has no ioctl for this question:
 * DMA_BUF_IOCTL_SYNC without flags is EINVAL on a DMA-BUF and ENOTTY elsewhere (Linux 6.1, drivers/dma-buf/dma-buf.c).
 * Call this for descriptors from outside only: some vendor drivers return 0 to every ioctl, which is a "no" as well.
 */
int imxd_dmabuf_check(int fd);

/*
 * As imxd_dmabuf_check(), for a descriptor from an untrusted sender. Devices and FUSE servers can return anything to an
 * ioctl, so the file system's magic is checked first; from Linux 5.3 on it cannot be forged.
 */
int imxd_dmabuf_check_strictly(int fd);

/*
 * Take a DMA-BUF descriptor from an ioctl that succeeded. Some vendor drivers return success to an unknown ioctl and
 * leave the argument as it was: 0 counts only if it is a DMA-BUF, and is replaced then, since programs written for 1.x
 * take 0 for a failure. Returns the descriptor or a negative errno code. Sets no message.
 */
int imxd_dmabuf_validate_fd(int fd);

/*
 * Return the DMA-BUF's inode number. Returns 0 for anonymous files: before Linux 5.3 all DMA-BUFs share one inode. Sets
 * no message.
 */
uint64_t imxd_dmabuf_inode(int fd);

/*
 * DMA_BUF_IOCTL_PHYS: clean and invalidate the whole buffer, and read the physical address of its first segment into
 * *address (0: the kernel could not map the buffer). Returns 0 or a negative errno code, -ENOTTY if the kernel has no
 * such ioctl. Sets no message.
 */
int imxd_dmabuf_phys(int fd, uint64_t *address);

/* DMA_BUF_IOCTL_SYNC. Returns 0 or a negative errno code. */
int imxd_dmabuf_sync(int fd, uint64_t flags);

/* The same. Sets no message, so that the one of an earlier failure stays. */
void imxd_dmabuf_sync_quietly(int fd, uint64_t flags);

/*
 * DMA_BUF_SET_NAME: a name of at most 31 bytes. Returns 0 or a negative errno code: -ENOTSUP before Linux 5.3, -EBUSY
 * while a device is attached (up to about 5.19).
 */
int imxd_dmabuf_set_name(int fd, char const *name);

#endif /* IMXD_DMABUF_H */
