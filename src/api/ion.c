/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry points of imxdmabuffer_ion_allocator.h.
 */
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"

#include <errno.h>
#include <stdio.h>

#include "../backends/ion.h"
#include "../backends/ion_legacy.h"
#include "../base/error.h"
#include "../base/locks.h"
#include "../core/allocator.h"
#include "../core/buffer.h"
#include "construct.h"
#include "export.h"
#include "result.h"

static struct imxd_options options_of(int fd, unsigned int heap_mask, unsigned int heap_flags)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;

	options.fd = fd;
	options.heap_mask = heap_mask;
	options.heap_flags = heap_flags;
	return options;
}

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_ion_allocator_new(int ion_fd, unsigned int ion_heap_id_mask,
	unsigned int ion_heap_flags, int *error)
{
	struct imxd_options options = options_of(ion_fd, ion_heap_id_mask, ion_heap_flags);

	return imxd_construct(&imxd_ion_backend, &options, error);
}

IMXD_EXPORT int imx_dma_buffer_ion_allocator_get_ion_fd(ImxDmaBufferAllocator *allocator)
{
	struct imxd_allocator *self = imxd_own_allocator(allocator);
	struct imxd_backend const *backend = self ? self->device.backend : NULL;

	return (backend == &imxd_ion_backend || backend == &imxd_ion_legacy_backend) ? self->device.fd : -1;
}

/* Allocate with an allocator at the caller's descriptor, and take the DMA-BUF out of the buffer. */
static int allocate_dmabuf(int fd, size_t size, size_t alignment, struct imxd_options const *options)
{
	enum imxd_address_policy policy = (alignment > 1) ? IMXD_ADDRESS_OPTIONAL : IMXD_ADDRESS_NOT_WANTED;
	struct imxd_allocator *allocator = NULL;
	struct imxd_buffer *buffer = NULL;
	int code;

	if (fd < 0)
		return imxd_fail(-EBADF, "descriptor %d: not an open ION device (EBADF)", fd);
	code = imxd_allocator_new(&imxd_ion_backend, options, policy, NULL, &allocator);
	if (code != 0)
		return code;
	code = imxd_buffer_allocate(allocator, size, alignment, 0, &buffer);
	if (code == 0) {
		/* The caller takes the descriptor. */
		code = buffer->block.fd;
		buffer->block.fd = -1;
	}
	imxd_allocator_destroy(allocator);
	return code;
}

IMXD_EXPORT int imx_dma_buffer_ion_allocate_dmabuf(int ion_fd, size_t size, size_t alignment,
	unsigned int ion_heap_id_mask, unsigned int ion_heap_flags, int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_options options = options_of(ion_fd, ion_heap_id_mask, ion_heap_flags);
	int fd = allocate_dmabuf(ion_fd, size, alignment, &options);

	return (fd >= 0) ? fd : imxd_result(fd, error);
}

/* Only the older interface has addresses. */
IMXD_EXPORT imx_physical_address_t imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(int ion_fd, int dmabuf_fd,
	int *error)
{
	struct imxd_device device = {.backend = &imxd_ion_legacy_backend, .fd = ion_fd};
	bool legacy = false;

	snprintf(device.node, sizeof(device.node), "descriptor %d", ion_fd);
	if (ion_fd >= 0 && imxd_ion_generation(ion_fd, device.node, &legacy) != 0)
		legacy = false;
	return imxd_address_of_descriptor(legacy ? &device : NULL, dmabuf_fd, error);
}
