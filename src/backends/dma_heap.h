/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_DMA_HEAP_H
#define IMXD_DMA_HEAP_H

#include <stddef.h>

#include "../base/compiler.h"

struct imxd_backend;
extern struct imxd_backend const imxd_dma_heap_backend;

/* DMA_HEAP_IOCTL_ALLOC. Returns a DMA-BUF descriptor, above 2, or a negative errno code. May change the message. */
int imxd_dma_heap_allocate(int heap_fd, size_t size, unsigned int heap_flags, unsigned int fd_flags);

/* Set the message for such a failure. heap: the node's path. Returns code. */
IMXD_COLD int imxd_dma_heap_fail(int code, char const *heap, size_t size, unsigned int heap_flags,
	unsigned int fd_flags);

#endif /* IMXD_DMA_HEAP_H */
