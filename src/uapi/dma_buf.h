/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ioctls of DMA-BUF descriptors, as in include/uapi/linux/dma-buf.h of Linux 6.1, and NXP's additions.
 */
#ifndef IMXD_UAPI_DMA_BUF_H
#define IMXD_UAPI_DMA_BUF_H

#include <stdint.h>
#include <sys/ioctl.h>

/* DMA_BUF_MAGIC of linux/magic.h: DMA-BUFs have a file system of their own from Linux 5.3 on. */
#define IMXD_DMA_BUF_MAGIC 0x444d4142
#define IMXD_ANONYMOUS_MAGIC 0x09041934

struct imxd_dma_buf_sync {
	uint64_t flags;
};

#define IMXD_DMA_BUF_SYNC_READ (UINT64_C(1) << 0)
#define IMXD_DMA_BUF_SYNC_WRITE (UINT64_C(2) << 0)
#define IMXD_DMA_BUF_SYNC_START (UINT64_C(0) << 2)
#define IMXD_DMA_BUF_SYNC_END (UINT64_C(1) << 2)
#define IMXD_DMA_BUF_SYNC _IOW('b', 0, struct imxd_dma_buf_sync)

/*
 * DMA_BUF_SET_NAME, whose argument is the string itself: its size in the number is that of a pointer. Linux 5.3 to 5.6
 * have the one with the size of the kernel's own pointers only, also for 32-bit programs, later ones both. Before 5.3
 * it is another ioctl in NXP's kernels, see below.
 */
#define IMXD_DMA_BUF_SET_NAME_32 _IOW('b', 1, uint32_t)
#define IMXD_DMA_BUF_SET_NAME_64 _IOW('b', 1, uint64_t)
#define IMXD_DMA_BUF_NAME_SIZE 32

/* Since Linux 6.0: the fences of a DMA-BUF as a file, and the other way round. Flags: SYNC_READ and SYNC_WRITE. */
struct imxd_dma_buf_sync_file {
	uint32_t flags;
	int32_t fd;
};

#define IMXD_DMA_BUF_EXPORT_SYNC_FILE _IOWR('b', 2, struct imxd_dma_buf_sync_file)
#define IMXD_DMA_BUF_IMPORT_SYNC_FILE _IOW('b', 3, struct imxd_dma_buf_sync_file)

/*
 * DMA_BUF_IOCTL_PHYS of NXP's kernels from 5.4 on. Its argument is an unsigned long, in one tree a 64-bit integer: two
 * numbers, of which a 64-bit kernel has the second only, also for 32-bit programs. NXP's kernels up to 4.19 have it
 * as number 1, which is DMA_BUF_SET_NAME from Linux 5.3 on and would read the argument as a string: not tried there.
 */
#define IMXD_DMA_BUF_PHYS_32 _IOW('b', 10, uint32_t)
#define IMXD_DMA_BUF_PHYS_64 _IOW('b', 10, uint64_t)
#define IMXD_DMA_BUF_OLD_PHYS_32 _IOW('b', 1, uint32_t)
#define IMXD_DMA_BUF_OLD_PHYS_64 _IOW('b', 1, uint64_t)

/* /dev/dmabuf_imx of NXP's Android kernels. */
struct imxd_dmabuf_imx_phys {
	uint32_t fd;
	uint32_t padding;
	uint64_t address;
};

#define IMXD_DMABUF_IMX_NODE "/dev/dmabuf_imx"
#define IMXD_DMABUF_IMX_GET_PHYS _IOWR('M', 32, struct imxd_dmabuf_imx_phys)

#endif /* IMXD_UAPI_DMA_BUF_H */
