/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of the Hantro decoders' library of i.MX8M (libhantro): contiguous, mapped by the library, and inside a
 * DMA-BUF.
 */
#include "dwl.h"

#include <errno.h>
#include <stdlib.h>

#include "imxdmabuffer_config.h"

#include "../backend/device.h"
#include "../base/error.h"
#include "../base/sys.h"
#include "../dmabuf/exporter.h"
#include "../uapi/dwl.h"
#include "vendor.h"

static char const *const sonames[] = {"libhantro.so.1", NULL};
static char const *const names[] = {IMXD_DWL_NAMES};
static struct imxd_vendor_state state;
static struct imxd_vendor const vendor = {
	.state = &state,
	.sonames = sonames,
	/* The library calls pow() without being linked with libm. */
	.missing_dependency = "libm.so.6",
	.names = names,
	.count = sizeof(names) / sizeof(names[0]),
	.needed = IMXD_DWL_NEEDED,
	.nodes = "/dev/mxc_hantro, and for memory /dev/ion in older versions, /dev/dma_heap/linux,cma-uncached in newer "
			 "ones",
};

/* The types of client to try: the configured one first. */
#if defined(IMXDMABUFFER_DWL_USE_CLIENT_TYPE_HEVC)
static uint32_t const client_types[] = {IMXD_DWL_CLIENT_HEVC, IMXD_DWL_CLIENT_H264};
#else
static uint32_t const client_types[] = {IMXD_DWL_CLIENT_H264, IMXD_DWL_CLIENT_HEVC};
#endif

struct own {
	struct imxd_dwl call;
	void const *client;
};

static void become_client(struct own *own)
{
	imxd_vendor_lock();
	for (size_t i = 0; i < sizeof(client_types) / sizeof(client_types[0]) && !own->client; i++)
		own->client = own->call.init(&(struct imxd_dwl_init){client_types[i]});
	imxd_vendor_unlock();
}

static void free_block(struct imxd_device *device, struct imxd_block *block)
{
	struct own *own = device->private;

	imxd_vendor_lock();
	own->call.free(own->client, block->handle);
	imxd_vendor_unlock();
	free(block->handle);
}

/* Returns 0 with *data, -ENOMEM without malloc'd memory, or 1 if the library refuses. */
static int take(struct own *own, size_t size, union imxd_dwl_memory **data)
{
	int32_t result;

	*data = calloc(1, sizeof(**data));
	if (!*data)
		return imxd_fail_memory();
	(*data)->memory.type = IMXD_DWL_TYPE_CPU;
	imxd_vendor_lock();
	result = own->call.allocate(own->client, (uint32_t)size, *data);
	imxd_vendor_unlock();
	if (result == 0)
		return 0;
	free(*data);
	return 1;
}

static int allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	union imxd_dwl_memory *data;
	int code = take(device->private, size, &data);

	if (code > 0)
		return imxd_vendor_fail_memory(device, "DWLMallocLinear", size);
	if (code < 0)
		return code;
	return imxd_vendor_fill_block(device, block, data, size, data->memory.cpu, data->memory.address);
}

/* Clean and invalidate. */
static int flush(struct imxd_sync_target const *target)
{
	struct own *own = target->device->private;

	imxd_vendor_lock();
	own->call.flush(own->client, target->block->handle);
	imxd_vendor_unlock();
	return 0;
}

static int flush_written(struct imxd_sync_target const *target)
{
	return (target->access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE) ? flush(target) : 0;
}

/* The library cleans and invalidates all of the buffer. */
static int flush_for_device(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection direction)
{
	return flush(target);
}

static int flush_for_cpu(struct imxd_sync_target const *target, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection direction)
{
	return (direction == IMX_DMA_BUFFER_TO_DEVICE) ? 0 : flush(target);
}

/* Allocate one page. The exporter of its DMA-BUF shows whether the memory is cached. */
static int probe(struct imxd_device *device)
{
	struct imxd_block block = IMXD_BLOCK_INIT;
	union imxd_dwl_memory *data;
	char exporter[64];
	int code = take(device->private, imxd_sys_page_size(), &data);

	if (code > 0)
		return imxd_vendor_fail(device, &vendor, "DWLMallocLinear");
	if (code < 0)
		return code;
	if (imxd_vendor_fill_block(device, &block, data, 1, data->memory.cpu, data->memory.address) != 0)
		return imxd_fail(-ENODEV, "%s: cannot be used: %s", device->node, imxd_message());
	if (data->memory.fd > 0) {
		imxd_exporter_name(data->memory.fd, exporter, sizeof(exporter));
		device->traits.cached = imxd_exporter_traits(exporter).cached;
	}
	free_block(device, &block);
	return 0;
}

static void close_dwl(struct imxd_device *device)
{
	struct own *own = device->private;

	imxd_vendor_lock();
	own->call.release(own->client);
	imxd_vendor_unlock();
}

static int open_dwl(struct imxd_device *device, struct imxd_options const *options)
{
	static struct imxd_sync const flushing = {
		.start = flush,
		.stop = flush_written,
		.for_device = flush_for_device,
		.for_cpu = flush_for_cpu,
		.coherency = IMX_DMA_BUFFER_COHERENCY_VENDOR,
	};
	struct own *own = device->private;
	int code = imxd_vendor_load(device, options, &vendor, &own->call);

	if (code != 0)
		return code;
	device->max_size = imxd_whole_pages(UINT32_MAX);
	device->traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
	device->traits.caps = IMXD_CAP_PINNED;
	if (own->call.flush)
		device->sync = &flushing;
	become_client(own);
	if (!own->client)
		return imxd_vendor_fail(device, &vendor, "DWLInit");
	code = probe(device);
	if (code != 0)
		close_dwl(device);
	return code;
}

/* The descriptor stays the library's. 0: this version of the structure does not have the member. */
static int get_dmabuf(struct imxd_device *device, struct imxd_block const *block)
{
	int fd = ((union imxd_dwl_memory *)block->handle)->memory.fd;

	return (fd > 0) ? fd : imxd_fail(-ENOTSUP, "%s: this memory has no DMA-BUF", device->node);
}

static void release_in_child(struct imxd_device *device, struct imxd_block *block)
{
	if (block)
		free(block->handle);
}

struct imxd_backend const imxd_dwl_backend = {
	.name = "dwl",
	.description = "library of the Hantro video decoders (libhantro)",
	.private_size = sizeof(struct own),
	.open = open_dwl,
	.close = close_dwl,
	.allocate = allocate,
	.free = free_block,
	.release_in_child = release_in_child,
	.get_dmabuf = get_dmabuf,
};
