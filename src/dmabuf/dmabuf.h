/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's operations on DMA-BUF descriptors.
 */
#ifndef IMXD_DMABUF_H
#define IMXD_DMABUF_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Check that a descriptor is a DMA-BUF. Returns 0, -EBADF or -EINVAL. From Linux 5.3 on DMA-BUFs have a file system of
 * their own, whose magic number cannot be forged. Before, the name in /proc and the code of DMA_BUF_IOCTL_SYNC
 * without flags decide (EINVAL on a DMA-BUF: Linux 6.1, drivers/dma-buf/dma-buf.c). The code alone proves nothing:
 * epoll, userfaultfd, files of FUSE servers and others return EINVAL as well.
 */
int imxd_dmabuf_check(int fd);

/*
 * As imxd_dmabuf_check(), but -EINVAL if only the code speaks for a DMA-BUF (before Linux 5.3 and without /proc).
 * Send ioctls of vendors only to descriptors that pass this check.
 */
int imxd_dmabuf_check_strictly(int fd);

/*
 * Take a DMA-BUF descriptor from an ioctl that succeeded. Some vendor drivers return success to an unknown ioctl and
 * leave the argument as it was: 0 counts only if it is a DMA-BUF. Replaces descriptors 0 to 2. Returns the descriptor
 * or a negative errno code. May change the message.
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

/*
 * Judge a result of imxd_dmabuf_phys(): can sessions use the ioctl? Yes also if it failed for the moment (ENOMEM, EIO):
 * then a session reports its failure, but a session without the ioctl would lose data in silence.
 */
bool imxd_dmabuf_has_phys(int result, uint64_t address);

/* DMA_BUF_IOCTL_SYNC. flags: IMXD_DMA_BUF_SYNC_…. Returns 0, also without this ioctl, or a negative errno code. */
int imxd_dmabuf_sync(int fd, uint64_t flags);

/* The same. Sets no message, so that the one of an earlier failure stays. */
void imxd_dmabuf_sync_quietly(int fd, uint64_t flags);

/*
 * DMA_BUF_SET_NAME: a name of at most 31 bytes. Returns 0 or a negative errno code: -ENOTSUP before Linux 5.3, -EBUSY
 * while a device is attached (up to about 5.19).
 */
int imxd_dmabuf_set_name(int fd, char const *name);

#endif /* IMXD_DMABUF_H */
