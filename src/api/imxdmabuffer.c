/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer.h. Each checks its arguments and calls the allocator's member, since programs bring
 * allocators of their own.
 */
#include "imxdmabuffer/imxdmabuffer.h"

#include <errno.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../core/selection.h"
#include "../core/wrapped.h"
#include "export.h"
#include "result.h"

/* The member of the buffer's allocator, NULL if there is none. */
#define MEMBER(buffer, name) (((buffer) && (buffer)->allocator) ? (buffer)->allocator->name : NULL)

static IMXD_COLD void fail_member(void const *object, char const *member, int *error)
{
	int code;

	if (object)
		code = imxd_fail(-ENOSYS, "%s: the allocator has no such function", member);
	else
		code = imxd_fail(-EINVAL, "%s: the object is NULL", member);
	imxd_report(error, code);
}

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_allocator_new(int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_allocator *allocator = NULL;
	int code = imxd_open_default(&IMXD_OPTIONS_NONE, imxd_policy_from_environment(), &allocator);

	imxd_result(code, error);
	return (ImxDmaBufferAllocator *)allocator;
}

IMXD_EXPORT void imx_dma_buffer_allocator_destroy(ImxDmaBufferAllocator *allocator)
{
	if (allocator && allocator->destroy)
		allocator->destroy(allocator);
	else if (allocator)
		fail_member(allocator, "destroy", NULL);
}

IMXD_EXPORT ImxDmaBuffer *imx_dma_buffer_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment,
	int *error)
{
	if (!allocator || !allocator->allocate) {
		fail_member(allocator, "allocate", error);
		return NULL;
	}
	return allocator->allocate(allocator, size, alignment, error);
}

IMXD_EXPORT void imx_dma_buffer_deallocate(ImxDmaBuffer *buffer)
{
	if (MEMBER(buffer, deallocate))
		buffer->allocator->deallocate(buffer->allocator, buffer);
	else if (buffer)
		fail_member(buffer->allocator, "deallocate", NULL);
}

IMXD_EXPORT uint8_t *imx_dma_buffer_map(ImxDmaBuffer *buffer, unsigned int flags, int *error)
{
	if (!MEMBER(buffer, map)) {
		fail_member(buffer ? buffer->allocator : NULL, "map", error);
		return NULL;
	}
	return buffer->allocator->map(buffer->allocator, buffer, flags, error);
}

IMXD_EXPORT void imx_dma_buffer_unmap(ImxDmaBuffer *buffer)
{
	if (MEMBER(buffer, unmap))
		buffer->allocator->unmap(buffer->allocator, buffer);
	else if (buffer)
		fail_member(buffer->allocator, "unmap", NULL);
}

IMXD_EXPORT void imx_dma_buffer_start_sync_session(ImxDmaBuffer *buffer)
{
	if (MEMBER(buffer, start_sync_session))
		buffer->allocator->start_sync_session(buffer->allocator, buffer);
	else if (buffer)
		fail_member(buffer->allocator, "start_sync_session", NULL);
}

IMXD_EXPORT void imx_dma_buffer_stop_sync_session(ImxDmaBuffer *buffer)
{
	if (MEMBER(buffer, stop_sync_session))
		buffer->allocator->stop_sync_session(buffer->allocator, buffer);
	else if (buffer)
		fail_member(buffer->allocator, "stop_sync_session", NULL);
}

IMXD_EXPORT imx_physical_address_t imx_dma_buffer_get_physical_address(ImxDmaBuffer *buffer)
{
	if (!MEMBER(buffer, get_physical_address))
		return 0;
	return buffer->allocator->get_physical_address(buffer->allocator, buffer);
}

IMXD_EXPORT int imx_dma_buffer_get_fd(ImxDmaBuffer *buffer)
{
	if (!MEMBER(buffer, get_fd))
		return -1;
	return buffer->allocator->get_fd(buffer->allocator, buffer);
}

IMXD_EXPORT size_t imx_dma_buffer_get_size(ImxDmaBuffer *buffer)
{
	if (!MEMBER(buffer, get_size))
		return 0;
	return buffer->allocator->get_size(buffer->allocator, buffer);
}

IMXD_EXPORT void imx_dma_buffer_init_wrapped_buffer(ImxWrappedDmaBuffer *buffer)
{
	if (buffer)
		imxd_wrapped_init(buffer);
}

IMXD_EXPORT imx_physical_address_t imx_dma_buffer_get_physical_address_from_dmabuf_fd(int dmabuf_fd, int *error)
{
	return imxd_address_of_descriptor(NULL, dmabuf_fd, error);
}
