/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ION's older interface, in NXP's kernels up to 4.9: memory is a handle, of which a DMA-BUF is made; and a call of
 * NXP's own tells the DMA-BUF's physical address.
 */
#include <errno.h>

#include "../sys.h"
#include "../uapi/ion.h"
#include "ion.h"

/* The DMA-BUF keeps the memory; the handle has done its duty then. */
static int share(struct imxd_instance const *self, int32_t handle)
{
	struct imxd_ion_legacy_fd data = {.handle = handle, .fd = -1};
	int released, result = imxd_sys_ioctl(self->fd, IMXD_ION_LEGACY_SHARE, &data);

	released = imxd_sys_ioctl(self->fd, IMXD_ION_LEGACY_FREE, &handle);
	if (released < 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR, "%s: ION_IOC_FREE does not take a handle back (%s)", self->node,
			imxd_errno_text(-released));
	return (result < 0) ? result : imxd_claim_dmabuf(data.fd);
}

static int allocate(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	/* The kernel's own alignment has no effect, or fails above a page. */
	struct imxd_ion_legacy_allocation data = {
		.length = size, .heap_mask = (uint32_t)self->state[HEAPS], .flags = self->heap_flags};
	int result = imxd_sys_ioctl(self->fd, IMXD_ION_LEGACY_ALLOCATE, &data);

	if (result >= 0)
		result = share(self, data.handle);
	block->size = size;
	block->fd = (result < 0) ? -1 : result;
	if (result == -ENODEV)
		return imxd_fail(ENODEV,
			"%s: ION has no heap of the mask 0x%x (ENODEV); the CMA's heap is mask 0x%x, and the kernel needs "
			"CONFIG_ION_CMA_HEAP for it",
			self->node, data.heap_mask, IMXD_ION_LEGACY_CMA_MASK);
	return (result < 0) ? imxd_fail_allocation(-result, self->node, size) : 0;
}

/* The kernel maps the memory for a device: scattered memory fails there, with success and without an address. */
static int locate(struct imxd_instance *self, struct imxd_block const *block, imx_physical_address_t *address)
{
	struct imxd_ion_legacy_phys phys = {.fd = block->fd};
	struct imxd_ion_legacy_custom custom = {.command = IMXD_ION_LEGACY_PHYS, .argument = (uintptr_t)&phys};
	int result = imxd_sys_ioctl(self->fd, IMXD_ION_LEGACY_CUSTOM, &custom);

	if (result < 0)
		return imxd_fail(ENOTSUP, "%s: ION_IOC_PHYS_DMA failed (%s)", self->node, imxd_errno_text(-result));
	if (phys.address == 0 || phys.size < block->size)
		return imxd_fail(ENOTSUP, "%s: ION_IOC_PHYS_DMA knows no address: the memory is not contiguous", self->node);
	*address = phys.address;
	return 0;
}

struct imxd_backend const imxd_ion_legacy_backend = {
	.name = "ion",
	.description = "ION of NXP's kernels up to 4.9",
	.allocate = allocate,
	.locate = locate,
};
