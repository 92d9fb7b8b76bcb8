/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define PHYS_4 _IOW('b', 10, uint32_t)
#define PHYS_8 _IOW('b', 10, uint64_t)

static int open_heap(int cached)
{
	static char const *const names[] = {"linux,cma", "default_cma_region", "reserved"};
	int fd = -1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && fd < 0; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/dev/dma_heap/%s%s", names[i], cached ? "" : "-uncached");
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	return fd;
}

int memory_get_phys_addr(int dmabuf_fd, uint64_t *phys)
{
	union {
		uint32_t narrow;
		uint64_t wide;
	} result = {.wide = 0};

	if (ioctl(dmabuf_fd, PHYS_8, &result) < 0 && (errno != ENOTTY || ioctl(dmabuf_fd, PHYS_4, &result) < 0))
		return -1;
	*phys = result.wide;
	return *phys != 0 ? 0 : -1;
}

static int allocate_fd(size_t size, int cached)
{
	struct dma_heap_allocation_data data = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
	int heap = open_heap(cached), code;

	if (heap < 0)
		return -1;
	code = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
	close(heap);
	return code < 0 ? -1 : (int)data.fd;
}

int memory_allocate(struct memory *memory, size_t size, int cached)
{
	memory->size = (size + PAGE - 1) / PAGE * PAGE;
	memory->map = MAP_FAILED;
	memory->fd = allocate_fd(memory->size, cached);
	if (memory->fd < 0)
		return -1;
	if (memory_get_phys_addr(memory->fd, &memory->phys) == 0)
		memory->map = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
	if (memory->map == MAP_FAILED) {
		close(memory->fd);
		return -1;
	}
	return 0;
}

void memory_free(struct memory *memory)
{
	munmap(memory->map, memory->size);
	close(memory->fd);
}
