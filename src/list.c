/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of allocators: each is tried, since only a buffer shows what it can do.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "export.h"
#include "selection.h"
#include "sys.h"

#define PUBLIC_CAPS 0xffffu

/* In a reserved member while the list is made. */
static char const opened;

/* Copies of texts that the entries point at; a missing copy is a missing text, not a failure. */
static char const *keep(char const *text)
{
	return (text && text[0] != '\0') ? strdup(text) : NULL;
}

static void describe(ImxDmaBufferAllocatorInfo *info, ImxDmaBufferAllocator *allocator)
{
	struct imxd_instance const *instance = &imxd_own_allocator(allocator)->instance;
	unsigned int contiguous = IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS;
	ImxDmaBuffer *buffer = imxd_allocate(allocator, imxd_sys_page_size(), 1, &info->error);

	info->node = keep(instance->node);
	if (!buffer) {
		info->reason = keep(imxd_sentence());
		return;
	}
	/* One page is always contiguous: what counts is the promise for all sizes. */
	info->capabilities = ((imxd_own_buffer(buffer)->block.caps & ~contiguous) | (instance->caps & contiguous)) &
		PUBLIC_CAPS;
	if (imx_dma_buffer_get_physical_address(buffer) != 0)
		info->capabilities |= IMX_DMA_BUFFER_CAPABILITY_PHYSICAL_ADDRESS;
	else
		info->address_reason = keep(imxd_sentence());
	info->coherent_by_address = imxd_get_sync(imxd_own_buffer(buffer))->coherent_by_address;
	imx_dma_buffer_deallocate(buffer);
}

static void fill(ImxDmaBufferAllocatorInfo *info, struct imxd_backend const *backend)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;
	char tried[IMXD_NODE_SIZE] = "";
	ImxDmaBufferAllocator *allocator = imxd_open_backend(backend, &options, IMXD_ADDRESS_OPTIONAL, tried, &info->error);

	info->coherent_by_address = IMX_DMA_BUFFER_UNKNOWN;
	info->name = backend->name;
	info->description = backend->description;
	if (!allocator) {
		info->node = keep(tried);
		info->reason = keep(imxd_sentence());
		return;
	}
	info->_reserved[0] = (void *)(uintptr_t)&opened;
	describe(info, allocator);
	imx_dma_buffer_allocator_destroy(allocator);
}

/*
 * The one that imxd_open_default() would take: the first that opens, whether it has memory left now or not. Vendors'
 * libraries do not open without, unless this process uses them: nothing else shows that they can give any.
 */
static void mark_default(ImxDmaBufferAllocatorInfo *list, size_t count)
{
	char const *text = imxd_env(IMXD_ENV_ALLOCATOR);

	for (size_t i = 0; i < count; i++) {
		bool named = text && imxd_match_name(imxd_backends[i], text);

		if (list[i]._reserved[0] && (text ? named : !imxd_backends[i]->by_name_only)) {
			list[i].is_default = 1;
			return;
		}
	}
}

IMXD_EXPORT ImxDmaBufferAllocatorInfo *imx_dma_buffer_list_allocators(size_t *num_allocators, int *error)
{
	char last_error[IMXD_SENTENCE_SIZE];
	ImxDmaBufferAllocatorInfo *list;
	size_t count = 0;

	if (!num_allocators) {
		imxd_report(error, imxd_fail(EINVAL, "no room for the number of allocators was given (NULL)"));
		return NULL;
	}
	while (imxd_backends[count])
		count++;
	/* One more, without a name, tells imx_dma_buffer_free_allocator_list() where the list ends. */
	list = calloc(count + 1, sizeof(*list));
	if (!list) {
		imxd_report(error, imxd_fail_memory());
		return NULL;
	}
	/* An allocator that fails here is an answer, not an error. */
	snprintf(last_error, sizeof(last_error), "%s", imxd_last_error());
	for (size_t i = 0; i < count; i++)
		fill(&list[i], imxd_backends[i]);
	imxd_set_last_error(last_error);
	mark_default(list, count);
	for (size_t i = 0; i < count; i++)
		list[i]._reserved[0] = NULL;
	*num_allocators = count;
	return list;
}

static void release(char const *text)
{
	free((void *)(uintptr_t)text);
}

IMXD_EXPORT void imx_dma_buffer_free_allocator_list(ImxDmaBufferAllocatorInfo *list)
{
	if (!list)
		return;
	for (size_t i = 0; list[i].name; i++) {
		release(list[i].node);
		release(list[i].reason);
		release(list[i].address_reason);
	}
	free(list);
}
