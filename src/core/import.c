/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import.h"

#include <errno.h>

#include "../base/error.h"
#include "../base/sys.h"
#include "../dmabuf/dmabuf.h"
#include "../dmabuf/exporter.h"
#include "allocator.h"
#include "buffer.h"
#include "physaddr.h"

static struct imxd_backend const import_backend = {.name = "import"};

#define IMPORTER                                                                                                       \
	{                                                                                                                  \
		.device = {.backend = &import_backend, .fd = -1}, .policy = IMXD_ADDRESS_OPTIONAL                              \
	}

/* The owners of imported buffers, of those with an offset in their DMA-BUF, and of those behind wrapped buffers. */
static struct imxd_allocator imported = IMPORTER;
static struct imxd_allocator slices = IMPORTER;
static struct imxd_allocator wrapped = {
	.device = {.backend = &import_backend, .fd = -1}, .policy = IMXD_ADDRESS_NOT_WANTED, .drops_mappings = true};

/* A user of the descriptor would begin where the DMA-BUF begins, not where the slice does. */
static int hide_fd(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return -1;
}

/* The size of a regular file, 0 for other files. (lseek() would move the program's file position.) */
static int64_t file_size(int fd)
{
	struct stat status;
	int result = imxd_sys_fstat(fd, &status);

	return (result < 0) ? result : S_ISREG(status.st_mode) ? status.st_size : 0;
}

static struct imxd_traits find_traits(int fd, bool is_dmabuf)
{
	struct imxd_traits traits = {.cached = IMX_DMA_BUFFER_TRISTATE_YES, .caps = IMXD_CAP_DESCRIPTOR};
	char exporter[64];

	if (!is_dmabuf)
		return traits;
	imxd_exporter_name(fd, exporter, sizeof(exporter));
	traits = imxd_exporter_traits(exporter);
	/* The memory may have been written to since. */
	traits.caps &= ~(unsigned int)IMXD_CAP_ZEROED;
	if (imxd_dmabuf_check_strictly(fd) != 0)
		traits.caps &= ~(unsigned int)IMXD_CAP_ASK_PHYS;
	return traits;
}

static int describe(int fd, bool is_dmabuf, struct imxd_block *block)
{
	int64_t size = is_dmabuf ? imxd_sys_size(fd) : file_size(fd);

	*block = IMXD_BLOCK_INIT;
	block->fd = fd;
	if (size == -EBADF)
		return imxd_fail(-EBADF, "descriptor %d: not open (EBADF)", fd);
	/* A file of huge pages that is mapped with a wrong size could not be unmapped. */
	if (size < 0 && !is_dmabuf)
		return imxd_fail((int)size, "descriptor %d: the query of its size failed (%s)", fd, imxd_errno_text((int)size));
	block->size = (size > 0) ? (size_t)size : 0;
	block->traits = find_traits(fd, is_dmabuf);
	return 0;
}

int imxd_describe_fd(int fd, struct imxd_block *block)
{
	return describe(fd, imxd_dmabuf_check(fd) == 0, block);
}

/* Huge pages can be mapped and unmapped only as a whole. */
void imxd_limit_block(struct imxd_block *block, size_t size)
{
	struct stat status;
	size_t unit, covered;

	if ((block->traits.caps & IMXD_CAP_DMABUF) || imxd_sys_fstat(block->fd, &status) < 0)
		return;
	unit = (status.st_blksize > 0) ? (size_t)status.st_blksize : 1;
	if (__builtin_add_overflow(size, unit - 1, &covered))
		return;
	covered -= covered % unit;
	if (block->size == 0 || covered < block->size)
		block->size = covered;
}

/* Describe a DMA-BUF. Returns 0, -EBADF or -EINVAL. */
static int describe_dmabuf(int fd, struct imxd_block *block)
{
	int code = imxd_dmabuf_check(fd);

	if (code == 0)
		code = describe(fd, true, block);
	if (code == 0 && block->size == 0)
		code = imxd_fail(-EINVAL, "descriptor %d: the kernel returns no size for this DMA-BUF", fd);
	return code;
}

/*
 * The caller may have more information than the exporter's name, and 1.x returned the kernel's address of any DMA-BUF:
 * memory that may be contiguous is taken for contiguous here. Only exporters that are known to scatter are refused.
 */
int imxd_dmabuf_address(struct imxd_device *device, int fd, imx_physical_address_t *value)
{
	struct imxd_address address = {.source = IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE};
	struct imxd_block block;
	int code = imxd_dmabuf_check(fd);

	if (code == 0)
		code = describe(fd, true, &block);
	if (code != 0)
		return code;
	if (block.traits.contiguous == IMX_DMA_BUFFER_TRISTATE_UNKNOWN)
		block.traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
	if (imxd_dmabuf_check_strictly(fd) != 0)
		device = NULL;
	code = imxd_address_resolve(device, &block, &address);
	if (code == 0 && address.length < block.size)
		code = imxd_fail(-ENOTSUP,
			"descriptor %d: the memory is scattered: %zu of %zu bytes from %" IMX_PHYSICAL_ADDRESS_FORMAT " on", fd,
			address.length, block.size, address.value);
	if (code == 0)
		*value = address.value;
	return code;
}

int imxd_check_slice(uint64_t offset, uint64_t size, uint64_t total)
{
	if (size != 0 && offset <= total && size <= total - offset)
		return 0;
	return imxd_fail(-EINVAL, "range %llu+%llu is outside the DMA-BUF (%llu bytes)", (unsigned long long)offset,
		(unsigned long long)size, (unsigned long long)total);
}

int imxd_import_slice(int fd, uint64_t offset, uint64_t size, struct imxd_buffer **buffer)
{
	struct imxd_block block;
	int code = describe_dmabuf(fd, &block);

	if (code == 0 && size == 0 && offset < block.size)
		size = block.size - offset;
	if (code == 0)
		code = imxd_check_slice(offset, size, block.size);
	if (code != 0) {
		imxd_sys_close(fd);
		return code;
	}
	imxd_allocator_init_static(&imported, NULL);
	imxd_allocator_init_static(&slices, hide_fd);
	return imxd_buffer_init_from_block((offset != 0) ? &slices : &imported, &block, (size_t)offset, (size_t)size,
		buffer);
}

int imxd_import_wrapped(int fd, size_t size, struct imxd_buffer **buffer)
{
	struct imxd_block block;
	struct stat status;
	int code = imxd_describe_fd(fd, &block);
	bool is_file = code == 0 && imxd_sys_fstat(fd, &status) == 0 && S_ISREG(status.st_mode);

	if (code == 0 && size == 0)
		code = imxd_fail(-EINVAL, "the size of the wrapped buffer is 0");
	if (code == 0 && size > block.size && (is_file || block.size != 0))
		code = imxd_fail(-EINVAL, "descriptor %d: has %zu bytes, fewer than the wrapped buffer's size, %zu", fd,
			block.size, size);
	if (code != 0)
		return code;
	imxd_limit_block(&block, size);
	if (block.size == 0)
		block.size = size;
	block.fd = imxd_sys_dup(fd);
	if (block.fd < 0)
		return imxd_fail(block.fd, "descriptor %d cannot be duplicated (%s)", fd, imxd_errno_text(block.fd));
	imxd_allocator_init_static(&wrapped, NULL);
	return imxd_buffer_init_from_block(&wrapped, &block, 0, size, buffer);
}
