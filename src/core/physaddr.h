/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decision about physical addresses: a chain of resolvers.
 */
#ifndef IMXD_PHYSADDR_H
#define IMXD_PHYSADDR_H

#include "object.h"

/*
 * Find the physical address of a block. Tries the address that came with the block, the driver (get_phys_addr),
 * DMA_BUF_IOCTL_PHYS, /dev/dmabuf_imx and /proc/self/pagemap. device: the device of the block, NULL for memory from
 * elsewhere. Returns 0, or -ENOTSUP with a message that has the reason of each resolver; address->phys is
 * set if DMA_BUF_IOCTL_PHYS was tried.
 */
int imxd_address_resolve(struct imxd_device *device, struct imxd_block const *block, struct imxd_address *address);

/* Return the address of `size` bytes at `offset` in a block. Its length is less if only a part is contiguous. */
struct imxd_address imxd_address_narrow(struct imxd_address const *block, size_t offset, size_t size);

/* Is the block known to be contiguous, by its traits or because it is one page? */
bool imxd_block_is_contiguous(struct imxd_block const *block);

#endif /* IMXD_PHYSADDR_H */
