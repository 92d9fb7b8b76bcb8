/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of the Hantro decoders' library of i.MX8M (libhantro): contiguous, mapped by the library, and a DMA-BUF
 * inside.
 */
#include "dwl.h"

#include <errno.h>
#include <stdlib.h>

#include "imxdmabuffer_config.h"

#include "../backend.h"
#include "../sys.h"
#include "../uapi/dwl.h"
#include "vendor.h"

static char const *const sonames[] = {"libhantro.so.1", NULL};
static char const *const names[] = {IMXD_DWL_NAMES};

/* The decoder to be a client of first: the one that was configured. */
#if defined(IMXDMABUFFER_DWL_USE_CLIENT_TYPE_HEVC)
static uint32_t const client_types[] = {IMXD_DWL_CLIENT_HEVC, IMXD_DWL_CLIENT_H264};
#else
static uint32_t const client_types[] = {IMXD_DWL_CLIENT_H264, IMXD_DWL_CLIENT_HEVC};
#endif

/* Behind self->state[0]. */
struct dwl {
	struct imxd_dwl call;
	void const *client;
};

/* Behind block->handle. */
struct piece {
	struct dwl const *dwl;
	union imxd_dwl_memory data;
};

static struct dwl *get_dwl(struct imxd_instance const *self)
{
	return (struct dwl *)self->state[0];
}

static void become_client(struct dwl *dwl)
{
	imxd_vendor_lock();
	for (size_t i = 0; i < sizeof(client_types) / sizeof(client_types[0]) && !dwl->client; i++)
		dwl->client = dwl->call.init(&(struct imxd_dwl_init){client_types[i]});
	imxd_vendor_unlock();
}

static void free_block(struct imxd_instance *self, struct imxd_block *block)
{
	struct piece *piece = (struct piece *)block->handle;

	imxd_vendor_lock();
	piece->dwl->call.free(piece->dwl->client, &piece->data);
	imxd_vendor_unlock();
	free(piece);
}

/* Takes the piece. ENOMEM: the library has no memory. */
static int fill(struct imxd_instance *self, struct piece *piece, size_t size, struct imxd_block *block)
{
	int32_t result;

	piece->dwl = get_dwl(self);
	piece->data.memory.type = IMXD_DWL_TYPE_CPU;
	imxd_vendor_lock();
	result = piece->dwl->call.allocate(piece->dwl->client, (uint32_t)size, &piece->data);
	imxd_vendor_unlock();
	if (result != 0) {
		free(piece);
		return imxd_fail(ENOMEM, "%s: DWLMallocLinear gives no memory for %zu bytes (it does not say why)", self->node,
			size);
	}
	return imxd_vendor_block(self, block, piece, size, piece->data.memory.cpu, piece->data.memory.address);
}

static int allocate(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	struct piece *piece = calloc(1, sizeof(*piece));

	return piece ? fill(self, piece, size, block) : imxd_fail_memory();
}

/* Cleans and invalidates. */
static int flush(struct imxd_block const *block, bool write)
{
	struct piece *piece = (struct piece *)block->handle;

	imxd_vendor_lock();
	piece->dwl->call.flush(piece->dwl->client, &piece->data);
	imxd_vendor_unlock();
	return 0;
}

static int flush_written(struct imxd_block const *block, bool write)
{
	return write ? flush(block, write) : 0;
}

static struct imxd_sync const flushing = {flush, flush_written, IMX_DMA_BUFFER_YES};

static int probe(struct imxd_instance *self, bool was_there)
{
	struct imxd_block block = {.fd = -1, .map_fd = -1};
	struct piece *piece = calloc(1, sizeof(*piece));
	struct dwl *dwl = get_dwl(self);
	int code;

	if (!piece)
		return imxd_fail_memory();
	become_client(dwl);
	if (!dwl->client) {
		free(piece);
		return imxd_dwl_fail(self, false);
	}
	if (dwl->call.flush)
		self->sync = &flushing;
	code = fill(self, piece, imxd_sys_page_size(), &block);
	if (code != 0)
		return (code == ENOMEM) ? IMXD_VENDOR_EMPTY : code;
	if (imxd_vendor_may_be_cached(piece->data.memory.fd))
		self->caps |= IMX_DMA_BUFFER_CAPABILITY_CACHED;
	free_block(self, &block);
	return 0;
}

static int fail_empty(struct imxd_instance *self)
{
	return imxd_dwl_fail(self, true);
}

static void close_dwl(struct imxd_instance *self)
{
	struct dwl *dwl = get_dwl(self);

	imxd_vendor_lock();
	if (dwl->client)
		dwl->call.release(dwl->client);
	imxd_vendor_unlock();
	imxd_vendor_close(self);
}

static struct imxd_vendor_users users;
static struct imxd_vendor const vendor = {
	.sonames = sonames,
	/* It calls pow() without being linked with it. */
	.missing_dependency = "libm.so.6",
	.names = names,
	.count = sizeof(names) / sizeof(names[0]),
	.needed = IMXD_DWL_NEEDED,
	.probe = probe,
	.fail_empty = fail_empty,
	.users = &users,
};

static int open_dwl(struct imxd_instance *self, struct imxd_options const *options)
{
	self->max_size = imxd_whole_pages(UINT32_MAX);
	self->caps = IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS | IMX_DMA_BUFFER_CAPABILITY_SIZES_32BIT | IMXD_CAP_PINNED;
	return imxd_vendor_open(self, options, &vendor, sizeof(struct dwl));
}

/* The descriptor is the library's own. */
static int get_dmabuf(struct imxd_instance *self, struct imxd_block const *block)
{
	int fd = ((struct piece *)block->handle)->data.memory.fd;

	/* 0 is what is in the place of a member that other versions of the structure do not have. */
	if (fd <= 0)
		imxd_fail(ENOTSUP, "%s: this memory has no DMA-BUF", self->node);
	return (fd > 0) ? fd : -1;
}

static void forget(struct imxd_instance *self, struct imxd_block *block)
{
	if (block)
		free((void *)block->handle);
	else
		imxd_vendor_close(self);
}

struct imxd_backend const imxd_dwl_backend = {
	.name = "dwl",
	.description = "library of the Hantro video decoders (libhantro)",
	.open = open_dwl,
	.close = close_dwl,
	.allocate = allocate,
	.free = free_block,
	.forget = forget,
	.get_dmabuf = get_dmabuf,
};
