/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry points of imxdmabuffer_ion_allocator.h.
 */
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"

#include <errno.h>
#include <stdio.h>

#include "../alignment.h"
#include "../backends/ion.h"
#include "../export.h"
#include "../import.h"
#include "../selection.h"
#include "../sys.h"

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
	struct imxd_backend const *backend = self ? self->instance.backend : NULL;

	return (backend == &imxd_ion_backend || backend == &imxd_ion_legacy_backend) ? self->instance.fd : -1;
}

/* ION at a caller's descriptor, for one call. */
static int use(struct imxd_instance *instance, int fd, unsigned int heap_mask, unsigned int heap_flags)
{
	struct imxd_options options = options_of(fd, heap_mask, heap_flags);

	*instance = (struct imxd_instance){.backend = &imxd_ion_backend, .fd = -1};
	if (fd < 0)
		return imxd_fail(EBADF, "descriptor %d: not an open ION device (EBADF)", fd);
	return imxd_ion_backend.open(instance, &options);
}

/* An address that is not known cannot be checked: the block's size then says what the alignment is. */
static int check_alignment(struct imxd_instance *instance, struct imxd_block const *block, size_t alignment)
{
	struct imxd_address address = {.source = IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE};
	size_t shift;

	if (alignment <= 1)
		return 0;
	imxd_address_resolve(instance, block, &address);
	return imxd_alignment_fit(block, &address, block->size, alignment, &shift);
}

IMXD_EXPORT int imx_dma_buffer_ion_allocate_dmabuf(int ion_fd, size_t size, size_t alignment,
	unsigned int ion_heap_id_mask, unsigned int ion_heap_flags, int *error)
{
	struct imxd_instance instance;
	struct imxd_block block = {.fd = -1, .map_fd = -1};
	size_t block_size;
	int code = use(&instance, ion_fd, ion_heap_id_mask, ion_heap_flags);

	if (code == 0 && size == 0)
		code = imxd_fail(EINVAL, "a buffer of 0 bytes cannot be allocated");
	if (code == 0)
		code = imxd_alignment_plan(size, alignment, &block_size);
	block.caps = instance.caps;
	if (code == 0)
		code = instance.backend->allocate(&instance, block_size, &block);
	if (code == 0)
		code = check_alignment(&instance, &block, alignment);
	if (code == 0)
		return block.fd;
	imxd_sys_close(block.fd);
	imxd_report(error, code);
	return -1;
}

/* Only the older interface can tell addresses. What is asked about must be a DMA-BUF, or the kernel would come to harm.
 */
static int find_address(int ion_fd, int dmabuf_fd, imx_physical_address_t *address)
{
	struct imxd_instance instance = {.backend = &imxd_ion_legacy_backend, .fd = ion_fd};
	bool legacy = false;

	snprintf(instance.node, sizeof(instance.node), "descriptor %d", ion_fd);
	if (ion_fd >= 0 && imxd_ion_generation(ion_fd, instance.node, &legacy) != 0)
		legacy = false;
	return imxd_dmabuf_address(legacy ? &instance : NULL, dmabuf_fd, address);
}

IMXD_EXPORT imx_physical_address_t imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(int ion_fd, int dmabuf_fd,
	int *error)
{
	imx_physical_address_t address = 0;
	int code = find_address(ion_fd, dmabuf_fd, &address);

	if (code != 0)
		imxd_report(error, code);
	return address;
}
