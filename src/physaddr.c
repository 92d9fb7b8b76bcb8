/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "physaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "dmabuf.h"
#include "pagemap.h"
#include "sys.h"
#include "uapi/dma_buf.h"

bool imxd_block_is_contiguous(struct imxd_block const *block)
{
	return (block->caps & IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS) ||
		(block->size != 0 && block->size <= imxd_sys_page_size());
}

/* The kernel's answer where memory begins, if it is one: 0 with success means that it could not map the memory. */
static bool accept(struct imxd_block const *block, uint64_t value, ImxDmaBufferAddressSource source,
	struct imxd_address *address)
{
	if (value == 0 || value > (imx_physical_address_t)-1 || !imxd_block_is_contiguous(block))
		return false;
	imxd_address_set(address, (imx_physical_address_t)value, block->size, source);
	return true;
}

/* What the resolvers said that had no answer. */
struct reasons {
	char text[IMXD_SENTENCE_SIZE / 2];
	size_t used;
};

static void add_reason(struct reasons *reasons, char const *reason)
{
	size_t left = sizeof(reasons->text) - reasons->used;
	int length = snprintf(reasons->text + reasons->used, left, "%s%s", reasons->used ? "; " : "", reason);

	reasons->used += ((size_t)length < left) ? (size_t)length : left - 1;
}

/* What nobody can find need not be looked for in vain: this comes before what the resolvers say. */
static void explain_exporter(struct imxd_block const *block, struct reasons *reasons)
{
	if ((block->caps & IMX_DMA_BUFFER_CAPABILITY_DMABUF) && !(block->caps & IMXD_CAP_MAYBE_CONTIGUOUS) &&
		!imxd_block_is_contiguous(block))
		add_reason(reasons, "the memory is not contiguous: this DMA-BUF's exporter gathers single pages");
}

static void explain_phys(struct imxd_block const *block, int result, uint64_t value, struct reasons *reasons)
{
	char reason[160];

	if (!(block->caps & IMXD_CAP_ASK_PHYS))
		return;
	if (result == -ENOTTY)
		snprintf(reason, sizeof(reason), "this kernel has no DMA_BUF_IOCTL_PHYS (NXP's kernels have)");
	else if (result < 0)
		snprintf(reason, sizeof(reason), "DMA_BUF_IOCTL_PHYS failed (%s)", imxd_errno_text(-result));
	else if (!imxd_block_is_contiguous(block))
		snprintf(reason, sizeof(reason),
			"DMA_BUF_IOCTL_PHYS tells only where the first piece begins, and the memory is "
			"not known to be contiguous");
	else
		snprintf(reason, sizeof(reason), "DMA_BUF_IOCTL_PHYS answered address 0x%llx, which cannot be used",
			(unsigned long long)value);
	add_reason(reasons, reason);
}

static bool by_dmabuf_imx(struct imxd_block const *block, struct imxd_address *address, struct reasons *reasons)
{
	struct imxd_dmabuf_imx_phys phys = {.fd = (uint32_t)block->fd};
	char reason[128];
	int result, node;

	if (!(block->caps & IMX_DMA_BUFFER_CAPABILITY_DMABUF) || !imxd_block_is_contiguous(block))
		return false;
	node = imxd_sys_open(IMXD_DMABUF_IMX_NODE, O_RDONLY);
	if (node == -ENOENT)
		return false;
	result = (node < 0) ? node : imxd_sys_ioctl(node, IMXD_DMABUF_IMX_GET_PHYS, &phys);
	imxd_sys_close(node);
	if (result >= 0 && accept(block, phys.address, IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IMX, address))
		return true;
	snprintf(reason, sizeof(reason), IMXD_DMABUF_IMX_NODE ": %s",
		(result < 0) ? imxd_errno_text(-result) : "answered no address");
	add_reason(reasons, reason);
	return false;
}

static bool by_pagemap(struct imxd_block const *block, struct imxd_address *address, struct reasons *reasons)
{
	char reason[192] = "";

	if (imxd_pagemap_resolve(block, address, reason, sizeof(reason)))
		return true;
	if (reason[0] != '\0')
		add_reason(reasons, reason);
	return false;
}

/* A mechanism answers for memory that it knows to be contiguous. */
static bool by_mechanism(struct imxd_instance *instance, struct imxd_block const *block, struct imxd_address *address,
	struct reasons *reasons)
{
	imx_physical_address_t value = 0;

	if (!instance || !instance->backend->locate)
		return false;
	if (instance->backend->locate(instance, block, &value) != 0) {
		add_reason(reasons, imxd_sentence());
		return false;
	}
	imxd_address_set(address, value, block->size, IMX_DMA_BUFFER_ADDRESS_SOURCE_MECHANISM);
	return true;
}

int imxd_address_resolve_slowly(struct imxd_instance *instance, struct imxd_block const *block,
	struct imxd_address *address, int result, uint64_t value)
{
	struct reasons reasons = {.used = 0};
	bool phys = result >= 0 && (block->caps & IMXD_CAP_ASK_PHYS);

	if (by_mechanism(instance, block, address, &reasons))
		return 0;
	if (result < 0 || (phys && value == 0))
		address->phys = IMXD_PHYS_NO;
	if (phys && accept(block, value, IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL, address))
		return 0;
	explain_exporter(block, &reasons);
	explain_phys(block, result, value, &reasons);
	if (by_dmabuf_imx(block, address, &reasons) || by_pagemap(block, address, &reasons))
		return 0;
	return imxd_fail(ENOTSUP, "the physical address cannot be known: %s",
		reasons.used ? reasons.text : "the memory has none");
}
