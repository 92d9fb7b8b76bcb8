/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DMA-BUF heaps: /dev/dma_heap/NAME, Linux 5.6 and newer.
 */
#include "dma_heap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "imxdmabuffer_config.h"

#include "../backend/device.h"
#include "../backend/node.h"
#include "../base/error.h"
#include "../base/meminfo.h"
#include "../base/sys.h"
#include "../dmabuf/dmabuf.h"
#include "../dmabuf/exporter.h"
#include "../dmabuf/heap.h"
#include "../uapi/dma_heap.h"
#include "dma_heap_search.h"

struct own {
	unsigned int heap_flags;
	unsigned int fd_flags;
	/* Is the memory cached, according to the caller or the build? */
	ImxDmaBufferTristate cached;
	/* /sys has no name for the heap: the exporter of each block decides, then the node's name. */
	bool is_nameless;
};

int imxd_dma_heap_allocate(int heap_fd, size_t size, unsigned int heap_flags, unsigned int fd_flags)
{
	struct imxd_dma_heap_allocation data = {.length = size, .fd_flags = fd_flags, .heap_flags = heap_flags};
	int result = imxd_sys_ioctl(heap_fd, IMXD_DMA_HEAP_ALLOCATE, &data);

	return (result < 0) ? result : imxd_dmabuf_validate_fd((int)data.fd);
}

int imxd_dma_heap_fail(int code, char const *heap, size_t size, unsigned int heap_flags, unsigned int fd_flags)
{
	switch (code) {
	case -EINVAL:
		return imxd_fail(code,
			"%s: the kernel refuses %zu bytes with heap flags 0x%x and descriptor flags 0x%x (EINVAL): "
			"it takes sizes from 1, heap flags 0, and O_CLOEXEC with O_RDONLY or O_RDWR",
			heap, size, heap_flags, fd_flags);
	case -ENOTTY:
		return imxd_fail(code, "%s: not a DMA-BUF heap (ENOTTY)", heap);
	case -EBUSY:
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

	return (result == -EINVAL) ? 0 : imxd_dma_heap_fail((result < 0) ? result : -ENOTTY, name, 0, 0, 0);
}

/* Does the build declare this heap uncached? Its option is about the configured heap, or the default one. */
static bool is_uncached_by_configuration(char const *path)
{
#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATES_UNCACHED_MEMORY)
	return strcmp(path,
			   IMXD_DMA_HEAP_GIVEN_NODE[0] ? IMXD_DMA_HEAP_GIVEN_NODE : IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH) == 0;
#else
	return false;
#endif
}

/* The caller and the build come first. */
static void set_traits(struct own const *own, struct imxd_traits traits, struct imxd_traits *result)
{
	*result = traits;
	if (own->cached != IMX_DMA_BUFFER_TRISTATE_UNKNOWN)
		result->cached = own->cached;
}

/* The last evidence. A name that is not in the table counts only in the directory of heaps. */
static struct imxd_traits traits_of_node(char const *path)
{
	char const *slash = strrchr(path, '/');
	char const *name = slash ? slash + 1 : path;
	bool in_directory = strncmp(path, IMXD_DMA_HEAP_DIRECTORY "/", sizeof(IMXD_DMA_HEAP_DIRECTORY)) == 0;

	if (in_directory || imxd_heap_is_known(name))
		return imxd_heap_traits(name);
	return (struct imxd_traits){.caps = IMXD_CAPS_DMABUF};
}

/* The kernel marks the path of a node that was removed since. */
static void strip_mark(char *path)
{
	static char const mark[] = " (deleted)";
	size_t length = strlen(path), end = sizeof(mark) - 1;

	if (length > end && strcmp(path + length - end, mark) == 0)
		path[length - end] = '\0';
}

/* Take an open node into use. The descriptor's path has the node's name also if a symbolic link was opened. */
static int use_node(struct imxd_device *device, int fd, ImxDmaBufferTristate cached)
{
	struct own *own = device->private;
	char path[sizeof(device->node)], name[64];
	ssize_t length = imxd_sys_fd_path(fd, path, sizeof(path));
	int code;

	/* A path that was cut off is useless. */
	if (length <= 0 || (size_t)length >= sizeof(path) - 1)
		snprintf(path, sizeof(path), "%s", device->node);
	strip_mark(path);
	if (path[0] == '\0')
		snprintf(name, sizeof(name), "descriptor %d", fd);
	code = check_heap(fd, path[0] ? path : name);
	if (code != 0)
		return code;
	memcpy(device->node, path, sizeof(path));
	device->fd = fd;
	own->cached = cached;
	if (cached == IMX_DMA_BUFFER_TRISTATE_UNKNOWN && is_uncached_by_configuration(path))
		own->cached = IMX_DMA_BUFFER_TRISTATE_NO;
	own->is_nameless = imxd_heap_own_name(fd, name, sizeof(name)) != 0;
	set_traits(own, own->is_nameless ? traits_of_node(path) : imxd_heap_traits(name), &device->traits);
	return 0;
}

static int open_node(struct imxd_device *device, char const *path, ImxDmaBufferTristate cached)
{
	int code, fd;

	if (strlen(path) >= sizeof(device->node))
		return imxd_fail(-ENAMETOOLONG, "%.60s...: the path is too long (ENAMETOOLONG): more than %zu bytes", path,
			sizeof(device->node) - 1);
	snprintf(device->node, sizeof(device->node), "%s", path);
	fd = imxd_node_open(path, O_RDONLY);
	if (fd < 0)
		return fd;
	code = use_node(device, fd, cached);
	if (code != 0)
		imxd_sys_close(fd);
	device->owns_fd = (code == 0);
	return code;
}

static int open_name(struct imxd_device *device, char const *name, ImxDmaBufferTristate cached)
{
	char path[sizeof(device->node) + sizeof(IMXD_DMA_HEAP_DIRECTORY)];

	/* A name that is cut off here is still too long. */
	snprintf(path, sizeof(path), IMXD_DMA_HEAP_DIRECTORY "/%s", name);
	return open_node(device, path, cached);
}

static int open_heap(struct imxd_device *device, struct imxd_options const *options)
{
	struct own *own = device->private;

	own->heap_flags = options->heap_flags;
	own->fd_flags = options->fd_flags;
	if (options->fd >= 0)
		return use_node(device, options->fd, options->cached);
	if (options->target && options->target[0] == '/')
		return open_node(device, options->target, options->cached);
	if (options->target)
		return open_name(device, options->target, options->cached);
	if (IMXD_DMA_HEAP_GIVEN_NODE[0] != '\0')
		return open_node(device, IMXD_DMA_HEAP_GIVEN_NODE, options->cached);
	return imxd_dma_heap_search(device, options->cached, open_name);
}

static void judge_by_exporter(struct own const *own, struct imxd_block *block)
{
	char name[64];
	struct imxd_traits traits;

	imxd_exporter_name(block->fd, name, sizeof(name));
	if (imxd_exporter_names_heap(name)) {
		set_traits(own, imxd_heap_traits(name), &block->traits);
		return;
	}
	traits = imxd_exporter_traits(name);
	if (traits.contiguous != IMX_DMA_BUFFER_TRISTATE_UNKNOWN)
		block->traits.contiguous = traits.contiguous;
}

/* Single pages do not come from the CMA. Cgroups do not count them. */
static int fail_scattered(struct imxd_device const *device, size_t size)
{
	long long available = imxd_meminfo("MemAvailable");
	char text[48] = "";

	if (available >= 0)
		snprintf(text, sizeof(text), ": MemAvailable %lld kB", available);
	return imxd_fail(-ENOMEM, "%s: no memory left for %zu bytes (ENOMEM)%s", device->node, size, text);
}

static int allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	struct own const *own = device->private;
	int fd = imxd_dma_heap_allocate(device->fd, size, own->heap_flags, own->fd_flags);

	if (fd == -ENOMEM && device->traits.contiguous == IMX_DMA_BUFFER_TRISTATE_NO)
		return fail_scattered(device, size);
	if (fd < 0)
		return imxd_dma_heap_fail(fd, device->node, size, own->heap_flags, own->fd_flags);
	block->fd = fd;
	block->size = size;
	if (own->is_nameless)
		judge_by_exporter(own, block);
	return 0;
}

struct imxd_backend const imxd_dma_heap_backend = {
	.name = "dma-heap",
	.description = "DMA-BUF heaps of the kernel",
	.private_size = sizeof(struct own),
	.has_dmabufs = true,
	.open = open_heap,
	.allocate = allocate,
};
