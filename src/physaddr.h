/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Physical addresses: a chain of resolvers, each of which answers, or says why it cannot.
 */
#ifndef IMXD_PHYSADDR_H
#define IMXD_PHYSADDR_H

#include <stdbool.h>

#include "backend.h"
#include "dmabuf.h"
#include "sync.h"

/* What is known about where memory is. source NONE: nothing. */
struct imxd_address {
	imx_physical_address_t value;
	size_t length; /* contiguous bytes from there on, as far as known */
	ImxDmaBufferAddressSource source;
	/* Learned on the way, also by failing. */
	enum imxd_phys phys;
};

static inline void imxd_address_set(struct imxd_address *address, imx_physical_address_t value, size_t length,
	ImxDmaBufferAddressSource source)
{
	address->value = value;
	address->length = length;
	address->source = source;
}

/* The rest of the chain, when DMA_BUF_IOCTL_PHYS has answered `result` and `value`. */
__attribute__((cold)) int imxd_address_resolve_slowly(struct imxd_instance *instance, struct imxd_block const *block,
	struct imxd_address *address, int result, uint64_t value);

/*
 * Asks the resolvers where a block begins: the mechanism, DMA_BUF_IOCTL_PHYS, /dev/dmabuf_imx, /proc/self/pagemap.
 * instance: the one that the block is from, NULL for memory from elsewhere. Returns 0, or ENOTSUP and a sentence that
 * names each resolver's reason; *address is filled as far as anything was learned.
 */
static inline int imxd_address_resolve(struct imxd_instance *instance, struct imxd_block const *block,
	struct imxd_address *address)
{
	uint64_t value = 0;
	int result = 0;

	if (block->address != 0) {
		imxd_address_set(address, block->address, block->size, IMX_DMA_BUFFER_ADDRESS_SOURCE_MECHANISM);
		return 0;
	}
	if (block->caps & IMXD_CAP_ASK_PHYS) {
		result = imxd_dmabuf_phys(block->fd, &value);
		address->phys = IMXD_PHYS_YES;
	}
	if (value == 0 || value > (imx_physical_address_t)-1 || !(block->caps & IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS))
		return imxd_address_resolve_slowly(instance, block, address, result, value);
	imxd_address_set(address, (imx_physical_address_t)value, block->size, IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL);
	return 0;
}

/* Goes from the address of a block to that of `size` bytes of it from `shift` on. */
static inline void imxd_address_narrow(struct imxd_address *address, size_t shift, size_t size)
{
	address->value += shift;
	address->length = (address->length > shift) ? address->length - shift : 0;
	if (address->length > size)
		address->length = size;
}

/* Known to be contiguous, by its kind or because it is one page. */
bool imxd_block_is_contiguous(struct imxd_block const *block);

#endif /* IMXD_PHYSADDR_H */
