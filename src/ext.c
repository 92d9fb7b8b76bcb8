/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What imxdmabuffer_ext.h tells about buffers: properties, address, a descriptor of one's own.
 */
#include "imxdmabuffer/imxdmabuffer_ext.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "imxdmabuffer_config.h"

#include "allocator.h"
#include "dmabuf.h"
#include "export.h"
#include "import.h"
#include "selection.h"
#include "sys.h"

static int check(void const *buffer, void const *result)
{
	if (!buffer)
		return imxd_fail(EINVAL, "no buffer was given (NULL)");
	return result ? 0 : imxd_fail(EINVAL, "no room for the result was given (NULL)");
}

/* The block of a buffer that is not the library's own, as far as its descriptor tells. */
static void describe_foreign(ImxDmaBuffer *buffer, struct imxd_block *block)
{
	int fd = imx_dma_buffer_get_fd(buffer);

	if (fd < 0 || imxd_describe_fd(fd, block) != 0)
		*block = (struct imxd_block){.fd = -1, .map_fd = -1, .caps = IMXD_CAP_MAYBE_CONTIGUOUS};
	else
		imxd_limit_block(block, imx_dma_buffer_get_size(buffer));
	block->address = imx_dma_buffer_get_physical_address(buffer);
}

static ImxDmaBufferAnswer contiguous(struct imxd_block const *block, struct imxd_address const *address, size_t size)
{
	if (imxd_block_is_contiguous(block))
		return IMX_DMA_BUFFER_YES;
	if (address->source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return IMX_DMA_BUFFER_UNKNOWN;
	return (address->length >= size) ? IMX_DMA_BUFFER_YES : IMX_DMA_BUFFER_NO;
}

static void fill_properties(ImxDmaBufferProperties *properties, struct imxd_block const *block)
{
	bool dmabuf = block->caps & IMX_DMA_BUFFER_CAPABILITY_DMABUF;
	size_t page_mask = imxd_sys_page_size() - 1;
	uint64_t inode;

	memset(properties, 0, sizeof(*properties));
	properties->is_dmabuf = dmabuf;
	properties->cached = (block->caps & IMX_DMA_BUFFER_CAPABILITY_CACHED) ? IMX_DMA_BUFFER_YES : IMX_DMA_BUFFER_NO;
	properties->zeroed = (block->caps & IMX_DMA_BUFFER_CAPABILITY_ZEROED) ? IMX_DMA_BUFFER_YES : IMX_DMA_BUFFER_UNKNOWN;
	properties->reserved_size = (block->size + page_mask) & ~page_mask;
	if (!dmabuf)
		return;
	inode = imxd_dmabuf_inode(block->fd);
	properties->inode = (inode <= ULONG_MAX) ? (unsigned long)inode : 0;
	imxd_exporter_name(block->fd, properties->exporter, sizeof(properties->exporter));
}

static void own_properties(struct imxd_buffer *buffer, ImxDmaBufferProperties *properties)
{
	fill_properties(properties, &buffer->block);
	properties->contiguous = contiguous(&buffer->block, &buffer->address, buffer->size);
	properties->coherent_by_address = imxd_get_sync(buffer)->coherent_by_address;
}

static void foreign_properties(ImxDmaBuffer *buffer, ImxDmaBufferProperties *properties)
{
	struct imxd_address nothing = {.source = IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE};
	struct imxd_block block;

	describe_foreign(buffer, &block);
	fill_properties(properties, &block);
	properties->contiguous = contiguous(&block, &nothing, imx_dma_buffer_get_size(buffer));
	properties->coherent_by_address = IMX_DMA_BUFFER_UNKNOWN;
	if (block.fd < 0) {
		properties->cached = IMX_DMA_BUFFER_UNKNOWN;
		properties->reserved_size = imx_dma_buffer_get_size(buffer);
	} else {
		properties->coherent_by_address =
			imxd_sync_choose(block.caps, block.fd, IMXD_PHYS_UNKNOWN)->coherent_by_address;
	}
}

IMXD_EXPORT int imx_dma_buffer_get_properties(ImxDmaBuffer *buffer, ImxDmaBufferProperties *properties, int *error)
{
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	int code = check(buffer, properties);

	if (code == 0 && own)
		own_properties(own, properties);
	else if (code == 0)
		foreign_properties(buffer, properties);
	return imxd_result(code, error);
}

static int query_own(struct imxd_buffer const *buffer, struct imxd_address *address, bool *pinned)
{
	*pinned = buffer->block.caps & IMXD_CAP_PINNED;
	*address = buffer->address;
	if (address->source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return 0;
	if (imxd_address_resolve(&buffer->owner->instance, &buffer->block, address) != 0)
		return ENOTSUP;
	imxd_address_narrow(address, buffer->shift, buffer->size);
	if (address->length > 0)
		return 0;
	return imxd_fail(ENOTSUP,
		"the physical address cannot be known: the memory is scattered, and the buffer begins "
		"%zu bytes into it",
		buffer->shift);
}

/* What a program says of its memory, it says for good. */
static int query_foreign(ImxDmaBuffer *buffer, struct imxd_address *address, bool *pinned)
{
	struct imxd_block block;
	int code;

	describe_foreign(buffer, &block);
	*pinned = block.address != 0 || (block.caps & IMXD_CAP_PINNED);
	if (block.address != 0) {
		imxd_address_set(address, block.address, imx_dma_buffer_get_size(buffer),
			IMX_DMA_BUFFER_ADDRESS_SOURCE_PROGRAM);
		return 0;
	}
	code = imxd_address_resolve(NULL, &block, address);
	imxd_address_narrow(address, 0, imx_dma_buffer_get_size(buffer));
	return code;
}

IMXD_EXPORT int imx_dma_buffer_query_physical_address(ImxDmaBuffer *buffer, ImxDmaBufferAddress *address, int *error)
{
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	struct imxd_address found = {.source = IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE};
	int code = check(buffer, address);
	bool pinned = false;

	if (code == 0)
		code = own ? query_own(own, &found, &pinned) : query_foreign(buffer, &found, &pinned);
	if (code == 0) {
		memset(address, 0, sizeof(*address));
		address->address = found.value;
		address->contiguous_length = found.length;
		address->source = found.source;
		address->is_pinned = pinned;
	}
	return imxd_result(code, error);
}

IMXD_EXPORT char const *imx_dma_buffer_address_source_name(ImxDmaBufferAddressSource source)
{
	static char const *const names[] = {"none", "mechanism", "dmabuf-ioctl", "dmabuf-imx", "pagemap", "program"};

	return ((size_t)source < sizeof(names) / sizeof(names[0])) ? names[source] : "none";
}

static int duplicate(int fd, int *copy)
{
	*copy = imxd_sys_dup(fd);
	return (*copy >= 0) ? 0 : imxd_fail(-*copy, "descriptor %d cannot be duplicated (%s)", fd, imxd_errno_text(-*copy));
}

/* Where a block begins in its DMA-BUF: pages begin with pages, and the kernel may tell more than that. */
static int find_offset(struct imxd_block const *block, int fd, size_t *offset)
{
	imx_physical_address_t begin;
	int64_t size = imxd_sys_size(fd);

	*offset = block->address % imxd_sys_page_size();
	if (imxd_dmabuf_address(NULL, fd, &begin) == 0)
		*offset = block->address - begin;
	if (size < 0 || *offset > (uint64_t)size || block->size > (uint64_t)size - *offset)
		return imxd_fail(ENOTSUP, "descriptor %d: this DMA-BUF of %lld bytes does not hold the buffer's memory", fd,
			(long long)size);
	return 0;
}

/* What a mechanism keeps beside its memory; what a vendor's library calls a descriptor may be none. */
static int get_dmabuf(struct imxd_buffer const *buffer, int *fd, size_t *offset)
{
	struct imxd_instance *instance = &buffer->owner->instance;

	if (!instance->backend->get_dmabuf)
		return imxd_fail(ENOTSUP, "%s: its memory has no descriptor", instance->backend->name);
	*fd = instance->backend->get_dmabuf(instance, &buffer->block);
	if (*fd < 0 || imxd_dmabuf_check(*fd) != 0)
		return ENOTSUP;
	return find_offset(&buffer->block, *fd, offset);
}

static int export_own(struct imxd_buffer const *buffer, int *copy, size_t *offset)
{
	int code = 0, fd = buffer->block.fd;

	*offset = 0;
	if (fd < 0)
		code = get_dmabuf(buffer, &fd, offset);
	*offset += buffer->shift;
	return (code == 0) ? duplicate(fd, copy) : code;
}

static int export_foreign(ImxDmaBuffer *buffer, int *copy)
{
	int fd = imx_dma_buffer_get_fd(buffer);

	return (fd >= 0) ? duplicate(fd, copy) : imxd_fail(ENOTSUP, "the buffer has no descriptor");
}

IMXD_EXPORT int imx_dma_buffer_export_fd(ImxDmaBuffer *buffer, size_t *offset, int *error)
{
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	size_t begin = 0;
	int copy = -1, code = check(buffer, &begin);

	if (code == 0)
		code = own ? export_own(own, &copy, &begin) : export_foreign(buffer, &copy);
	if (code == 0 && begin != 0 && !offset) {
		imxd_sys_close(copy);
		code = imxd_fail(ENOTSUP, "the buffer begins %zu bytes into its DMA-BUF, and the caller takes no offset",
			begin);
	}
	if (code == 0 && offset)
		*offset = begin;
	return (code == 0) ? copy : imxd_result(code, error);
}

IMXD_EXPORT imx_physical_address_t imx_dma_buffer_get_physical_address_from_dmabuf_fd(int dmabuf_fd, int *error)
{
	imx_physical_address_t address = 0;
	int code = imxd_dmabuf_address(NULL, dmabuf_fd, &address);

	if (code != 0)
		imxd_report(error, code);
	return address;
}

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_allocator_new_by_name(char const *name, unsigned int flags,
	int *error)
{
	enum imxd_address_policy policy = imxd_policy_from_environment();
	ImxDmaBufferAllocator *allocator;
	int code = 0;

	if (flags & ~(unsigned int)IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS) {
		imxd_report(error, imxd_fail(EINVAL, "allocator flags 0x%x: unknown flags", flags));
		return NULL;
	}
	if (flags & IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS)
		policy = IMXD_ADDRESS_NOT_WANTED;
	allocator = name ? imxd_open_named(name, policy, &code) : imxd_open_default(policy, &code);
	if (!allocator)
		imxd_report(error, code);
	return allocator;
}

IMXD_EXPORT char const *imx_dma_buffer_allocator_get_name(ImxDmaBufferAllocator *allocator)
{
	struct imxd_allocator *own = imxd_own_allocator(allocator);

	return own ? own->instance.backend->name : NULL;
}

IMXD_EXPORT char const *imx_dma_buffer_get_last_error(void)
{
	return imxd_last_error();
}

IMXD_EXPORT char const *imx_dma_buffer_get_version(void)
{
	return IMXDMABUFFER_VERSION;
}
