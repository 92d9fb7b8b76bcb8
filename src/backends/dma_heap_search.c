/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which DMA-BUF heap to take where none was named: CMA heaps only, uncached ones first.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../backend.h"
#include "../sys.h"
#include "dma_heap.h"

/* A walk over the heaps that are there: tries each until one opens, keeps the first reason of those that did not. */
struct search {
	struct imxd_instance *self;
	ImxDmaBufferAnswer cached;
	imxd_open_heap *open;
	bool found;
	int code;
	char node[IMXD_NODE_SIZE];
	char reason[IMXD_SENTENCE_SIZE / 2];
	char seen[160];
};

static bool try_heap(struct search *search, char const *name)
{
	int code = search->open(search->self, name, search->cached);

	search->found = (code == 0);
	if (code != 0 && code != ENOENT) {
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_INFO, "heap skipped: %s", imxd_sentence());
		if (search->code == 0) {
			search->code = code;
			memcpy(search->node, search->self->node, sizeof(search->node));
			snprintf(search->reason, sizeof(search->reason), "%s", imxd_sentence());
		}
	}
	return search->found;
}

static bool try_known(struct search *search, char const *const *names)
{
	while (*names && !try_heap(search, *names))
		names++;
	return search->found;
}

/* The uncached sibling of a CMA heap whose name is the board's own. */
static bool visit_sibling(char const *name, void *data)
{
	struct search *search = data;
	char path[IMXD_NODE_SIZE];
	size_t length = strlen(name), used = strlen(search->seen);
	struct stat status;

	snprintf(search->seen + used, sizeof(search->seen) - used, "%s%s", used ? ", " : "", name);
	if (length <= strlen("-uncached") || strcmp(name + length - strlen("-uncached"), "-uncached") != 0 ||
		imxd_heap_is_special(name))
		return true;
	snprintf(path, sizeof(path), IMXD_DMA_HEAP_DIRECTORY "/%.*s", (int)(length - strlen("-uncached")), name);
	return imxd_sys_stat(path, &status) < 0 || !try_heap(search, name);
}

static int fail_search(struct search const *search, int list_result)
{
	memcpy(search->self->node, search->node, sizeof(search->node));
	if (search->code != 0)
		return imxd_fail(search->code, "%s", search->reason);
	if (list_result < 0 && list_result != -ENOENT && list_result != -ENOTDIR)
		return imxd_fail(-list_result,
			IMXD_DMA_HEAP_DIRECTORY ": cannot be searched for DMA-BUF heaps (%s); a heap can be named with "
									"IMXDMABUFFER_ALLOCATOR=dma-heap:/dev/dma_heap/NAME",
			imxd_errno_text(-list_result));
	if (list_result < 0)
		return imxd_fail(ENOENT,
			IMXD_DMA_HEAP_DIRECTORY ": %s: the kernel offers no DMA-BUF heaps; it needs Linux 5.6 "
									"or newer with CONFIG_DMABUF_HEAPS and CONFIG_DMABUF_HEAPS_CMA",
			imxd_errno_text(-list_result));
	if (search->seen[0] == '\0')
		return imxd_fail(ENODEV,
			IMXD_DMA_HEAP_DIRECTORY ": holds no heap; the kernel needs CONFIG_DMABUF_HEAPS_CMA and "
									"a CMA area (cma= on its command line, or the device tree)");
	return imxd_fail(ENODEV,
		IMXD_DMA_HEAP_DIRECTORY ": holds no CMA heap that this library knows, only %s; the kernel "
								"needs CONFIG_DMABUF_HEAPS_CMA and a CMA area; another heap can be named with "
								"IMXDMABUFFER_ALLOCATOR=dma-heap:/dev/dma_heap/NAME",
		search->seen);
}

int imxd_dma_heap_search(struct imxd_instance *self, ImxDmaBufferAnswer cached, imxd_open_heap *open)
{
	static char const *const uncached[] = {
		"linux,cma-uncached", "default_cma_region-uncached", "reserved-uncached", NULL};
	static char const *const plain[] = {"linux,cma", "default_cma_region", "reserved", "default-pool", NULL};
	struct search search = {.self = self, .cached = cached, .open = open};
	int list_result = 0;

	if (try_known(&search, uncached))
		return 0;
	list_result = imxd_sys_list(IMXD_DMA_HEAP_DIRECTORY, visit_sibling, &search);
	if (search.found || try_known(&search, plain))
		return 0;
	return fail_search(&search, list_result);
}
