/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "physaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "dmabuf.h"
#include "pagemap.h"
#include "sys.h"
#include "uapi/dma_buf.h"

typedef bool resolver(struct imxd_block const *block, size_t shift, size_t size, struct imxd_address *address,
	char *reason, size_t reason_size);

bool imxd_block_is_contiguous(struct imxd_block const *block)
{
	return (block->caps & IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS) ||
		(block->size != 0 && block->size <= imxd_sys_page_size());
}

/*
 * An answer of the mechanism or of the kernel: where the memory begins. It is known to be contiguous by its capability.
 */
static bool accept(uint64_t value, ImxDmaBufferAddressSource source, size_t shift, size_t size,
	struct imxd_address *address)
{
	if (value == 0 || value + shift > (imx_physical_address_t)-1)
		return false;
	address->value = (imx_physical_address_t)(value + shift);
	address->length = size;
	address->source = source;
	return true;
}

static bool by_mechanism(struct imxd_block const *block, size_t shift, size_t size, struct imxd_address *address,
	char *reason, size_t reason_size)
{
	(void)reason;
	(void)reason_size;
	return accept(block->address, IMX_DMA_BUFFER_ADDRESS_SOURCE_MECHANISM, shift, size, address);
}

static bool by_dmabuf_ioctl(struct imxd_block const *block, size_t shift, size_t size, struct imxd_address *address,
	char *reason, size_t reason_size)
{
	uint64_t value;
	int result;

	if (!(block->caps & IMX_DMA_BUFFER_CAPABILITY_DMABUF))
		return false;
	result = imxd_dmabuf_phys(block->fd, &value);
	address->kernel_has_phys = (result == -ENOTTY) ? IMX_DMA_BUFFER_NO : IMX_DMA_BUFFER_YES;
	if (result == -ENOTTY)
		snprintf(reason, reason_size, "this kernel has no DMA_BUF_IOCTL_PHYS (NXP's kernels have)");
	else if (result < 0)
		snprintf(reason, reason_size, "DMA_BUF_IOCTL_PHYS failed (%s)", imxd_errno_text(-result));
	else if (!imxd_block_is_contiguous(block))
		snprintf(reason, reason_size,
			"DMA_BUF_IOCTL_PHYS tells only where the first piece begins, and the memory "
			"is not known to be contiguous");
	else if (accept(value, IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL, shift, size, address))
		return true;
	else
		snprintf(reason, reason_size, "DMA_BUF_IOCTL_PHYS answered address 0x%llx, which cannot be used",
			(unsigned long long)value);
	return false;
}

static bool by_dmabuf_imx(struct imxd_block const *block, size_t shift, size_t size, struct imxd_address *address,
	char *reason, size_t reason_size)
{
	struct imxd_dmabuf_imx_phys phys = {.fd = (uint32_t)block->fd};
	int result, node;

	if (!(block->caps & IMX_DMA_BUFFER_CAPABILITY_DMABUF) || !imxd_block_is_contiguous(block))
		return false;
	node = imxd_sys_open(IMXD_DMABUF_IMX_NODE, O_RDONLY);
	if (node < 0) {
		if (node != -ENOENT)
			snprintf(reason, reason_size, IMXD_DMABUF_IMX_NODE ": %s", imxd_errno_text(-node));
		return false;
	}
	result = imxd_sys_ioctl(node, IMXD_DMABUF_IMX_GET_PHYS, &phys);
	imxd_sys_close(node);
	if (result >= 0 && accept(phys.address, IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IMX, shift, size, address))
		return true;
	snprintf(reason, reason_size, IMXD_DMABUF_IMX_NODE ": %s",
		(result < 0) ? imxd_errno_text(-result) : "answered no address");
	return false;
}

static resolver *const chain[] = {by_mechanism, by_dmabuf_ioctl, by_dmabuf_imx, imxd_pagemap_resolve};

int imxd_address_resolve(struct imxd_block const *block, size_t shift, size_t size, struct imxd_address *address)
{
	char reasons[IMXD_SENTENCE_SIZE / 2];
	size_t used = 0;

	address->pinned = (block->caps & IMXD_CAP_PINNED) != 0;
	for (size_t i = 0; i < sizeof(chain) / sizeof(chain[0]); i++) {
		char reason[192];

		reason[0] = '\0';
		if (chain[i](block, shift, size, address, reason, sizeof(reason)))
			return 0;
		if (reason[0] != '\0' && used < sizeof(reasons))
			used += (size_t)snprintf(reasons + used, sizeof(reasons) - used, "%s%s", used ? "; " : "", reason);
	}
	return imxd_fail(ENOTSUP, "the physical address cannot be known: %s", used ? reasons : "the memory has none");
}
