/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer_ext.h about buffers: properties, physical address, descriptors, import, names.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../base/sys.h"
#include "../core/allocator.h"
#include "../core/import.h"
#include "../core/mapping.h"
#include "../core/name.h"
#include "../core/physaddr.h"
#include "../core/session.h"
#include "../core/slab.h"
#include "../core/wrapped.h"
#include "../dmabuf/attachment.h"
#include "../dmabuf/dmabuf.h"
#include "../dmabuf/exporter.h"
#include "../dmabuf/iommu.h"
#include "descriptor.h"
#include "export.h"
#include "result.h"

static int check_buffer(void const *buffer)
{
	return buffer ? 0 : imxd_fail(-EINVAL, "the buffer is NULL");
}

static int check(void const *buffer, void const *result)
{
	int code = check_buffer(buffer);

	return (code == 0) ? imxd_check_result(result) : code;
}

/* Describe the block of a buffer of another allocator by its descriptor. */
static void describe_foreign(ImxDmaBuffer *buffer, struct imxd_block *block)
{
	int fd = imx_dma_buffer_get_fd(buffer);

	if (fd < 0 || imxd_describe_fd(fd, block) != 0)
		*block = IMXD_BLOCK_INIT;
	else
		imxd_limit_block(block, imx_dma_buffer_get_size(buffer));
	block->address = imx_dma_buffer_get_physical_address(buffer);
}

static ImxDmaBufferTristate contiguous(struct imxd_block const *block, struct imxd_address const *address, size_t size)
{
	if (imxd_block_is_contiguous(block))
		return IMX_DMA_BUFFER_TRISTATE_YES;
	if (address->source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return block->traits.contiguous;
	return (address->length >= size) ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_NO;
}

static void fill_properties(ImxDmaBufferProperties *properties, struct imxd_block const *block)
{
	bool is_dmabuf = block->traits.caps & IMXD_CAP_DMABUF;
	size_t page_mask = imxd_sys_page_size() - 1;
	uint64_t inode;

	properties->is_dmabuf = is_dmabuf ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_NO;
	properties->cached = block->traits.cached;
	properties->iommu = imxd_iommu();
	if (block->traits.caps & IMXD_CAP_ZEROED)
		properties->zeroed = IMX_DMA_BUFFER_TRISTATE_YES;
	properties->reserved_size = (block->size + page_mask) & ~page_mask;
	if (!is_dmabuf)
		return;
	inode = imxd_dmabuf_inode(block->fd);
	properties->inode = (inode <= ULONG_MAX) ? (unsigned long)inode : 0;
	imxd_exporter_name(block->fd, properties->exporter, sizeof(properties->exporter));
}

static void set_sync(ImxDmaBufferProperties *properties, struct imxd_sync const *sync)
{
	properties->coherency = sync->coherency;
	properties->sync_is_ranged = sync->is_ranged ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_NO;
	properties->sync_granule = imxd_sync_granule(sync);
	if (sync->coherency == IMX_DMA_BUFFER_COHERENCY_ATTACHMENT)
		imxd_attachment_driver(properties->attached_driver);
}

static void own_properties(struct imxd_buffer *buffer, ImxDmaBufferProperties *properties)
{
	struct imxd_address address = imxd_address_narrow(&buffer->address, buffer->offset, buffer->size);

	fill_properties(properties, &buffer->block);
	properties->contiguous = contiguous(&buffer->block, &address, buffer->size);
	if ((buffer->owner->pool || buffer->owner->slab) && properties->zeroed != IMX_DMA_BUFFER_TRISTATE_YES)
		properties->zeroed = IMX_DMA_BUFFER_TRISTATE_NO;
	set_sync(properties, imxd_mapping_get_sync(buffer));
}

static void foreign_properties(ImxDmaBuffer *buffer, ImxDmaBufferProperties *properties)
{
	struct imxd_address nothing = {.source = IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE};
	size_t size = imx_dma_buffer_get_size(buffer);
	struct imxd_block block;

	describe_foreign(buffer, &block);
	fill_properties(properties, &block);
	properties->contiguous = contiguous(&block, &nothing, size);
	if (block.fd >= 0 && imxd_wrapped_is_mapped_here(buffer))
		set_sync(properties, imxd_sync_choose(&block, NULL, IMXD_PHYS_UNKNOWN, imxd_session_may_maintain()));
	else if (block.fd >= 0)
		properties->coherency = imxd_sync_choose(&block, NULL, IMXD_PHYS_UNKNOWN, false)->coherency;
	else
		properties->reserved_size = size;
}

IMXD_EXPORT int imx_dma_buffer_query_properties(ImxDmaBuffer *buffer, ImxDmaBufferProperties *properties, int *error)
{
	IMXD_NO_CANCEL;
	ImxDmaBufferProperties found = {.struct_size = sizeof(found)};
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	int code = check(buffer, properties);

	if (code == 0) {
		if (own)
			own_properties(own, &found);
		else
			foreign_properties(buffer, &found);
		imxd_copy_result(properties, &found, sizeof(found));
	}
	return imxd_result(code, error);
}

/*
 * A small buffer of a slab has no descriptor; its block has one. In cached memory that descriptor is not used:
 * DMA_BUF_IOCTL_PHYS invalidates the whole block, with the CPU's writes to other small buffers.
 */
static struct imxd_block const *block_with_address(struct imxd_buffer const *buffer)
{
	bool is_small = imxd_slab_has(buffer) && buffer->block.traits.cached == IMX_DMA_BUFFER_TRISTATE_NO;

	return is_small ? &buffer->whole->block : &buffer->block;
}

static int query_own(struct imxd_buffer *buffer, struct imxd_address *address, bool *pinned)
{
	int code;

	*pinned = buffer->block.traits.caps & IMXD_CAP_PINNED;
	*address = imxd_address_narrow(&buffer->address, buffer->offset, buffer->size);
	if (address->source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return 0;
	code = imxd_address_resolve(&buffer->owner->device, block_with_address(buffer), address);
	if (code != 0)
		return code;
	/* The choice of the strategy may clean the memory: see clean_before_use() in core/buffer.c. */
	if (address->source == IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP)
		imxd_mapping_get_sync(buffer);
	*address = imxd_address_narrow(address, buffer->offset, buffer->size);
	if (address->length > 0)
		return 0;
	return imxd_fail(-ENOTSUP,
		"the physical address is unknown: the memory is scattered, and the buffer begins at offset %zu",
		buffer->offset);
}

/* The program vouches for the address of its memory, and that the memory does not move. */
static int query_foreign(ImxDmaBuffer *buffer, struct imxd_address *address, bool *pinned)
{
	size_t size = imx_dma_buffer_get_size(buffer);
	struct imxd_block block;
	int code;

	describe_foreign(buffer, &block);
	*pinned = block.address != 0 || (block.traits.caps & IMXD_CAP_PINNED);
	if (block.address != 0) {
		address->value = block.address;
		address->length = size;
		address->source = IMX_DMA_BUFFER_ADDRESS_SOURCE_USER;
		return 0;
	}
	code = imxd_address_resolve(NULL, &block, address);
	*address = imxd_address_narrow(address, 0, size);
	return code;
}

IMXD_EXPORT int imx_dma_buffer_query_physical_address(ImxDmaBuffer *buffer, ImxDmaBufferAddress *address, int *error)
{
	IMXD_NO_CANCEL;
	ImxDmaBufferAddress result = {.struct_size = sizeof(result)};
	struct imxd_address found = {.source = IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE};
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	int code = check(buffer, address);
	bool pinned = false;

	if (code == 0)
		code = own ? query_own(own, &found, &pinned) : query_foreign(buffer, &found, &pinned);
	if (code == 0) {
		result.address = found.value;
		result.contiguous_length = found.length;
		result.source = found.source;
		result.is_pinned = pinned ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_NO;
		imxd_copy_result(address, &result, sizeof(result));
	}
	return imxd_result(code, error);
}

IMXD_EXPORT char const *imx_dma_buffer_address_source_name(ImxDmaBufferAddressSource source)
{
	static char const *const names[] = {"none", "driver", "dmabuf-ioctl", "dmabuf-imx", "pagemap", "user"};

	return ((size_t)source < sizeof(names) / sizeof(names[0])) ? names[source] : "none";
}

IMXD_EXPORT char const *imx_dma_buffer_coherency_name(ImxDmaBufferCoherency coherency)
{
	return imxd_sync_name(coherency);
}

IMXD_EXPORT int imx_dma_buffer_export_fd(ImxDmaBuffer *buffer, size_t *offset, int *error)
{
	IMXD_NO_CANCEL;
	size_t begin = 0;
	int fd = check_buffer(buffer);

	if (fd == 0)
		fd = imxd_export_descriptor(buffer, &begin);
	if (fd >= 0 && begin != 0 && !offset) {
		imxd_sys_close(fd);
		fd = imxd_fail(-ENOTSUP, "the buffer has offset %zu in its DMA-BUF, and the argument offset is NULL", begin);
	}
	if (fd < 0)
		return imxd_result(fd, error);
	if (offset)
		*offset = begin;
	return fd;
}

IMXD_EXPORT ImxDmaBuffer *imx_dma_buffer_import_dmabuf(int dmabuf_fd, size_t offset, size_t size, int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_buffer *buffer = NULL;
	int code = imxd_dmabuf_check(dmabuf_fd), fd;

	if (code == 0) {
		fd = imxd_sys_dup(dmabuf_fd);
		if (fd >= 0)
			code = imxd_import_slice(fd, offset, size, &buffer);
		else
			code = imxd_fail(fd, "descriptor %d cannot be duplicated (%s)", dmabuf_fd, imxd_errno_text(fd));
	}
	imxd_result(code, error);
	return (ImxDmaBuffer *)buffer;
}

/* The member takes no const pointer, but does not change the buffer. */
static int get_fd(ImxDmaBuffer const *buffer)
{
	struct imxd_buffer const *own = imxd_own_buffer(buffer);

	return own ? own->block.fd : imx_dma_buffer_get_fd((ImxDmaBuffer *)(uintptr_t)buffer);
}

IMXD_EXPORT int imx_dma_buffer_set_name(ImxDmaBuffer *buffer, char const *name, int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	int code = check_buffer(buffer);

	/* The name is that of all the DMA-BUF. */
	if (own && own->whole)
		own = own->whole;
	if (code == 0 && !name)
		code = imxd_fail(-EINVAL, "the name is NULL");
	if (code == 0)
		code = imxd_name_set(buffer, get_fd(buffer), name);
	/* The device may be the one that this library attached. */
	if (code == -EBUSY && own && imxd_mapping_detach(own))
		code = imxd_name_set(buffer, get_fd(buffer), name);
	if (code == 0 && own)
		own->is_named = true;
	return imxd_result(code, error);
}

IMXD_EXPORT int imx_dma_buffer_get_name(ImxDmaBuffer const *buffer, char *name, size_t size, int *error)
{
	char found[IMX_DMA_BUFFER_NAME_SIZE];
	int code = check_buffer(buffer);
	IMXD_NO_CANCEL;

	if (code == 0 && !name)
		code = imxd_fail(-EINVAL, "the room for the name is NULL");
	if (code == 0)
		code = imxd_name_get(buffer, get_fd(buffer), found);
	if (code == 0 && strlen(found) >= size)
		code = imxd_fail(-ERANGE, "the name needs %zu bytes, and size is %zu", strlen(found) + 1, size);
	if (code == 0)
		memcpy(name, found, strlen(found) + 1);
	return imxd_result(code, error);
}
