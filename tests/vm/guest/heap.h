/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DMA-BUFs from the kernel's heaps by ioctls alone, and two ways to learn where they lie, for tests that must not
 * depend on the library under test.
 */
#ifndef VM_HEAP_H
#define VM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The name of the contiguous heap without "-uncached", or NULL; static memory. Any heap but "system" counts as
 * contiguous: guests have no others.
 */
char const *heap_contiguous(void);
bool heap_exists(char const *name);

struct heap_buffer {
	int fd;
	size_t size;
	uint8_t *map;
};

/* Allocates and maps. 0, or a negative errno code. */
int heap_allocate(char const *name, size_t size, struct heap_buffer *buffer);
void heap_free(struct heap_buffer *buffer);

/* DMA_BUF_IOCTL_PHYS with the encoding that the kernel takes. 0, or a negative errno code. */
int heap_phys(int dmabuf_fd, uint64_t *phys);
/*
 * The frames of a mapping from /proc/self/pagemap. contiguous: receives the length of the contiguous beginning.
 * 0; -ENODATA where the kernel tells no frame; another negative errno code.
 */
int heap_frames(void *map, size_t size, uint64_t *phys, size_t *contiguous);
/* By the one, otherwise by the other. */
int heap_address(struct heap_buffer *buffer, uint64_t *phys);

/* What /sys/kernel/debug/cma tells of the area's use, in pages; negative when it tells nothing. */
long heap_pages_used(void);

#endif
