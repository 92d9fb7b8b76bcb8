/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of the pixel pipeline. Addresses are unsigned long in every generation.
 */
#ifndef IMX_DEVICES_PXP_H
#define IMX_DEVICES_PXP_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "imx_devices.h"

struct pxp_desc_v1 {
	u32 size;
	unsigned long phys_addr;
	u32 cpu_addr;
	u32 virt_uaddr;
};

struct pxp_desc_v2 {
	u32 handle;
	u32 size;
	unsigned long phys_addr;
	u32 virt_uaddr;
	u32 mtype;
};

struct pxp_desc_v3 {
	u32 handle;
	u32 size;
	unsigned long phys_addr;
	void *virt_uaddr;
	u32 mtype;
	u32 flags;
	s32 fd;
};

struct pxp_flush_v2 {
	u32 handle;
	u32 type;
};

struct pxp_flush_v3 {
	u32 handle;
	s32 dmabuf_fd;
	u32 type;
};

/* The ioctl number depends on the size of the descriptor. The arguments are a descriptor or its type. */
#define PXP_GET(desc) _IOC(_IOC_READ | _IOC_WRITE, 'P', 4, sizeof(desc))
#define PXP_PUT(desc) _IOC(_IOC_WRITE, 'P', 5, sizeof(desc))
#define PXP_FLUSH(flush) _IOC(_IOC_READ, 'P', 7, sizeof(flush))
#define PXP_EXPBUF _IOR('P', 8, struct pxp_desc_v3)

struct pxp_buffer {
	struct imx_memory memory;
	/* As requested, not rounded up. */
	u32 size;
	u32 mtype;
};

/*
 * Return a DMA-BUF descriptor or a negative error. The caller's flags decide on O_CLOEXEC and on the access. The
 * DMA-BUF does not keep the buffer alive, and programs cannot map it.
 */
int pxp_export(const struct pxp_buffer *buffer, u32 flags);

#endif
