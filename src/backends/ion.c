/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ION, the allocator of Android's kernels, in NXP's up to 5.10: its newer interface, and how to tell it from the older
 * one (ion_legacy.c).
 */
#include "ion.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../sys.h"
#include "../uapi/ion.h"

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
 * Every CMA area is a heap. Some are set aside for one device, and their names tell; of some the CPU must keep off, or
 * another processor works on them.
 */
static enum purpose purpose_of(char const *name)
{
	static char const *const forbidden[] = {"secure", "dsp", "rpmsg", NULL};
	static char const *const set_aside[] = {"gpu", "galcore", "vpu", "display", NULL};

	if (has_word(name, forbidden))
		return FORBIDDEN;
	return has_word(name, set_aside) ? SET_ASIDE : ORDINARY;
}

static int query_heaps(struct imxd_instance const *self, struct heaps *heaps)
{
	struct imxd_ion_query query = {.count = MAX_HEAPS, .heaps = (uintptr_t)heaps->heap};
	uint32_t version;
	int result = imxd_sys_ioctl(self->fd, IMXD_ION_QUERY, &query);

	if (result == -ENOTTY)
		return imxd_fail(ENOTTY, "%s: knows neither the older nor the newer interface of ION (ENOTTY)", self->node);
	if (result < 0)
		return imxd_fail(-result, "%s: asking for its heaps failed (%s)", self->node, imxd_errno_text(-result));
	heaps->count = (query.count < MAX_HEAPS) ? query.count : MAX_HEAPS;
	for (uint32_t i = 0; i < heaps->count; i++)
		heaps->heap[i].name[sizeof(heaps->heap[i].name) - 1] = '\0';
	heaps->cma = (imxd_sys_ioctl(self->fd, IMXD_ION_VERSION, &version) >= 0) ? IMXD_ION_TYPE_DMA_GKI
																			 : IMXD_ION_TYPE_DMA;
	return 0;
}

static uintptr_t mask_of(struct heaps const *heaps, uint32_t type, enum purpose purpose)
{
	uintptr_t mask = 0;

	for (uint32_t i = 0; i < heaps->count; i++)
		if (heaps->heap[i].type == type && heaps->heap[i].id < 32 && purpose_of(heaps->heap[i].name) == purpose)
			mask |= UINT32_C(1) << heaps->heap[i].id;
	return mask;
}

static int fail_no_heap(struct imxd_instance const *self, struct heaps const *heaps)
{
	char names[160] = "";

	for (uint32_t i = 0; i < heaps->count; i++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s (type %u)", used ? ", " : "", heaps->heap[i].name,
			heaps->heap[i].type);
	}
	return imxd_fail(ENODEV,
		"%s: ION has no heap of contiguous memory (it has: %s); the kernel needs CONFIG_ION_CMA_HEAP and a CMA area",
		self->node, names[0] ? names : "none");
}

/* Ordinary CMA areas first, then those that are set aside for a device; fixed areas where there is no CMA. */
static int choose_heaps(struct imxd_instance *self)
{
	struct heaps heaps = {.count = 0};
	int code = query_heaps(self, &heaps);

	if (code != 0)
		return code;
	self->caps |= IMXD_CAP_ALIGNED_BY_SIZE;
	self->state[HEAPS] = mask_of(&heaps, heaps.cma, ORDINARY);
	self->state[FURTHER_HEAPS] = mask_of(&heaps, heaps.cma, SET_ASIDE);
	if (self->state[HEAPS] == 0) {
		self->state[HEAPS] = self->state[FURTHER_HEAPS];
		self->state[FURTHER_HEAPS] = 0;
	}
	if (self->state[HEAPS] == 0 && heaps.cma == IMXD_ION_TYPE_DMA) {
		self->caps &= ~(unsigned int)IMXD_CAP_ALIGNED_BY_SIZE;
		self->state[HEAPS] = mask_of(&heaps, IMXD_ION_TYPE_CARVEOUT, ORDINARY);
	}
	return (self->state[HEAPS] != 0) ? 0 : fail_no_heap(self, &heaps);
}

int imxd_ion_generation(int fd, char const *node, bool *legacy)
{
	int32_t no_handle = 0;
	/* Only the older interface has handles to free. Other devices may answer anything, also to what ION does not know.
	 */
	int result = imxd_sys_ioctl(fd, IMXD_ION_LEGACY_FREE, &no_handle);
	bool other = result != -ENOTTY && imxd_sys_ioctl(fd, IMXD_ION_UNKNOWN, &no_handle) != -ENOTTY;

	*legacy = (result != -ENOTTY);
	if (result == -EBADF)
		return imxd_fail(EBADF, "%s: not an open descriptor (EBADF)", node);
	if (other)
		return imxd_fail(ENOTTY, "%s: not an ION device: it answers to calls that ION does not know", node);
	return 0;
}

/* What heaps other than the CMA's hold, only the kernel knows. */
static void become_legacy(struct imxd_instance *self, unsigned int heap_mask)
{
	self->backend = &imxd_ion_legacy_backend;
	self->state[HEAPS] = heap_mask;
	if (heap_mask == IMXD_ION_LEGACY_CMA_MASK)
		self->caps |= IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS | IMX_DMA_BUFFER_CAPABILITY_ZEROED |
			IMXD_CAP_ALIGNED_BY_SIZE;
	else
		self->caps |= IMXD_CAP_MAYBE_CONTIGUOUS;
}

static int open_ion(struct imxd_instance *self, struct imxd_options const *options)
{
	bool legacy = false;
	int code = imxd_instance_open(self, options, IMXD_ION_NODE, O_RDONLY);

	if (code == 0)
		code = imxd_ion_generation(self->fd, self->node, &legacy);
	if (code != 0)
		return code;
	self->heap_flags = options->heap_flags;
	self->caps = IMX_DMA_BUFFER_CAPABILITY_DMABUF | IMXD_CAP_DESCRIPTOR | IMXD_CAP_PINNED;
	if (options->heap_flags & IMXD_ION_FLAG_CACHED)
		self->caps |= IMX_DMA_BUFFER_CAPABILITY_CACHED;
	if (legacy) {
		become_legacy(self, options->heap_mask);
		return 0;
	}
	self->caps |= IMX_DMA_BUFFER_CAPABILITY_ZEROED | IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS | IMXD_CAP_ASK_PHYS;
	return choose_heaps(self);
}

static int allocate_from(struct imxd_instance const *self, size_t size, uintptr_t mask)
{
	struct imxd_ion_allocation data = {.length = size, .heap_mask = (uint32_t)mask, .flags = self->heap_flags};
	int result = imxd_sys_ioctl(self->fd, IMXD_ION_ALLOCATE, &data);

	return (result < 0) ? result : imxd_claim_dmabuf((int)data.fd);
}

static int allocate(struct imxd_instance *self, size_t size, struct imxd_block *block)
{
	int fd = allocate_from(self, size, self->state[HEAPS]);

	if (fd == -ENOMEM && self->state[FURTHER_HEAPS] != 0)
		fd = allocate_from(self, size, self->state[FURTHER_HEAPS]);
	block->size = size;
	block->fd = (fd < 0) ? -1 : fd;
	return (fd < 0) ? imxd_fail_allocation(-fd, self->node, size) : 0;
}

struct imxd_backend const imxd_ion_backend = {
	.name = "ion",
	.description = "ION of NXP's kernels up to 5.10",
	.open = open_ion,
	.allocate = allocate,
};
