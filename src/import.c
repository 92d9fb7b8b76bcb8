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

/* The owners of imported buffers and of the shadows of wrapped ones: always there, and nobody destroys them. */
static struct imxd_allocator imported = {
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
	imported.parent = imxd_allocator_functions;
	imported.parent.destroy = ignore_destroy;
	imported.parent.allocate = refuse_allocate;
	shadows.parent = imported.parent;
	imxd_enlist(&imported);
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

static struct imxd_buffer *adopt(struct imxd_allocator *owner, struct imxd_block *block, size_t size, int *error)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int fd = imxd_sys_dup(block->fd);

	if (fd < 0) {
		imxd_set_error(error,
			imxd_fail(-fd, "descriptor %d cannot be duplicated (%s)", block->fd, imxd_errno_text(-fd)));
		return NULL;
	}
	pthread_once(&once, fill_functions);
	block->fd = fd;
	return imxd_buffer_adopt(owner, block, size, error);
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
	return adopt(&shadows, &block, size, error);
}

IMXD_EXPORT ImxDmaBuffer *imx_dma_buffer_import_dmabuf(int dmabuf_fd, int *error)
{
	struct imxd_block block;
	struct imxd_buffer *buffer = NULL;
	int code = imxd_dmabuf_check(dmabuf_fd);

	if (code == 0)
		code = imxd_describe_fd(dmabuf_fd, &block);
	if (code == 0 && block.size == 0)
		code = imxd_fail(EINVAL, "descriptor %d: the kernel does not tell the DMA-BUF's size", dmabuf_fd);
	if (code == 0)
		buffer = adopt(&imported, &block, block.size, &code);
	if (!buffer)
		imxd_report(error, code);
	return (ImxDmaBuffer *)buffer;
}
