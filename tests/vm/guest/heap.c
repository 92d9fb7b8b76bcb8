/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "heap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* 64-bit kernels have only the 8-byte number, also for 32-bit programs. */
#define PHYS_4 _IOW('b', 10, uint32_t)
#define PHYS_8 _IOW('b', 10, uint64_t)

static bool ends_with(char const *text, char const *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

char const *heap_contiguous(void)
{
	static char name[256];
	DIR *directory = opendir("/dev/dma_heap");
	struct dirent *entry;
	char const *found = NULL;

	while (directory != NULL && found == NULL && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "system") == 0 || ends_with(entry->d_name, "-uncached"))
			continue;
		snprintf(name, sizeof(name), "%s", entry->d_name);
		found = name;
	}
	if (directory != NULL)
		closedir(directory);
	return found;
}

static void node_path(char const *name, char path[300])
{
	snprintf(path, 300, "/dev/dma_heap/%s", name);
}

bool heap_exists(char const *name)
{
	char path[300];

	node_path(name, path);
	return access(path, F_OK) == 0;
}

static int allocate_fd(char const *name, size_t size)
{
	struct dma_heap_allocation_data data = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
	char path[300];
	int heap, code;

	node_path(name, path);
	heap = open(path, O_RDONLY | O_CLOEXEC);
	if (heap < 0)
		return -errno;
	code = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) < 0 ? -errno : (int)data.fd;
	close(heap);
	return code;
}

int heap_allocate(char const *name, size_t size, struct heap_buffer *buffer)
{
	void *map;

	buffer->fd = allocate_fd(name, size);
	buffer->size = size;
	if (buffer->fd < 0)
		return buffer->fd;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, buffer->fd, 0);
	if (map == MAP_FAILED) {
		int code = -errno;

		close(buffer->fd);
		return code;
	}
	buffer->map = map;
	return 0;
}

void heap_free(struct heap_buffer *buffer)
{
	munmap(buffer->map, buffer->size);
	close(buffer->fd);
}

int heap_phys(int dmabuf_fd, uint64_t *phys)
{
	union {
		uint32_t narrow;
		uint64_t wide;
	} result = {.wide = 0};

	if (ioctl(dmabuf_fd, PHYS_8, &result) == 0) {
		*phys = result.wide;
		return 0;
	}
	if (errno != ENOTTY || ioctl(dmabuf_fd, PHYS_4, &result) < 0)
		return -errno;
	*phys = result.narrow;
	return 0;
}

static int frame_of(int pagemap, uintptr_t address, size_t page, uint64_t *frame)
{
	uint64_t entry;

	if (pread(pagemap, &entry, sizeof(entry), (off_t)(address / page * sizeof(entry))) != sizeof(entry))
		return -EIO;
	*frame = entry & ((UINT64_C(1) << 55) - 1);
	return (entry >> 63) == 0 || *frame == 0 ? -ENODATA : 0;
}

int heap_frames(void *map, size_t size, uint64_t *phys, size_t *contiguous)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), code = 0;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t frame = 0, first = 0;

	if (pagemap < 0)
		return -errno;
	for (*contiguous = 0; *contiguous < size; *contiguous += page) {
		/* The kernel maps a page of a heap at its first access. */
		(void)*((uint8_t volatile *)map + *contiguous);
		code = frame_of(pagemap, (uintptr_t)map + *contiguous, page, &frame);
		if (*contiguous == 0)
			first = frame;
		if (code < 0 || frame != first + *contiguous / page)
			break;
	}
	close(pagemap);
	*phys = first * page;
	return *contiguous == 0 ? code : 0;
}

int heap_address(struct heap_buffer *buffer, uint64_t *phys)
{
	size_t contiguous;
	int code = heap_phys(buffer->fd, phys);

	return code == 0 && *phys != 0 ? 0 : heap_frames(buffer->map, buffer->size, phys, &contiguous);
}

long heap_pages_used(void)
{
	glob_t paths;
	FILE *file;
	long used = -1;

	if (glob("/sys/kernel/debug/cma/*/used", 0, NULL, &paths) != 0)
		return -1;
	file = fopen(paths.gl_pathv[0], "re");
	if (file != NULL) {
		if (fscanf(file, "%ld", &used) != 1)
			used = -1;
		fclose(file);
	}
	globfree(&paths);
	return used;
}
