/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Physical addresses: a chain of resolvers, each of which answers, or says why it cannot.
 */
#ifndef IMXD_PHYSADDR_H
#define IMXD_PHYSADDR_H

#include <stdbool.h>

#include "backend.h"

/* What is known about where memory is. source NONE: nothing. */
struct imxd_address {
	imx_physical_address_t value;
	size_t length; /* contiguous bytes from there on, as far as known */
	ImxDmaBufferAddressSource source;
	bool pinned;
	/* Does the kernel have DMA_BUF_IOCTL_PHYS? Learned on the way, also by failing. */
	ImxDmaBufferAnswer kernel_has_phys;
};

/*
 * Asks the resolvers for the address of a block, of which `size` bytes from `shift` on count. Returns 0, or ENOTSUP and
 * a sentence that names each resolver's reason; *address is filled as far as anything was learned.
 */
int imxd_address_resolve(struct imxd_block const *block, size_t shift, size_t size, struct imxd_address *address);

/* Known to be contiguous, by its kind or because it is one page. */
bool imxd_block_is_contiguous(struct imxd_block const *block);

/* Is this an address that is good for `size` bytes? */
static inline bool imxd_address_covers(struct imxd_address const *address, size_t size)
{
	return address->source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE && address->length >= size;
}

#endif /* IMXD_PHYSADDR_H */
