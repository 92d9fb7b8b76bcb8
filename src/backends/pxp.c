/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pixel pipeline's driver of NXP's kernels (i.MX6SL to 6ULL, 7D, 8ULP, 93, 94): write-combined contiguous memory.
 * Its ioctls have had three layouts. An unknown ioctl succeeds without an effect: the newest layout that returns memory
 * is the right one. The first block decides.
 */
#include "pxp.h"

#include <errno.h>
#include <stdatomic.h>

#include "../backend/device.h"
#include "../base/error.h"
#include "../base/sys.h"
#include "../uapi/pxp.h"

/* The members that all layouts have. */
struct memory {
	uint32_t handle;
	unsigned long address;
};

static int get_1(int fd, uint32_t size, struct memory *memory)
{
	struct imxd_pxp_memory_1 data = {.size = size};
	int result = imxd_sys_ioctl(fd, IMXD_PXP_GET(struct imxd_pxp_memory_1), &data);

	*memory = (struct memory){data.kernel_address, data.address};
	return result;
}

/* The driver identifies memory by its address here; the other members are returned unchanged. */
static int put_1(int fd, uint32_t size, struct memory const *memory)
{
	struct imxd_pxp_memory_1 data = {.size = size, .address = memory->address, .kernel_address = memory->handle};

	return imxd_sys_ioctl(fd, IMXD_PXP_PUT(struct imxd_pxp_memory_1), &data);
}

static int get_2(int fd, uint32_t size, struct memory *memory)
{
	struct imxd_pxp_memory_2 data = {.size = size, .type = IMXD_PXP_WRITE_COMBINED};
	int result = imxd_sys_ioctl(fd, IMXD_PXP_GET(struct imxd_pxp_memory_2), &data);

	*memory = (struct memory){data.handle, data.handle ? data.address : 0};
	return result;
}

static int put_2(int fd, uint32_t size, struct memory const *memory)
{
	struct imxd_pxp_memory_2 data = {.handle = memory->handle, .size = size, .address = memory->address};

	return imxd_sys_ioctl(fd, IMXD_PXP_PUT(struct imxd_pxp_memory_2), &data);
}

static int get_3(int fd, uint32_t size, struct memory *memory)
{
	struct imxd_pxp_memory_3 data = {.size = size, .type = IMXD_PXP_WRITE_COMBINED, .fd = -1};
	int result = imxd_sys_ioctl(fd, IMXD_PXP_GET(struct imxd_pxp_memory_3), &data);

	*memory = (struct memory){data.handle, data.handle ? data.address : 0};
	return result;
}

static int put_3(int fd, uint32_t size, struct memory const *memory)
{
	struct imxd_pxp_memory_3 data = {.handle = memory->handle, .size = size, .address = memory->address, .fd = -1};

	return imxd_sys_ioctl(fd, IMXD_PXP_PUT(struct imxd_pxp_memory_3), &data);
}

/* Newest first. On 64-bit kernels the first layout has never existed, and has the number of the second. */
static struct {
	int (*get)(int fd, uint32_t size, struct memory *memory);
	int (*put)(int fd, uint32_t size, struct memory const *memory);
} const layouts[] = {{get_3, put_3}, {get_2, put_2}, {get_1, put_1}};

#define LAYOUTS ((sizeof(long) == 8) ? 2u : 3u)

struct own {
	/* One more than the index of the layout in use, 0 before it is known. */
	_Atomic unsigned int layout;
};

static int fail(struct imxd_device const *device, int code, size_t size)
{
	if (code == -ENOTTY)
		return imxd_fail(code,
			"%s: not the PxP's driver: none of the three ways to allocate works (ENOTTY); a 32-bit program on a "
			"64-bit kernel cannot use it",
			device->node);
	/* The driver returns -1 in place of -ENOMEM. */
	return imxd_fail_allocation((code == -EPERM) ? -ENOMEM : code, device->node, size);
}

static int get(struct imxd_device *device, size_t size, struct memory *memory)
{
	struct own *own = device->private;
	unsigned int known = own->layout;
	int result = 0;

	for (unsigned int i = known ? known : 1; i <= (known ? known : LAYOUTS); i++) {
		result = layouts[i - 1].get(device->fd, (uint32_t)size, memory);
		/* A layout that can be out of memory is one that the driver has. */
		if (result == -EPERM || result == -ENOMEM || (result >= 0 && memory->address != 0))
			own->layout = i;
		if (result == -ENOTTY || result == -EINVAL)
			continue;
		if (result < 0 || memory->address != 0)
			return result;
	}
	return (known && result < 0) ? result : -ENOTTY;
}

static int allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	struct memory memory = {0};
	int result = get(device, size, &memory);

	if (result < 0)
		return fail(device, result, size);
	imxd_block_at_address(block, device, size, memory.address);
	block->handle = (void *)(uintptr_t)memory.handle;
	return 0;
}

static void free_block(struct imxd_device *device, struct imxd_block *block)
{
	struct own const *own = device->private;
	struct memory memory = {(uint32_t)(uintptr_t)block->handle, block->address};
	int result = layouts[own->layout - 1].put(device->fd, (uint32_t)block->size, &memory);

	imxd_log_failed_free(device, block, result);
}

static int open_pxp(struct imxd_device *device, struct imxd_options const *options)
{
	return imxd_device_open_uncached(device, options, IMXD_PXP_NODE, UINT32_MAX);
}

struct imxd_backend const imxd_pxp_backend = {
	.name = "pxp",
	.description = "pixel pipeline of i.MX6SL to 6ULL, 7, 8ULP, 93 and 94",
	.private_size = sizeof(struct own),
	.open = open_pxp,
	.allocate = allocate,
	.free = free_block,
};
