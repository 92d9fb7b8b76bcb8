/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "physaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>

#include "../base/error.h"
#include "../base/sys.h"
#include "../dmabuf/dmabuf.h"
#include "../dmabuf/pagemap.h"
#include "../uapi/dma_buf.h"
#include "cpu_map.h"

bool imxd_block_is_contiguous(struct imxd_block const *block)
{
	return block->traits.contiguous == IMX_DMA_BUFFER_TRISTATE_YES ||
		(block->size != 0 && block->size <= imxd_sys_page_size());
}

/* The largest bounce buffer of the kernel: IO_TLB_SEGSIZE slots of 2 KiB. */
#define BOUNCE_LIMIT ((size_t)256 << 10)

/* The reasons of the resolvers that failed. */
struct reasons {
	char text[IMXD_MESSAGE_SIZE / 2];
	size_t used;
	/* The failure of a kernel that has the ioctl; 0: the address cannot be known. */
	int code;
};

static void add_reason(struct reasons *reasons, char const *reason)
{
	size_t left = sizeof(reasons->text) - reasons->used;
	int length = snprintf(reasons->text + reasons->used, left, "%s%s", reasons->used ? "; " : "", reason);

	reasons->used += ((size_t)length < left) ? (size_t)length : left - 1;
}

static bool set_address(struct imxd_address *address, struct imxd_block const *block, uint64_t value,
	ImxDmaBufferAddressSource source)
{
	address->value = (imx_physical_address_t)value;
	address->length = block->size;
	address->source = source;
	return true;
}

/*
 * The kernel returns the address of the first segment, also of scattered memory: it counts only if the memory is known
 * to be contiguous. 0 with success: the kernel could not map the memory.
 */
static bool is_usable(struct imxd_block const *block, uint64_t value)
{
	return value != 0 && value <= (imx_physical_address_t)-1 && imxd_block_is_contiguous(block);
}

static bool by_driver(struct imxd_device *device, struct imxd_block const *block, struct imxd_address *address,
	struct reasons *reasons)
{
	imx_physical_address_t value = 0;

	if (block->address != 0)
		return set_address(address, block, block->address, IMX_DMA_BUFFER_ADDRESS_SOURCE_DRIVER);
	if (!device || !device->backend->get_phys_addr)
		return false;
	if (device->backend->get_phys_addr(device, block, &value) == 0)
		return set_address(address, block, value, IMX_DMA_BUFFER_ADDRESS_SOURCE_DRIVER);
	add_reason(reasons, imxd_message());
	return false;
}

static bool by_phys(struct imxd_block const *block, struct imxd_address *address, struct reasons *reasons)
{
	char reason[160];
	uint64_t value;
	int result;

	if (!(block->traits.caps & IMXD_CAP_ASK_PHYS))
		return false;
	result = imxd_dmabuf_phys(block->fd, &value);
	address->phys = imxd_dmabuf_has_phys(result, value) ? IMXD_PHYS_YES : IMXD_PHYS_NO;
	if (result >= 0 && is_usable(block, value))
		return set_address(address, block, value, IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL);
	if (block->traits.contiguous == IMX_DMA_BUFFER_TRISTATE_NO && !imxd_block_is_contiguous(block))
		add_reason(reasons, "the memory is not contiguous: the exporter of this DMA-BUF allocates single pages");
	if (result == -ENOTTY) {
		snprintf(reason, sizeof(reason), "this kernel has no DMA_BUF_IOCTL_PHYS (NXP's kernels have it)");
	} else if (result < 0) {
		snprintf(reason, sizeof(reason), "DMA_BUF_IOCTL_PHYS failed (%s)", imxd_errno_text(result));
		if (imxd_block_is_contiguous(block) && (result == -EIO || result == -ENOMEM || result == -EFAULT))
			reasons->code = result;
	} else if (!imxd_block_is_contiguous(block)) {
		snprintf(reason, sizeof(reason),
			"DMA_BUF_IOCTL_PHYS returns the address of the first segment only, and the memory is not known to be "
			"contiguous");
	} else {
		snprintf(reason, sizeof(reason), "DMA_BUF_IOCTL_PHYS returned address 0x%llx, which cannot be used",
			(unsigned long long)value);
	}
	add_reason(reasons, reason);
	return false;
}

/*
 * The driver attaches with a mask of 32 bits. If memory lies above, the kernel maps a bounce buffer, of at most
 * 256 KiB, and the driver returns its address. Each mapping gets another one (Linux 6.12, kernel/dma/swiotlb.c): two
 * calls show whether the address is the memory's own.
 */
static int ask_dmabuf_imx(int node, int fd, size_t size, uint64_t *address)
{
	struct imxd_dmabuf_imx_phys first = {.fd = (uint32_t)fd}, second = {.fd = (uint32_t)fd};
	int result = imxd_sys_ioctl(node, IMXD_DMABUF_IMX_GET_PHYS, &first);

	*address = first.address;
	if (result < 0 || size > BOUNCE_LIMIT || first.address == 0)
		return result;
	result = imxd_sys_ioctl(node, IMXD_DMABUF_IMX_GET_PHYS, &second);
	return (result >= 0 && second.address != first.address) ? -EXDEV : result;
}

static bool by_dmabuf_imx(struct imxd_block const *block, struct imxd_address *address, struct reasons *reasons)
{
	char reason[128];
	int result, node;
	uint64_t value = 0;

	if (!(block->traits.caps & IMXD_CAP_DMABUF) || !imxd_block_is_contiguous(block))
		return false;
	node = imxd_sys_open(IMXD_DMABUF_IMX_NODE, O_RDONLY);
	if (node == -ENOENT)
		return false;
	result = (node < 0) ? node : ask_dmabuf_imx(node, block->fd, block->size, &value);
	imxd_sys_close(node);
	if (result >= 0 && is_usable(block, value))
		return set_address(address, block, value, IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IMX);
	snprintf(reason, sizeof(reason), IMXD_DMABUF_IMX_NODE ": %s",
		(result == -EXDEV) ? "the memory is above 4 GiB, and this driver returns the address of a bounce buffer"
			: (result < 0) ? imxd_errno_text(result)
						   : "returned no address");
	add_reason(reasons, reason);
	return false;
}

/* Page frames that are hidden from this process stay so: an allocator looks once. */
static bool by_pagemap(struct imxd_device *device, struct imxd_block const *block, struct imxd_address *address,
	struct reasons *reasons)
{
	_Atomic bool *is_hidden = (device && device->backend->open) ? &device->hides_frames : NULL;
	int code;

	if (imxd_block_map_fd(block) < 0)
		return false;
	if (is_hidden && atomic_load_explicit(is_hidden, memory_order_relaxed)) {
		imxd_pagemap_fail_hidden();
	} else {
		code = imxd_pagemap_resolve(block, &address->value, &address->length);
		if (code == -ENOMEM && imxd_cpu_map_evict())
			code = imxd_pagemap_resolve(block, &address->value, &address->length);
		if (code == 0) {
			address->source = IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP;
			return true;
		}
		if (is_hidden && code == -ENODATA)
			atomic_store_explicit(is_hidden, true, memory_order_relaxed);
	}
	add_reason(reasons, imxd_message());
	return false;
}

int imxd_address_resolve(struct imxd_device *device, struct imxd_block const *block, struct imxd_address *address)
{
	struct reasons reasons;

	reasons.text[0] = '\0';
	reasons.used = 0;
	reasons.code = 0;
	if (by_driver(device, block, address, &reasons) || by_phys(block, address, &reasons) ||
		by_dmabuf_imx(block, address, &reasons) || by_pagemap(device, block, address, &reasons))
		return 0;
	return imxd_fail(reasons.code ? reasons.code : -ENOTSUP, "the physical address is unknown: %s",
		reasons.used ? reasons.text : "the memory has no descriptor");
}

struct imxd_address imxd_address_narrow(struct imxd_address const *block, size_t offset, size_t size)
{
	struct imxd_address address = *block;

	if (address.source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return address;
	address.value += offset;
	address.length = (address.length > offset) ? address.length - offset : 0;
	if (address.length > size)
		address.length = size;
	if (address.length == 0)
		address.source = IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE;
	return address;
}
