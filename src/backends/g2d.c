/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of the vendors' 2D graphics library, libg2d (over the Vivante GPU, the DPU or the PxP): uncached,
 * contiguous, and mapped by the library.
 */
#include "g2d.h"

#include <errno.h>

#include "../backend.h"
#include "../uapi/g2d.h"
#include "vendor.h"

static char const *const sonames[] = {"libg2d.so.2", "libg2d.so.1", NULL};
static char const *const names[] = {IMXD_G2D_NAMES};

/* Behind self->state[0]. */
struct g2d {
	struct imxd_g2d call;
	/* The handle of g2d_open, NULL where none is needed. */
	void *handle;
	bool wide;
};

/* What this process knows of the library. Guarded by the vendors' lock. */
static struct {
	/* An allocator has come to it, and may have opened it. */
	bool tried;
	/* It gives memory while nobody has opened it. */
	bool needs_no_handle;
	/* The layout of its buffers, once one was seen. */
	bool wide;
} library;

static struct g2d *get_g2d(struct imxd_instance const *self)
{
	return (struct g2d *)self->state[0];
}

/*
 * A size that tells the layouts apart: in the narrow one the size, maybe rounded up, stands where the wide one has the
 * upper half of an address, which is less, having 16 bits. Nothing beyond may be read before: the narrow one ends
 * there.
 */
#define PROBE_SIZE 0x10000

static bool is_wide(struct imxd_g2d_buffer_narrow const *buffer)
{
	return sizeof(long) == sizeof(int32_t) || buffer->size < PROBE_SIZE;
}

static void free_block(struct imxd_instance *self, struct imxd_block *block)
{
	int result;

	imxd_vendor_lock();
	result = get_g2d(self)->call.free((void *)block->handle);
	imxd_vendor_unlock();
	if (result != 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR, "%s: g2d_free does not take memory back (%d)", self->node, result);
}

static int fill(struct imxd_instance *self, void *buffer, size_t size, struct imxd_block *block)
{
	struct imxd_g2d_buffer_narrow const *narrow = buffer;
	struct imxd_g2d_buffer_wide const *wide = buffer;

	if (get_g2d(self)->wide)
		return imxd_vendor_block(self, block, buffer, size, wide->cpu, wide->address);
	return imxd_vendor_block(self, block, buffer, size, narrow->cpu, (uint32_t)narrow->address);
}

static int allocate(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	void *buffer;

	imxd_vendor_lock();
	buffer = get_g2d(self)->call.alloc((int)size, 0);
	imxd_vendor_unlock();
	if (!buffer)
		return imxd_fail(ENOMEM, "%s: g2d_alloc gives no memory for %zu bytes (it does not say why)", self->node, size);
	return fill(self, buffer, size, block);
}

/*
 * Some versions give memory only while they are open, by whomever; others never ask for that, and opening takes a part
 * of the GPU. Only one that nobody can have opened yet shows which it is. Where that is not known, the allocator has a
 * handle of its own: it must not live on one that the program or another allocator will close. Returns whether the
 * library can be used; *buffer is NULL where it has no memory.
 */
static bool take_first(struct g2d *g2d, bool was_there, void **buffer)
{
	bool usable;

	imxd_vendor_lock();
	*buffer = NULL;
	if (library.needs_no_handle || (!was_there && !library.tried)) {
		*buffer = g2d->call.alloc(PROBE_SIZE, 0);
		library.needs_no_handle |= *buffer != NULL;
	}
	library.tried = true;
	if (!library.needs_no_handle) {
		if (g2d->call.open && g2d->call.open(&g2d->handle) != 0)
			g2d->handle = NULL;
		*buffer = g2d->call.alloc(PROBE_SIZE, 0);
	}
	if (*buffer)
		library.wide = is_wide(*buffer);
	g2d->wide = library.wide;
	usable = *buffer || library.needs_no_handle || g2d->handle || !g2d->call.open;
	imxd_vendor_unlock();
	return usable;
}

static int probe(struct imxd_instance *self, bool was_there)
{
	struct imxd_block block = {.fd = -1, .map_fd = -1};
	void *buffer;

	if (!take_first(get_g2d(self), was_there, &buffer))
		return imxd_g2d_fail(self);
	if (!buffer)
		return IMXD_VENDOR_EMPTY;
	if (fill(self, buffer, PROBE_SIZE, &block) != 0)
		return imxd_fail(ENODEV, "%s: is there, but of no use: %s", self->node, imxd_sentence());
	free_block(self, &block);
	return 0;
}

static void close_g2d(struct imxd_instance *self)
{
	struct g2d *g2d = get_g2d(self);

	imxd_vendor_lock();
	if (g2d->handle && g2d->call.close)
		g2d->call.close(g2d->handle);
	imxd_vendor_unlock();
	imxd_vendor_close(self);
}

static struct imxd_vendor_users users;
static struct imxd_vendor const vendor = {
	.sonames = sonames,
	.names = names,
	.count = sizeof(names) / sizeof(names[0]),
	.needed = IMXD_G2D_NEEDED,
	.probe = probe,
	.fail_empty = imxd_g2d_fail,
	.users = &users,
};

static int open_g2d(struct imxd_instance *self, struct imxd_options const *options)
{
	self->caps = IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS | IMX_DMA_BUFFER_CAPABILITY_SIZES_32BIT | IMXD_CAP_PINNED;
	self->max_size = imxd_whole_pages(INT32_MAX);
	return imxd_vendor_open(self, options, &vendor, sizeof(struct g2d));
}

/* The descriptor is the library's own. */
static int get_dmabuf(struct imxd_instance *self, struct imxd_block const *block)
{
	struct g2d const *g2d = get_g2d(self);
	int fd;

	imxd_vendor_lock();
	fd = g2d->call.export_fd ? g2d->call.export_fd((void *)block->handle) : -1;
	imxd_vendor_unlock();
	if (fd < 0 && !g2d->call.export_fd)
		imxd_fail(ENOTSUP, "%s: too old to have g2d_buf_export_fd, which gives DMA-BUFs", self->node);
	else if (fd < 0)
		imxd_fail(ENOTSUP, "%s: g2d_buf_export_fd gives no DMA-BUF", self->node);
	return fd;
}

static void forget(struct imxd_instance *self, struct imxd_block *block)
{
	if (!block)
		imxd_vendor_close(self);
}

struct imxd_backend const imxd_g2d_backend = {
	.name = "g2d",
	.description = "2D graphics library of the vendors (libg2d)",
	.open = open_g2d,
	.close = close_g2d,
	.allocate = allocate,
	.free = free_block,
	.forget = forget,
	.get_dmabuf = get_dmabuf,
};
