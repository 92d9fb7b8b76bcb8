/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import.h"

#include <errno.h>

#include "allocator.h"
#include "dmabuf.h"
#include "export.h"
#include "locks.h"
#include "sys.h"

static struct imxd_backend const import_backend = {.name = "import"};

static void ignore_destroy(ImxDmaBufferAllocator *allocator)
{
}

static ImxDmaBuffer *refuse_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	imxd_report(error, imxd_fail(ENOTSUP, "imported buffers' allocator cannot allocate"));
	return NULL;
}

/* Users of the descriptor would begin where the DMA-BUF begins, and not where the buffer does. */
static int hide_fd(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return -1;
}

/*
 * The owners of imported buffers, of those that do not begin with their DMA-BUF, and of the shadows of wrapped ones:
 * always there, and nobody destroys them.
 */
static struct imxd_allocator imported = {
	.instance = {.backend = &import_backend, .fd = -1},
	.policy = IMXD_ADDRESS_OPTIONAL,
};
static struct imxd_allocator parts = {
	.instance = {.backend = &import_backend, .fd = -1},
	.policy = IMXD_ADDRESS_OPTIONAL,
};
static struct imxd_allocator shadows = {
	.instance = {.backend = &import_backend, .fd = -1},
	.policy = IMXD_ADDRESS_NOT_WANTED,
};

static void fill_functions(void)
{
	imxd_watch_forks();
	/* A child that was forked in the middle of this does it again. */
	if (imported.parent.destroy)
		return;
	imported.parent = imxd_allocator_functions;
	imported.parent.destroy = ignore_destroy;
	imported.parent.allocate = refuse_allocate;
	parts.parent = imported.parent;
	parts.parent.get_fd = hide_fd;
	shadows.parent = imported.parent;
	imxd_enlist(&imported);
	imxd_enlist(&parts);
	imxd_enlist(&shadows);
}

/* The size of what is no DMA-BUF; 0 where it has none, as devices. lseek would move the program's file position. */
static int64_t file_size(int fd)
{
	struct stat status;
	int result = imxd_sys_fstat(fd, &status);

	return (result < 0) ? result : S_ISREG(status.st_mode) ? status.st_size : 0;
}

int imxd_describe_fd(int fd, struct imxd_block *block)
{
	bool dmabuf = imxd_dmabuf_check(fd) == 0;
	int64_t size = dmabuf ? imxd_sys_size(fd) : file_size(fd);
	char exporter[64];

	*block = (struct imxd_block){.fd = fd, .map_fd = -1, .size = (size > 0) ? (size_t)size : 0};
	if (size == -EBADF)
		return imxd_fail(EBADF, "descriptor %d: not open (EBADF)", fd);
	/* A file of huge pages that is mapped by another size could not be unmapped. */
	if (size < 0 && !dmabuf)
		return imxd_fail((int)-size, "descriptor %d: its size cannot be asked (%s)", fd, imxd_errno_text((int)-size));
	if (dmabuf) {
		imxd_exporter_name(fd, exporter, sizeof(exporter));
		block->caps = imxd_exporter_caps(exporter);
	} else {
		block->caps = IMX_DMA_BUFFER_CAPABILITY_CACHED | IMXD_CAP_DESCRIPTOR | IMXD_CAP_MAYBE_CONTIGUOUS;
	}
	/* What it held when it was allocated is not known. */
	block->caps &= ~(unsigned int)IMX_DMA_BUFFER_CAPABILITY_ZEROED;
	return 0;
}

/* Of a file only the pages that the buffer covers: huge ones can be mapped and unmapped only in whole. */
void imxd_limit_block(struct imxd_block *block, size_t size)
{
	struct stat status;
	size_t unit, covered;

	if ((block->caps & IMX_DMA_BUFFER_CAPABILITY_DMABUF) || imxd_sys_fstat(block->fd, &status) < 0)
		return;
	unit = (status.st_blksize > 0) ? (size_t)status.st_blksize : 1;
	if (__builtin_add_overflow(size, unit - 1, &covered))
		return;
	covered -= covered % unit;
	if (block->size == 0 || covered < block->size)
		block->size = covered;
}

/*
 * The caller may know more about an exporter than its name tells: 1.x handed out the kernel's answer for any DMA-BUF.
 * Only exporters that are known to scatter are refused.
 */
int imxd_dmabuf_address(struct imxd_instance *instance, int fd, imx_physical_address_t *value)
{
	struct imxd_address address = {.source = IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE};
	struct imxd_block block;
	int code = imxd_dmabuf_check(fd);

	if (code == 0)
		code = imxd_describe_fd(fd, &block);
	if (code != 0)
		return code;
	if (block.caps & IMXD_CAP_MAYBE_CONTIGUOUS)
		block.caps |= IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS;
	code = imxd_address_resolve(instance, &block, &address);
	if (code == 0 && address.length < block.size)
		code = imxd_fail(ENOTSUP,
			"descriptor %d: the memory is scattered: %zu of %zu bytes from %" IMX_PHYSICAL_ADDRESS_FORMAT " on", fd,
			address.length, block.size, address.value);
	if (code == 0)
		*value = address.value;
	return code;
}

/* Takes the block's descriptor, also when it fails. */
static struct imxd_buffer *adopt(struct imxd_allocator *owner, struct imxd_block const *block, size_t offset,
	size_t size, int *error)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fill_functions);
	return imxd_buffer_adopt(owner, block, offset, size, error);
}

static struct imxd_buffer *adopt_copy(struct imxd_allocator *owner, struct imxd_block *block, size_t size, int *error)
{
	int fd = imxd_sys_dup(block->fd);

	if (fd < 0) {
		imxd_set_error(error,
			imxd_fail(-fd, "descriptor %d cannot be duplicated (%s)", block->fd, imxd_errno_text(-fd)));
		return NULL;
	}
	block->fd = fd;
	return adopt(owner, block, 0, size, error);
}

struct imxd_buffer *imxd_shadow_new(int fd, size_t size, int *error)
{
	struct imxd_block block;
	struct stat status;
	int code = imxd_describe_fd(fd, &block);
	bool file = code == 0 && imxd_sys_fstat(fd, &status) == 0 && S_ISREG(status.st_mode);

	if (code == 0 && size == 0)
		code = imxd_fail(EINVAL, "the wrapped buffer's size is 0");
	if (code == 0 && size > block.size && (file || block.size != 0))
		code = imxd_fail(EINVAL, "descriptor %d: has %zu bytes, the wrapped buffer says %zu", fd, block.size, size);
	if (code != 0) {
		imxd_set_error(error, code);
		return NULL;
	}
	imxd_limit_block(&block, size);
	if (block.size == 0)
		block.size = size;
	return adopt_copy(&shadows, &block, size, error);
}

/* Fills a block that describes a DMA-BUF, or returns EBADF or EINVAL with a sentence. */
static int describe_dmabuf(int fd, struct imxd_block *block)
{
	int code = imxd_dmabuf_check(fd);

	if (code == 0)
		code = imxd_describe_fd(fd, block);
	if (code == 0 && block->size == 0)
		code = imxd_fail(EINVAL, "descriptor %d: the kernel does not tell the DMA-BUF's size", fd);
	return code;
}

int imxd_check_part(uint64_t offset, uint64_t size, uint64_t total)
{
	if (size != 0 && offset <= total && size <= total - offset)
		return 0;
	return imxd_fail(EINVAL, "%llu bytes, %llu bytes into it, are no part of a DMA-BUF of %llu bytes",
		(unsigned long long)size, (unsigned long long)offset, (unsigned long long)total);
}

struct imxd_buffer *imxd_import_part(int fd, uint64_t offset, uint64_t size, int *error)
{
	struct imxd_block block;
	int code = describe_dmabuf(fd, &block);

	if (code == 0)
		code = imxd_check_part(offset, size, block.size);
	if (code == 0)
		return adopt((offset != 0) ? &parts : &imported, &block, (size_t)offset, (size_t)size, error);
	imxd_sys_close(fd);
	imxd_set_error(error, code);
	return NULL;
}

IMXD_EXPORT ImxDmaBuffer *imx_dma_buffer_import_dmabuf(int dmabuf_fd, int *error)
{
	struct imxd_block block;
	struct imxd_buffer *buffer = NULL;
	int code = describe_dmabuf(dmabuf_fd, &block);

	if (code == 0)
		buffer = adopt_copy(&imported, &block, block.size, &code);
	if (!buffer)
		imxd_report(error, code);
	return (ImxDmaBuffer *)buffer;
}
