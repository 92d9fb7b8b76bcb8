/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of the vendors' 2D graphics library, libg2d (over the Vivante GPU, the DPU or the PxP): uncached,
 * contiguous, and mapped by the library.
 */
#include "g2d.h"

#include <errno.h>

#include "../backend/device.h"
#include "../base/error.h"
#include "../uapi/g2d.h"
#include "vendor.h"

static char const *const sonames[] = {"libg2d.so.2", "libg2d.so.1", NULL};
static char const *const names[] = {IMXD_G2D_NAMES};
static struct imxd_vendor_state state;
static struct imxd_vendor const vendor = {
	.state = &state,
	.sonames = sonames,
	.names = names,
	.count = sizeof(names) / sizeof(names[0]),
	.needed = IMXD_G2D_NEEDED,
	.nodes = "/dev/galcore for a GPU; /dev/pxp_device and maybe /dev/dma_heap/linux,cma-uncached for a PxP",
};

struct own {
	struct imxd_g2d call;
	/* Some versions of the library give memory only while they are open: each allocator has a handle of its own. */
	void *handle;
	/* The layout of the library's buffers. */
	bool wide;
};

static void free_block(struct imxd_device *device, struct imxd_block *block)
{
	struct own *own = device->private;
	int result;

	imxd_vendor_lock();
	result = own->call.free(block->handle);
	imxd_vendor_unlock();
	if (result != 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR, "%s: g2d_free failed (%d); the memory is lost", device->node, result);
}

static void *take(struct own *own, size_t size)
{
	void *buffer;

	imxd_vendor_lock();
	buffer = own->call.alloc((int)size, 0);
	imxd_vendor_unlock();
	return buffer;
}

static int fill(struct imxd_device *device, void *buffer, size_t size, struct imxd_block *block)
{
	struct own const *own = device->private;
	struct imxd_g2d_buffer_narrow const *narrow = buffer;
	struct imxd_g2d_buffer_wide const *wide = buffer;

	if (own->wide)
		return imxd_vendor_fill_block(device, block, buffer, size, wide->cpu, wide->address);
	return imxd_vendor_fill_block(device, block, buffer, size, narrow->cpu, (uint32_t)narrow->address);
}

static int allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	void *buffer = take(device->private, size);

	if (!buffer)
		return imxd_vendor_fail_memory(device, "g2d_alloc", size);
	return fill(device, buffer, size, block);
}

/*
 * A size that distinguishes the layouts. The narrow one has the size, maybe rounded up, at the place where the wide one
 * has the upper half of an address of 48 bits, which is smaller. Members behind it must not be read before: the narrow
 * layout ends there.
 */
#define PROBE_SIZE 0x10000

static bool is_wide(struct imxd_g2d_buffer_narrow const *buffer)
{
	return sizeof(long) == sizeof(int32_t) || buffer->size < PROBE_SIZE;
}

/* Allocate memory, and learn the layout of the library's buffers. */
static int probe(struct imxd_device *device)
{
	struct own *own = device->private;
	struct imxd_block block = IMXD_BLOCK_INIT;
	void *buffer = take(own, PROBE_SIZE);

	if (!buffer)
		return imxd_vendor_fail(device, &vendor, "g2d_alloc");
	own->wide = is_wide(buffer);
	if (fill(device, buffer, PROBE_SIZE, &block) != 0)
		return imxd_fail(-ENODEV, "%s: cannot be used: %s", device->node, imxd_message());
	free_block(device, &block);
	return 0;
}

static void close_g2d(struct imxd_device *device)
{
	struct own *own = device->private;

	imxd_vendor_lock();
	if (own->handle && own->call.close)
		own->call.close(own->handle);
	imxd_vendor_unlock();
}

static int open_g2d(struct imxd_device *device, struct imxd_options const *options)
{
	struct own *own = device->private;
	int code = imxd_vendor_load(device, options, &vendor, &own->call);

	if (code != 0)
		return code;
	device->max_size = imxd_whole_pages(INT32_MAX);
	device->traits.cached = IMX_DMA_BUFFER_TRISTATE_NO;
	device->traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
	device->traits.caps = IMXD_CAP_PINNED;
	imxd_vendor_lock();
	if (own->call.open && own->call.open(&own->handle) != 0)
		own->handle = NULL;
	imxd_vendor_unlock();
	code = probe(device);
	if (code != 0)
		close_g2d(device);
	return code;
}

/* The descriptor stays the library's. */
static int get_dmabuf(struct imxd_device *device, struct imxd_block const *block)
{
	struct own const *own = device->private;
	int fd;

	if (!own->call.export_fd)
		return imxd_fail(-ENOTSUP, "%s: this version has no g2d_buf_export_fd, which exports DMA-BUFs", device->node);
	imxd_vendor_lock();
	fd = own->call.export_fd(block->handle);
	imxd_vendor_unlock();
	return (fd >= 0) ? fd : imxd_fail(-ENOTSUP, "%s: g2d_buf_export_fd returned no DMA-BUF", device->node);
}

struct imxd_backend const imxd_g2d_backend = {
	.name = "g2d",
	.description = "2D graphics library of the vendors (libg2d)",
	.private_size = sizeof(struct own),
	.open = open_g2d,
	.close = close_g2d,
	.allocate = allocate,
	.free = free_block,
	.get_dmabuf = get_dmabuf,
};
