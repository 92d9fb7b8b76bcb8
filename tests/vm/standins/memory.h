/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory from the guest's DMA-BUF heaps for the stand-ins of vendor libraries.
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
 * Allocate cached memory from the first existing heap of linux,cma, default_cma_region and reserved, or uncached memory
 * from the first of the same names with -uncached. DMA_BUF_IOCTL_PHYS returns the address. Return 0, or -1 also if the
 * kernel has no such heap or no DMA_BUF_IOCTL_PHYS.
 */
int memory_allocate(struct memory *memory, size_t size, int cached);
/* Get the address of a DMA-BUF without mapping it. Return 0 or -1. */
int memory_get_phys_addr(int dmabuf_fd, uint64_t *phys);
void memory_free(struct memory *memory);

#endif
