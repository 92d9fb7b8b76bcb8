/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ION's older interface, in NXP's kernels up to 4.9: an allocation is a handle, from which a DMA-BUF is made. An ioctl
 * of NXP's own returns the physical address of the DMA-BUF.
 */
#include "ion_legacy.h"

#include <errno.h>

#include "../backend/device.h"
#include "../base/error.h"
#include "../base/sys.h"
#include "../dmabuf/dmabuf.h"
#include "../uapi/ion.h"

/* Make a DMA-BUF of a handle. The DMA-BUF keeps the memory: the handle is freed. */
static int share(struct imxd_device const *device, int32_t handle)
{
	struct imxd_ion_legacy_fd data = {.handle = handle};
	int freed, result = imxd_sys_ioctl(device->fd, IMXD_ION_LEGACY_SHARE, &data);

	freed = imxd_sys_ioctl(device->fd, IMXD_ION_LEGACY_FREE, &handle);
	if (freed < 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR, "%s: ION_IOC_FREE failed (%s); the memory is lost", device->node,
			imxd_errno_text(freed));
	return (result < 0) ? result : imxd_dmabuf_validate_fd(data.fd);
}

static int allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	struct imxd_ion const *own = device->private;
	/* The kernel's own alignment has no effect, or fails above a page. */
	struct imxd_ion_legacy_allocation data = {.length = size, .heap_mask = own->heaps, .flags = own->flags};
	int result = imxd_sys_ioctl(device->fd, IMXD_ION_LEGACY_ALLOCATE, &data);

	if (result >= 0)
		result = share(device, data.handle);
	if (result == -ENODEV)
		return imxd_fail(result,
			"%s: ION has no heap of the mask 0x%x (ENODEV); the CMA's heap is mask 0x%x, and the kernel needs "
			"CONFIG_ION_CMA_HEAP for it",
			device->node, data.heap_mask, IMXD_ION_LEGACY_CMA_MASK);
	if (result < 0)
		return imxd_fail_allocation(result, device->node, size);
	block->fd = result;
	block->size = size;
	return 0;
}

/* The kernel maps the memory for a device. For scattered memory it returns success without an address. */
static int get_phys_addr(struct imxd_device *device, struct imxd_block const *block, imx_physical_address_t *address)
{
	struct imxd_ion_legacy_phys phys = {.fd = block->fd};
	struct imxd_ion_legacy_custom custom = {.command = IMXD_ION_LEGACY_PHYS, .argument = (uintptr_t)&phys};
	int result = imxd_sys_ioctl(device->fd, IMXD_ION_LEGACY_CUSTOM, &custom);

	if (result < 0)
		return imxd_fail(-ENOTSUP, "%s: ION_IOC_PHYS_DMA failed (%s)", device->node, imxd_errno_text(result));
	if (phys.address == 0 || phys.size < block->size)
		return imxd_fail(-ENOTSUP, "%s: ION_IOC_PHYS_DMA returned no address: the memory is not contiguous",
			device->node);
	*address = phys.address;
	return 0;
}

struct imxd_backend const imxd_ion_legacy_backend = {
	.name = "ion",
	.description = "ION of NXP's kernels up to 4.9",
	.private_size = sizeof(struct imxd_ion),
	.has_dmabufs = true,
	.allocate = allocate,
	.get_phys_addr = get_phys_addr,
};
