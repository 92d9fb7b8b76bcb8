/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ION, the allocator of Android's kernels, in NXP's up to 5.10: its newer interface, and the distinction from the older
 * one (ion_legacy.c).
 */
#include "ion.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../backend/device.h"
#include "../base/error.h"
#include "../base/sys.h"
#include "../dmabuf/dmabuf.h"
#include "../uapi/ion.h"
#include "ion_legacy.h"

#define MAX_HEAPS 32

struct heaps {
	struct imxd_ion_heap heap[MAX_HEAPS];
	uint32_t count;
	/* The type of heaps that are CMA areas. */
	uint32_t cma;
};

static bool has_word(char const *name, char const *const *words)
{
	while (*words && !strstr(name, *words))
		words++;
	return *words != NULL;
}

enum purpose { ORDINARY, SET_ASIDE, FORBIDDEN };

/*
 * Every CMA area is a heap, also those that are set aside for one device, those that the CPU must not touch, and those
 * of another processor. Only the name shows it.
 */
static enum purpose purpose_of(char const *name)
{
	static char const *const forbidden[] = {"secure", "dsp", "rpmsg", NULL};
	static char const *const set_aside[] = {"gpu", "galcore", "vpu", "display", NULL};

	if (has_word(name, forbidden))
		return FORBIDDEN;
	return has_word(name, set_aside) ? SET_ASIDE : ORDINARY;
}

static bool has_type(struct heaps const *heaps, uint32_t type)
{
	for (uint32_t i = 0; i < heaps->count; i++)
		if (heaps->heap[i].type == type)
			return true;
	return false;
}

static int query_heaps(struct imxd_device const *device, struct heaps *heaps)
{
	struct imxd_ion_query query = {.count = MAX_HEAPS, .heaps = (uintptr_t)heaps->heap};
	uint32_t version;
	int result = imxd_sys_ioctl(device->fd, IMXD_ION_QUERY, &query);

	if (result == -ENOTTY)
		return imxd_fail(-ENOTTY, "%s: neither the older nor the newer interface of ION (ENOTTY)", device->node);
	if (result < 0)
		return imxd_fail(result, "%s: the query of its heaps failed (%s)", device->node, imxd_errno_text(result));
	heaps->count = (query.count < MAX_HEAPS) ? query.count : MAX_HEAPS;
	for (uint32_t i = 0; i < heaps->count; i++)
		heaps->heap[i].name[sizeof(heaps->heap[i].name) - 1] = '\0';
	/* Kernels with this ioctl have other types of heaps, except NXP's Android 5.4. */
	heaps->cma = IMXD_ION_TYPE_DMA;
	if (!has_type(heaps, IMXD_ION_TYPE_DMA) && imxd_sys_ioctl(device->fd, IMXD_ION_VERSION, &version) >= 0)
		heaps->cma = IMXD_ION_TYPE_DMA_GKI;
	return 0;
}

static uint32_t mask_of(struct heaps const *heaps, uint32_t type, enum purpose purpose)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < heaps->count; i++)
		if (heaps->heap[i].type == type && heaps->heap[i].id < 32 && purpose_of(heaps->heap[i].name) == purpose)
			mask |= UINT32_C(1) << heaps->heap[i].id;
	return mask;
}

static int fail_no_heap(struct imxd_device const *device, struct heaps const *heaps)
{
	char names[160] = "";

	for (uint32_t i = 0; i < heaps->count; i++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s (type %u)", used ? ", " : "", heaps->heap[i].name,
			heaps->heap[i].type);
	}
	return imxd_fail(-ENODEV,
		"%s: ION has no heap of contiguous memory (it has: %s); the kernel needs CONFIG_ION_CMA_HEAP and a CMA area",
		device->node, names[0] ? names : "none");
}

/* Ordinary CMA areas first, then those that are set aside for a device; fixed areas if there is no CMA area. */
static int choose_heaps(struct imxd_device *device)
{
	struct imxd_ion *own = device->private;
	struct heaps heaps = {.count = 0};
	int code = query_heaps(device, &heaps);

	if (code != 0)
		return code;
	device->traits.caps |= IMXD_CAP_ALIGNED_BY_SIZE;
	own->heaps = mask_of(&heaps, heaps.cma, ORDINARY);
	own->further_heaps = mask_of(&heaps, heaps.cma, SET_ASIDE);
	if (own->heaps == 0) {
		own->heaps = own->further_heaps;
		own->further_heaps = 0;
	}
	if (own->heaps == 0 && heaps.cma == IMXD_ION_TYPE_DMA) {
		device->traits.caps &= ~(unsigned int)IMXD_CAP_ALIGNED_BY_SIZE;
		own->heaps = mask_of(&heaps, IMXD_ION_TYPE_CARVEOUT, ORDINARY);
	}
	return (own->heaps != 0) ? 0 : fail_no_heap(device, &heaps);
}

int imxd_ion_generation(int fd, char const *node, bool *legacy)
{
	int32_t no_handle = 0;
	/* Only the older interface has handles to free. Another device may succeed at any ioctl, also at an unknown one. */
	int result = imxd_sys_ioctl(fd, IMXD_ION_LEGACY_FREE, &no_handle);
	bool other = result != -ENOTTY && imxd_sys_ioctl(fd, IMXD_ION_UNKNOWN, &no_handle) != -ENOTTY;

	*legacy = (result != -ENOTTY);
	if (result == -EBADF)
		return imxd_fail(-EBADF, "%s: not an open descriptor (EBADF)", node);
	if (other)
		return imxd_fail(-ENOTTY, "%s: not an ION device: it accepts an ioctl that ION does not have", node);
	return 0;
}

/* Only the CMA's heap is known to be contiguous. */
static void become_legacy(struct imxd_device *device, unsigned int heap_mask)
{
	struct imxd_ion *own = device->private;

	device->backend = &imxd_ion_legacy_backend;
	/* These kernels have an ioctl of ION instead, and SYNC does nothing to caches. */
	device->traits.caps &= ~(unsigned int)(IMXD_CAP_ASK_PHYS | IMXD_CAP_SYNCS_ATTACHED);
	own->heaps = heap_mask;
	if (heap_mask == IMXD_ION_LEGACY_CMA_MASK) {
		device->traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
		device->traits.caps |= IMXD_CAP_ZEROED | IMXD_CAP_ALIGNED_BY_SIZE;
	}
}

static int open_ion(struct imxd_device *device, struct imxd_options const *options)
{
	struct imxd_ion *own = device->private;
	bool legacy = false;
	int code = imxd_device_open(device, options, IMXD_ION_NODE, O_RDONLY);

	if (code == 0)
		code = imxd_ion_generation(device->fd, device->node, &legacy);
	if (code != 0)
		return code;
	own->flags = options->heap_flags;
	device->traits.caps = IMXD_CAPS_DMABUF | IMXD_CAP_COUNTED_SYNC | IMXD_CAP_SYNCS_ATTACHED;
	device->traits.cached = (own->flags & IMXD_ION_FLAG_CACHED) ? IMX_DMA_BUFFER_TRISTATE_YES
																: IMX_DMA_BUFFER_TRISTATE_NO;
	if (legacy) {
		become_legacy(device, options->heap_mask);
		return 0;
	}
	device->traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
	device->traits.caps |= IMXD_CAP_ZEROED;
	return choose_heaps(device);
}

static int allocate_from(struct imxd_device const *device, size_t size, uint32_t mask)
{
	struct imxd_ion const *own = device->private;
	struct imxd_ion_allocation data = {.length = size, .heap_mask = mask, .flags = own->flags};
	int result = imxd_sys_ioctl(device->fd, IMXD_ION_ALLOCATE, &data);

	return (result < 0) ? result : imxd_dmabuf_validate_fd((int)data.fd);
}

static int allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	struct imxd_ion const *own = device->private;
	int fd = allocate_from(device, size, own->heaps);

	if (fd == -ENOMEM && own->further_heaps != 0)
		fd = allocate_from(device, size, own->further_heaps);
	if (fd < 0)
		return imxd_fail_allocation(fd, device->node, size);
	block->fd = fd;
	block->size = size;
	return 0;
}

struct imxd_backend const imxd_ion_backend = {
	.name = "ion",
	.description = "ION of NXP's kernels up to 5.10",
	.private_size = sizeof(struct imxd_ion),
	.has_dmabufs = true,
	.open = open_ion,
	.allocate = allocate,
};
