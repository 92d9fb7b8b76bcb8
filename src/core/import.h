/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Buffers around descriptors from elsewhere.
 */
#ifndef IMXD_IMPORT_H
#define IMXD_IMPORT_H

#include "object.h"

/*
 * Fill a block that describes a descriptor, without duplicating it. Works for DMA-BUFs and for other descriptors that
 * can be mapped (memory files). Returns 0 or a negative errno code, such as -EBADF.
 */
int imxd_describe_fd(int fd, struct imxd_block *block);

/* Limit the block of a memory file to the pages that a buffer of this size covers. A DMA-BUF stays whole. */
void imxd_limit_block(struct imxd_block *block, size_t size);

/*
 * Find the physical address of a DMA-BUF. device: one whose driver may have the address (get_phys_addr), or NULL.
 * Returns 0 with *value, -EBADF, -EINVAL (not a DMA-BUF) or -ENOTSUP.
 */
int imxd_dmabuf_address(struct imxd_device *device, int fd, imx_physical_address_t *value);

/* Check that a slice is not empty and inside of `total` bytes. Returns 0 or -EINVAL. */
int imxd_check_slice(uint64_t offset, uint64_t size, uint64_t total);

/*
 * Make a buffer of a slice of a DMA-BUF; size 0: up to its end. Takes the descriptor, also on failure. Returns 0 with
 * *buffer, -EINVAL (not a DMA-BUF, or the slice is outside of it) or another negative errno code.
 */
int imxd_import_slice(int fd, uint64_t offset, uint64_t size, struct imxd_buffer **buffer);

/*
 * Make the buffer behind a wrapped buffer of this size, with a duplicate of the descriptor and without an address.
 * Returns 0 with *buffer or a negative errno code.
 */
int imxd_import_wrapped(int fd, size_t size, struct imxd_buffer **buffer);

#endif /* IMXD_IMPORT_H */
