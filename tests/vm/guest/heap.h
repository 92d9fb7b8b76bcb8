/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DMA-BUFs from the kernel's heaps, and two ways to get their physical addresses. Tests use them to be independent of
 * the library under test.
 */
#ifndef VM_HEAP_H
#define VM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Return the name of the contiguous heap without "-uncached", in static memory, or NULL. Any heap except "system"
 * counts as contiguous, as guests have no other heaps.
 */
char const *heap_contiguous(void);
bool heap_exists(char const *name);

struct heap_buffer {
	int fd;
	size_t size;
	uint8_t *map;
};

/* Allocate and map a buffer. Return 0 or a negative errno code. */
int heap_allocate(char const *name, size_t size, struct heap_buffer *buffer);
void heap_free(struct heap_buffer *buffer);

/* Call DMA_BUF_IOCTL_PHYS with the encoding of this kernel. Return 0 or a negative errno code. */
int heap_phys(int dmabuf_fd, uint64_t *phys);
/*
 * Get the address of a mapping from /proc/self/pagemap, and the length of its first contiguous range.
 * Return 0, -ENODATA if pagemap shows no frame, or another negative errno code.
 */
int heap_frames(void *map, size_t size, uint64_t *phys, size_t *contiguous);
/* Get the address from heap_phys(), or from heap_frames() if that fails. */
int heap_address(struct heap_buffer *buffer, uint64_t *phys);

/* Return the number of used pages of the CMA area from /sys/kernel/debug/cma, or -1 if it is unknown. */
long heap_pages_used(void);

#endif
