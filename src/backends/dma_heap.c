/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DMA-BUF heaps: /dev/dma_heap/NAME, Linux 5.6 and newer.
 */
#include "dma_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "imxdmabuffer_config.h"

#include "../backend.h"
#include "../sys.h"
#include "../uapi/dma_heap.h"

int imxd_dma_heap_allocate(int heap_fd, size_t size, unsigned int heap_flags, unsigned int fd_flags)
{
	struct imxd_dma_heap_allocation data = {.length = size, .fd_flags = fd_flags, .heap_flags = heap_flags};
	int result = imxd_sys_ioctl(heap_fd, IMXD_DMA_HEAP_ALLOCATE, &data);

	return (result < 0) ? result : imxd_claim_dmabuf((int)data.fd);
}

int imxd_dma_heap_fail(int code, char const *heap, size_t size, unsigned int heap_flags, unsigned int fd_flags)
{
	switch (code) {
	case EINVAL:
		return imxd_fail(code,
			"%s: the kernel refuses %zu bytes with heap flags 0x%x and descriptor flags 0x%x (EINVAL): "
			"it takes sizes from 1, heap flags 0, and O_CLOEXEC with O_RDONLY or O_RDWR",
			heap, size, heap_flags, fd_flags);
	case ENOTTY:
		return imxd_fail(code, "%s: not a DMA-BUF heap (ENOTTY)", heap);
	case EBUSY:
		return imxd_fail(code, "%s: the heap is not set up yet (EBUSY); try again when the system has booted", heap);
	default:
		return imxd_fail_allocation(code, heap, size);
	}
}

/* A length of 0 is EINVAL on every heap, and ENOTTY elsewhere (Linux 6.1, drivers/dma-buf/dma-heap.c). */
static int check_heap(int fd, char const *name)
{
	struct imxd_dma_heap_allocation nothing = {.length = 0};
	int result = imxd_sys_ioctl(fd, IMXD_DMA_HEAP_ALLOCATE, &nothing);

	return (result == -EINVAL) ? 0 : imxd_dma_heap_fail((result < 0) ? -result : ENOTTY, name, 0, 0, 0);
}

static char const *heap_name(char const *path)
{
	char const *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATES_UNCACHED_MEMORY)
/* The build says of the configured heap, the default one included, that its memory is uncached. */
static bool is_uncached_by_configuration(char const *path)
{
	return strcmp(path,
			   IMXD_DMA_HEAP_GIVEN_NODE[0] ? IMXD_DMA_HEAP_GIVEN_NODE : IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH) == 0;
}
#else
static bool is_uncached_by_configuration(char const *path)
{
	return false;
}
#endif

/* Cached or not is the exporter's business: its name tells, unless the caller or the build knows better. */
static unsigned int heap_caps(char const *path, ImxDmaBufferAnswer cached)
{
	unsigned int caps = imxd_heap_caps(heap_name(path)), bit = IMX_DMA_BUFFER_CAPABILITY_CACHED;

	if (cached == IMX_DMA_BUFFER_UNKNOWN)
		return is_uncached_by_configuration(path) ? caps & ~bit : caps;
	return (cached == IMX_DMA_BUFFER_YES) ? caps | bit : caps & ~bit;
}

/* Takes the node into use. The path behind the descriptor tells the heap's name also where a link was opened. */
static int adopt(struct imxd_instance *self, int fd, ImxDmaBufferAnswer cached)
{
	char path[IMXD_NODE_SIZE], name[32];
	ssize_t length = imxd_sys_fd_path(fd, path, sizeof(path));
	int code;

	/* A path that was cut off names nothing. */
	if (length <= 0 || (size_t)length >= sizeof(path) - 1)
		snprintf(path, sizeof(path), "%s", self->node);
	if (path[0] == '\0')
		snprintf(name, sizeof(name), "descriptor %d", fd);
	code = check_heap(fd, path[0] ? path : name);
	if (code != 0)
		return code;
	memcpy(self->node, path, sizeof(path));
	self->fd = fd;
	self->caps = heap_caps(path, cached);
	return 0;
}

static int open_node(struct imxd_instance *self, char const *path, ImxDmaBufferAnswer cached)
{
	int fd, code;

	snprintf(self->node, sizeof(self->node), "%s", path);
	code = imxd_node_open(path, O_RDONLY, &fd);
	if (code != 0)
		return code;
	code = adopt(self, fd, cached);
	if (code != 0)
		imxd_sys_close(fd);
	self->owns_fd = (code == 0);
	return code;
}

static int open_name(struct imxd_instance *self, char const *name, ImxDmaBufferAnswer cached)
{
	char path[IMXD_NODE_SIZE];

	snprintf(path, sizeof(path), IMXD_DMA_HEAP_DIRECTORY "/%s", name);
	return open_node(self, path, cached);
}

static int open_heap(struct imxd_instance *self, struct imxd_options const *options)
{
	self->heap_flags = options->heap_flags;
	self->fd_flags = options->fd_flags;
	if (options->fd >= 0)
		return adopt(self, options->fd, options->cached);
	if (options->target && options->target[0] == '/')
		return open_node(self, options->target, options->cached);
	if (options->target)
		return open_name(self, options->target, options->cached);
	if (IMXD_DMA_HEAP_GIVEN_NODE[0] != '\0')
		return open_node(self, IMXD_DMA_HEAP_GIVEN_NODE, options->cached);
	return imxd_dma_heap_search(self, options->cached, open_name);
}

/* When the first try was interrupted, has failed, or was given descriptor 0. */
static IMXD_COLD int allocate_slowly(struct imxd_instance *self, size_t size, int fd, struct imxd_block *block)
{
	if (fd == -EINTR)
		fd = imxd_dma_heap_allocate(self->fd, size, self->heap_flags, self->fd_flags);
	else if (fd == 0)
		fd = imxd_claim_dmabuf(fd);
	block->fd = (fd < 0) ? -1 : fd;
	return (fd < 0) ? imxd_dma_heap_fail(-fd, self->node, size, self->heap_flags, self->fd_flags) : 0;
}

static int allocate(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	struct imxd_dma_heap_allocation data = {.length = size, .fd_flags = self->fd_flags, .heap_flags = self->heap_flags};
	int result = imxd_sys_ioctl_once(self->fd, IMXD_DMA_HEAP_ALLOCATE, &data);

	block->size = size;
	block->fd = (int)data.fd;
	if (result < 0 || block->fd <= 0)
		return allocate_slowly(self, size, (result < 0) ? result : block->fd, block);
	return 0;
}

struct imxd_backend const imxd_dma_heap_backend = {
	.name = "dma-heap",
	.description = "DMA-BUF heaps of the kernel",
	.open = open_heap,
	.allocate = allocate,
};
