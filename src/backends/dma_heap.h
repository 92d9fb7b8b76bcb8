/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_DMA_HEAP_H
#define IMXD_DMA_HEAP_H

#include <stddef.h>

struct imxd_backend;
extern struct imxd_backend const imxd_dma_heap_backend;

/*
 * DMA_HEAP_IOCTL_ALLOC. heap: a name for sentences. Returns 0 with *dmabuf_fd, never 0, or an errno code with a
 * sentence.
 */
int imxd_dma_heap_allocate(int heap_fd, char const *heap, size_t size, unsigned int heap_flags, unsigned int fd_flags,
	int *dmabuf_fd);

#endif /* IMXD_DMA_HEAP_H */
