/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Buffers around descriptors that came from elsewhere.
 */
#ifndef IMXD_IMPORT_H
#define IMXD_IMPORT_H

#include "buffer.h"

/*
 * Fills a block that describes a descriptor, which it does not duplicate. A descriptor that is no DMA-BUF but can be
 * mapped (a memory file) is described as such. Returns 0, or EBADF with a sentence.
 */
int imxd_describe_fd(int fd, struct imxd_block *block);

/*
 * The physical address of any DMA-BUF. instance: a mechanism that may know it where the kernel does not tell, or NULL.
 * Returns 0 with *value, or EBADF, EINVAL (no DMA-BUF), ENOTSUP with a sentence.
 */
int imxd_dmabuf_address(struct imxd_instance *instance, int fd, imx_physical_address_t *value);

/* Limits the block of a file to what a buffer of this size covers; a DMA-BUF stays whole. */
void imxd_limit_block(struct imxd_block *block, size_t size);

/*
 * A buffer that is a part of a DMA-BUF. Takes the descriptor, also when it fails. Returns NULL with *error, EINVAL if
 * it is no DMA-BUF or the part is not in it, and a sentence.
 */
struct imxd_buffer *imxd_import_part(int fd, uint64_t offset, uint64_t size, int *error);

/* Is this part, not an empty one, in `total` bytes? Returns 0 or EINVAL with a sentence. */
int imxd_check_part(uint64_t offset, uint64_t size, uint64_t total);

/*
 * A buffer with a duplicate of the descriptor, for a wrapped buffer of this size; its address is not
 * looked for. Returns NULL with *error and a sentence.
 */
struct imxd_buffer *imxd_shadow_new(int fd, size_t size, int *error);

#endif /* IMXD_IMPORT_H */
