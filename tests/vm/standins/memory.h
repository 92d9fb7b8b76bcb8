/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory for the stand-ins of vendor libraries, from the guest's DMA-BUF heaps.
 */
#ifndef STANDIN_MEMORY_H
#define STANDIN_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct memory {
	int fd;
	size_t size;
	void *map;
	uint64_t phys;
};

/*
 * Cached memory from the first of the heaps linux,cma, default_cma_region and reserved that exists, uncached memory
 * from the first of their -uncached siblings. The address is asked of DMA_BUF_IOCTL_PHYS; a kernel without it, or
 * without the heap, cannot serve these libraries. 0 or -1.
 */
int memory_allocate(struct memory *memory, size_t size, int cached);
/* Of an existing DMA-BUF; maps nothing. 0 or -1. */
int memory_locate(int dmabuf_fd, uint64_t *phys);
void memory_free(struct memory *memory);

#endif
