/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The image processing unit's driver of NXP's kernels for i.MX5 and i.MX6: uncached contiguous memory, identified by
 * its physical address. Older versions of the driver lose memory that is not freed until the next boot. Later ones free
 * it at close, but may confuse one open file with another, also of other processes: the node is opened once, and stays
 * open.
 */
#include "ipu.h"

#include <errno.h>

#include "../backend/device.h"
#include "../base/error.h"
#include "../base/sys.h"
#include "../uapi/ipu.h"

int imxd_ipu_allocate(int fd, char const *node, size_t size, uint32_t *address)
{
	/*
	 * The driver returns 0 to an unknown ioctl, and leaves the argument as it is. The size is therefore one that cannot
	 * be an address; the driver rounds it up to whole pages.
	 */
	size_t page_mask = imxd_sys_page_size() - 1, odd = ((size + page_mask) & ~page_mask) - 1;
	int32_t argument = (int32_t)odd;
	int result;

	if (size == 0 || size > imxd_whole_pages(INT32_MAX))
		return imxd_fail(-EINVAL, "%s: %zu bytes cannot be allocated: sizes go from 1 to %zu", node, size,
			imxd_whole_pages(INT32_MAX));
	result = imxd_sys_ioctl(fd, IMXD_IPU_ALLOC, &argument);
	*address = (uint32_t)argument;
	if (result >= 0 && ((*address & page_mask) != 0 || *address == 0))
		result = -ENOTTY;
	if (result == -ENOTTY)
		return imxd_fail(-ENOTTY, "%s: not the IPU's driver: it cannot allocate (ENOTTY)", node);
	return (result < 0) ? imxd_fail_allocation(result, node, size) : 0;
}

int imxd_ipu_free(int fd, uint32_t address)
{
	int32_t argument = (int32_t)address;

	return imxd_sys_ioctl(fd, IMXD_IPU_FREE, &argument);
}

static int open_ipu(struct imxd_device *device, struct imxd_options const *options)
{
	return imxd_device_open_uncached(device, options, IMXD_IPU_NODE, INT32_MAX);
}

static int allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	uint32_t address = 0;
	int code = imxd_ipu_allocate(device->fd, device->node, size, &address);

	if (code == 0)
		imxd_block_at_address(block, device, size, address);
	return code;
}

static void free_block(struct imxd_device *device, struct imxd_block *block)
{
	imxd_log_failed_free(device, block, imxd_ipu_free(device->fd, (uint32_t)block->address));
}

struct imxd_backend const imxd_ipu_backend = {
	.name = "ipu",
	.description = "image processing unit of i.MX5 and i.MX6",
	.keeps_node = true,
	.open = open_ipu,
	.allocate = allocate,
	.free = free_block,
};
