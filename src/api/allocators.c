/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer_ext.h that choose and describe allocators.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../base/sys.h"
#include "../core/allocator.h"
#include "../core/buffer.h"
#include "../core/mapping.h"
#include "../core/pool_idle.h"
#include "../core/selection.h"
#include "export.h"
#include "result.h"

#define ADDRESS_FLAGS                                                                                                  \
	((unsigned int)(IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS |                                                \
		IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS))
#define SYNC_FLAGS ((unsigned int)(IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC | IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC))

static int check_flags(unsigned int flags)
{
	if ((flags & ~(ADDRESS_FLAGS | SYNC_FLAGS)) || (flags & ADDRESS_FLAGS) == ADDRESS_FLAGS ||
		(flags & SYNC_FLAGS) == SYNC_FLAGS)
		return imxd_fail(-EINVAL, "allocator flags 0x%x: unknown or contradictory flags", flags);
	return 0;
}

/* The environment decides only on the default allocator. */
static enum imxd_address_policy find_policy(char const *name, unsigned int flags)
{
	if (flags & IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS)
		return IMXD_ADDRESS_NOT_WANTED;
	if (flags & IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS)
		return IMXD_ADDRESS_REQUIRED;
	return name ? IMXD_ADDRESS_DEFAULT : imxd_policy_from_environment();
}

static enum imxd_sync_choice find_sync(unsigned int flags)
{
	if (flags & IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC)
		return IMXD_SYNC_USER;
	return (flags & IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC) ? IMXD_SYNC_KERNEL : IMXD_SYNC_FROM_ENVIRONMENT;
}

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_allocator_new_by_name(char const *name, unsigned int flags,
	int *error)
{
	IMXD_NO_CANCEL;
	struct imxd_options options = IMXD_OPTIONS_NONE;
	struct imxd_allocator *allocator = NULL;
	enum imxd_address_policy policy;
	int code = check_flags(flags);

	if (code == 0) {
		options.sync = find_sync(flags);
		policy = find_policy(name, flags);
		code = name ? imxd_open_named(name, &options, policy, &allocator)
					: imxd_open_default(&options, policy, &allocator);
	}
	imxd_result(code, error);
	return (ImxDmaBufferAllocator *)allocator;
}

IMXD_EXPORT char const *imx_dma_buffer_builtin_allocator_name(size_t index)
{
	struct imxd_backend const *backend = imxd_backend_at(index);

	return backend ? backend->name : NULL;
}

IMXD_EXPORT char const *imx_dma_buffer_allocator_get_name(ImxDmaBufferAllocator const *allocator)
{
	struct imxd_allocator *own = imxd_own_allocator(allocator);

	return own ? own->device.backend->name : NULL;
}

static void set_traits(ImxDmaBufferAllocatorInfo *info, struct imxd_traits const *traits)
{
	info->is_dmabuf = (traits->caps & IMXD_CAP_DMABUF) ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_NO;
	info->cached = traits->cached;
	info->contiguous = traits->contiguous;
	info->zeroed = (traits->caps & IMXD_CAP_ZEROED) ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_UNKNOWN;
}

/* The facts that need no buffer. */
static void describe(ImxDmaBufferAllocatorInfo *info, struct imxd_device const *device)
{
	set_traits(info, &device->traits);
	/* The host allocator decides for each buffer. */
	if (info->is_dmabuf == IMX_DMA_BUFFER_TRISTATE_NO && device->backend->by_name_only)
		info->is_dmabuf = IMX_DMA_BUFFER_TRISTATE_UNKNOWN;
	if (info->cached == IMX_DMA_BUFFER_TRISTATE_NO)
		info->coherency = IMX_DMA_BUFFER_COHERENCY_UNCACHED;
	else if (device->sync)
		info->coherency = device->sync->coherency;
	info->max_size = (device->max_size != 0) ? device->max_size : SIZE_MAX;
	memcpy(info->node, device->node, sizeof(info->node));
}

/* One page is always contiguous: the promise for all sizes counts, also for the address. */
static void describe_buffer(ImxDmaBufferAllocatorInfo *info, struct imxd_buffer *buffer)
{
	ImxDmaBufferTristate contiguous = info->contiguous;

	set_traits(info, &buffer->block.traits);
	if (info->contiguous == IMX_DMA_BUFFER_TRISTATE_YES)
		info->contiguous = contiguous;
	contiguous = info->contiguous;
	info->coherency = imxd_mapping_get_sync(buffer)->coherency;
	if (buffer->physical_address == 0)
		info->has_physical_address = IMX_DMA_BUFFER_TRISTATE_NO;
	else if (contiguous == IMX_DMA_BUFFER_TRISTATE_YES)
		info->has_physical_address = IMX_DMA_BUFFER_TRISTATE_YES;
}

static void probe(ImxDmaBufferAllocatorInfo *info, struct imxd_backend const *backend, char const *target)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;
	struct imxd_allocator *allocator = NULL;
	struct imxd_buffer *buffer = NULL;
	int code;

	options.target = target;
	code = imxd_open_backend(backend, &options, IMXD_ADDRESS_OPTIONAL, info->node, &allocator);
	if (code == 0) {
		describe(info, &allocator->device);
		code = imxd_buffer_allocate(allocator, imxd_sys_page_size(), 1, 0, &buffer);
	}
	/* The reason of the failure, or of the missing address. */
	snprintf(info->message, sizeof(info->message), "%s", imxd_message());
	if (code == 0)
		describe_buffer(info, buffer);
	if (code == 0 && info->has_physical_address != IMX_DMA_BUFFER_TRISTATE_NO)
		info->message[0] = '\0';
	info->error = -code;
	if (buffer)
		imxd_buffer_free(buffer);
	if (allocator)
		imxd_allocator_destroy(allocator);
}

IMXD_EXPORT int imx_dma_buffer_query_allocator(char const *name, ImxDmaBufferAllocatorInfo *info, int *error)
{
	IMXD_NO_CANCEL;
	ImxDmaBufferAllocatorInfo found = {.struct_size = sizeof(found)};
	struct imxd_backend const *backend;
	char const *target, *inner = name ? imxd_skip_pool(name) : NULL;
	int code = imxd_check_result(info);

	if (code == 0 && !name)
		code = imxd_fail(-EINVAL, "the name of the allocator is NULL");
	else if (code == 0 && inner && inner[0] == '\0')
		code = imxd_fail(-EINVAL, "\"pool\" is around the default allocator, which has a name of its own: query that");
	/* Pools have the facts of their mechanism. */
	if (inner && inner[0] != '\0')
		name = inner;
	if (code == 0)
		code = imxd_find_backend(name, &backend, &target);
	if (code == 0) {
		found.name = backend->name;
		found.description = backend->description;
		probe(&found, backend, target);
		if (inner)
			found.zeroed = IMX_DMA_BUFFER_TRISTATE_NO;
		imxd_copy_result(info, &found, sizeof(found));
	}
	return imxd_result(code, error);
}

IMXD_EXPORT int imx_dma_buffer_allocator_get_info(ImxDmaBufferAllocator const *allocator,
	ImxDmaBufferAllocatorInfo *info, int *error)
{
	ImxDmaBufferAllocatorInfo found = {.struct_size = sizeof(found)};
	struct imxd_allocator const *own = imxd_own_allocator(allocator);
	int code = imxd_check_result(info);

	if (code == 0 && !allocator)
		code = imxd_fail(-EINVAL, "the allocator is NULL");
	else if (code == 0 && !own)
		code = imxd_fail(-ENOTSUP, "the allocator is not one of the library, or only the owner of imported buffers");
	if (code == 0) {
		found.name = own->device.backend->name;
		found.description = own->device.backend->description;
		describe(&found, &own->device);
		if (own->slab) {
			found.zeroed = IMX_DMA_BUFFER_TRISTATE_NO;
			found.is_dmabuf = IMX_DMA_BUFFER_TRISTATE_UNKNOWN;
		}
		if (own->pool)
			found.zeroed = imxd_pool_zeroes(own->pool) ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_NO;
		imxd_copy_result(info, &found, sizeof(found));
	}
	return imxd_result(code, error);
}
