/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/pxp_device of NXP's kernels, as in include/uapi/linux/pxp_device.h. The descriptor of a piece of memory has had
 * three layouts, and the numbers of the ioctls follow from its size: the first is that of Linux 3.x, the second came
 * in December 2013, the third with 5.10. A 64-bit kernel has never had the first.
 */
#ifndef IMXD_UAPI_PXP_H
#define IMXD_UAPI_PXP_H

#include <stdint.h>
#include <sys/ioctl.h>

#define IMXD_PXP_NODE "/dev/pxp_device"

struct imxd_pxp_memory_1 {
	uint32_t size;
	unsigned long address;
	uint32_t kernel_address;
	uint32_t user_address;
};

struct imxd_pxp_memory_2 {
	uint32_t handle;
	uint32_t size;
	unsigned long address;
	uint32_t user_address;
	uint32_t type;
};

struct imxd_pxp_memory_3 {
	uint32_t handle;
	uint32_t size;
	unsigned long address;
	void *user_address;
	uint32_t type;
	uint32_t flags;
	int32_t fd;
};

/* The type of memory that the CPU sees write-combined. */
#define IMXD_PXP_WRITE_COMBINED 1

#define IMXD_PXP_GET(layout) _IOWR('P', 4, layout)
#define IMXD_PXP_PUT(layout) _IOW('P', 5, layout)

#endif /* IMXD_UAPI_PXP_H */
