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
 * A buffer with a duplicate of the descriptor, of which the first `size` bytes are mapped and synchronised; its address
 * is not looked for. Returns NULL with *error and a sentence.
 */
struct imxd_buffer *imxd_shadow_new(int fd, size_t size, int *error);

#endif /* IMXD_IMPORT_H */
