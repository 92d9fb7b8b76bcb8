/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search for a DMA-BUF heap if the program named none: CMA heaps only, uncached ones first.
 */
#include "dma_heap_search.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/sys.h"
#include "../dmabuf/heap.h"

/* A walk over the heaps: stops at the first that opens, keeps the error of the first that does not. */
struct search {
	struct imxd_device *device;
	ImxDmaBufferTristate cached;
	imxd_open_heap *open;
	bool found;
	int code;
	char node[IMX_DMA_BUFFER_NODE_SIZE];
	char message[IMXD_MESSAGE_SIZE / 2];
	/* Names of all heaps, for the message; and whether none of them is contiguous memory that a program may name. */
	char seen[160];
	bool only_special;
	/* The best heap with a unit address so far, and its place in the order of preference. */
	char unit[64];
	size_t unit_index;
};

/* A node may have the name of a CMA heap, and be another one. */
static int require_cma(struct imxd_device *device)
{
	if (device->traits.contiguous == IMX_DMA_BUFFER_TRISTATE_YES)
		return 0;
	imxd_sys_close(device->fd);
	device->fd = -1;
	device->owns_fd = false;
	return imxd_fail(-ENODEV, "%s: another heap under the name of a CMA heap", device->node);
}

static bool try_heap(struct search *search, char const *name)
{
	int code = search->open(search->device, name, search->cached);

	if (code == 0)
		code = require_cma(search->device);
	search->found = (code == 0);
	if (code != 0 && code != -ENOENT) {
		if (search->code == 0) {
			search->code = code;
			memcpy(search->node, search->device->node, sizeof(search->node));
			snprintf(search->message, sizeof(search->message), "%s", imxd_message());
		}
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_INFO, "heap skipped: %s", imxd_message());
	}
	return search->found;
}

static bool try_known(struct search *search, char const *suffix)
{
	char name[64];

	for (size_t i = 0; imxd_heap_known(i) && !search->found; i++) {
		snprintf(name, sizeof(name), "%s%s", imxd_heap_known(i), suffix);
		try_heap(search, name);
	}
	return search->found;
}

/* Is the heap of this name there without the suffix? */
static bool has_cached_sibling(char const *name, size_t length)
{
	char cached[IMX_DMA_BUFFER_NODE_SIZE];

	if (length >= sizeof(cached))
		return false;
	memcpy(cached, name, length);
	cached[length] = '\0';
	return imxd_heap_exists(cached);
}

/* Note each heap, and try the uncached sibling of a CMA heap whose name is the board's own or has a unit address. */
static bool visit_sibling(char const *name, void *data)
{
	struct search *search = data;
	size_t length = strlen(name), suffix = strlen(IMXD_UNCACHED_SUFFIX), used = strlen(search->seen);

	snprintf(search->seen + used, sizeof(search->seen) - used, "%s%s", used ? ", " : "", name);
	search->only_special = search->only_special && imxd_heap_traits(name).contiguous != IMX_DMA_BUFFER_TRISTATE_YES;
	if (length <= suffix || strcmp(name + length - suffix, IMXD_UNCACHED_SUFFIX) != 0 || imxd_heap_is_excluded(name))
		return true;
	return !(has_cached_sibling(name, length - suffix) && try_heap(search, name));
}

/* Of cached CMA heaps with a unit address, find the first in order of preference; the lowest address among equals. */
static bool visit_unit(char const *name, void *data)
{
	struct search *search = data;
	size_t index = 0;

	while (imxd_heap_known(index) && !imxd_heap_has_unit_address(name, index))
		index++;
	if (!imxd_heap_known(index) || strlen(name) >= sizeof(search->unit))
		return true;
	if (search->unit[0] == '\0' || index < search->unit_index ||
		(index == search->unit_index && strcmp(name, search->unit) < 0)) {
		memcpy(search->unit, name, strlen(name) + 1);
		search->unit_index = index;
	}
	return true;
}

static bool try_unit(struct search *search)
{
	imxd_sys_list(IMXD_DMA_HEAP_DIRECTORY, visit_unit, search);
	return search->unit[0] != '\0' && try_heap(search, search->unit);
}

static int fail_search(struct search const *search, int list_result)
{
	memcpy(search->device->node, search->node, sizeof(search->node));
	if (search->code != 0)
		return imxd_fail(search->code, "%s", search->message);
	if (list_result < 0 && list_result != -ENOENT && list_result != -ENOTDIR)
		return imxd_fail(list_result,
			IMXD_DMA_HEAP_DIRECTORY ": cannot be searched for DMA-BUF heaps (%s); name a heap with "
									"IMXDMABUFFER_ALLOCATOR=dma-heap:/dev/dma_heap/NAME",
			imxd_errno_text(list_result));
	if (list_result < 0)
		return imxd_fail(-ENOENT,
			IMXD_DMA_HEAP_DIRECTORY ": %s: the kernel has no DMA-BUF heaps; it needs Linux 5.6 "
									"or newer with CONFIG_DMABUF_HEAPS and CONFIG_DMABUF_HEAPS_CMA",
			imxd_errno_text(list_result));
	if (search->seen[0] == '\0')
		return imxd_fail(-ENODEV,
			IMXD_DMA_HEAP_DIRECTORY ": no heap in this directory; the kernel needs CONFIG_DMABUF_HEAPS_CMA and "
									"a CMA area (cma= on its command line, or the device tree)");
	if (search->only_special)
		return imxd_fail(-ENODEV,
			IMXD_DMA_HEAP_DIRECTORY ": no CMA heap, only %s; the kernel needs CONFIG_DMABUF_HEAPS_CMA and a CMA area "
									"(cma= on its command line, or the device tree)",
			search->seen);
	return imxd_fail(-ENODEV,
		IMXD_DMA_HEAP_DIRECTORY ": no CMA heap with a known name, only %s; name one with "
								"IMXDMABUFFER_ALLOCATOR=dma-heap:/dev/dma_heap/NAME",
		search->seen);
}

int imxd_dma_heap_search(struct imxd_device *device, ImxDmaBufferTristate cached, imxd_open_heap *open)
{
	struct search search = {.device = device, .cached = cached, .open = open, .only_special = true};
	int list_result;

	if (try_known(&search, IMXD_UNCACHED_SUFFIX))
		return 0;
	list_result = imxd_sys_list(IMXD_DMA_HEAP_DIRECTORY, visit_sibling, &search);
	if (search.found || try_known(&search, "") || try_unit(&search))
		return 0;
	return fail_search(&search, list_result);
}
