/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_DMA_HEAP_H
#define IMXD_DMA_HEAP_H

#include <stddef.h>

#include "../backend.h"

extern struct imxd_backend const imxd_dma_heap_backend;

/* DMA_HEAP_IOCTL_ALLOC. Returns a DMA-BUF descriptor, never 0, or a negative errno code without a sentence. */
int imxd_dma_heap_allocate(int heap_fd, size_t size, unsigned int heap_flags, unsigned int fd_flags);

/* The sentence for such a failure. heap: the node's path. */
IMXD_COLD int imxd_dma_heap_fail(int code, char const *heap, size_t size, unsigned int heap_flags,
	unsigned int fd_flags);

/* Opens the heap of this name, and takes it into use. Returns 0 or an errno code with a sentence. */
typedef int imxd_open_heap(struct imxd_instance *self, char const *name, ImxDmaBufferAnswer cached);

/* dma_heap_search.c: opens the first heap that serves. Returns 0, or the reason of the first that could not be opened.
 */
int imxd_dma_heap_search(struct imxd_instance *self, ImxDmaBufferAnswer cached, imxd_open_heap *open);

#endif /* IMXD_DMA_HEAP_H */
