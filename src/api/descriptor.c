/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "descriptor.h"

#include <errno.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../base/sys.h"
#include "../core/allocator.h"
#include "../core/buffer.h"
#include "../core/import.h"
#include "../core/slab.h"
#include "../dmabuf/dmabuf.h"

/* Find the offset of a block in its DMA-BUF: at least that in a page, and more if the kernel has an address. */
static int find_offset(struct imxd_block const *block, int fd, size_t *offset)
{
	imx_physical_address_t begin;
	int64_t size = imxd_sys_size(fd);

	*offset = block->address % imxd_sys_page_size();
	if (imxd_dmabuf_address(NULL, fd, &begin) == 0)
		*offset = block->address - begin;
	if (size < 0 || *offset > (uint64_t)size || block->size > (uint64_t)size - *offset)
		return imxd_fail(-ENOTSUP, "descriptor %d: the buffer's memory is outside this DMA-BUF of %lld bytes", fd,
			(long long)size);
	return 0;
}

/* The DMA-BUF that a vendor's library keeps beside its memory. The library may return something else. */
static int get_dmabuf(struct imxd_buffer const *buffer, int *fd, size_t *offset)
{
	struct imxd_device *device = &buffer->owner->device;

	if (!device->backend->get_dmabuf)
		return imxd_fail(-ENOTSUP, "%s: its memory has no descriptor", device->backend->name);
	*fd = device->backend->get_dmabuf(device, &buffer->block);
	if (*fd < 0)
		return *fd;
	return (imxd_dmabuf_check(*fd) == 0) ? find_offset(&buffer->block, *fd, offset) : -ENOTSUP;
}

int imxd_export_descriptor(ImxDmaBuffer *buffer, size_t *offset)
{
	IMXD_NO_CANCEL;
	struct imxd_buffer *own = imxd_own_buffer(buffer);
	int fd = own ? own->block.fd : imx_dma_buffer_get_fd(buffer), code = 0, copy;

	*offset = 0;
	/* The descriptor of a slab's block would show its other buffers, now and later. */
	if (own && imxd_slab_has(own))
		code = imxd_fail(-ENOTSUP, "small buffers of a slab have no descriptor");
	else if (own && fd < 0)
		code = get_dmabuf(own, &fd, offset);
	else if (fd < 0)
		code = imxd_fail(-ENOTSUP, "the buffer has no descriptor");
	if (code != 0)
		return code;
	if (own) {
		*offset += own->offset;
		imxd_buffer_note_known(own);
	}
	copy = imxd_sys_dup(fd);
	return (copy >= 0) ? copy : imxd_fail(copy, "descriptor %d cannot be duplicated (%s)", fd, imxd_errno_text(copy));
}
