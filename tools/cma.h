/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CMA areas, from /sys/kernel/debug/cma (mm/cma_debug.c), /sys/kernel/mm/cma (mm/cma_sysfs.c) and /proc/meminfo of
 * Linux 6.1. The first one is for root only, and debugfs must be mounted.
 */
#ifndef TOOLS_CMA_H
#define TOOLS_CMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* MAX_CMA_AREAS of Linux 6.1 is 20 at most, of 6.12 21. */
#define CMA_AREAS 32

/* Addresses and sizes are bytes. */
struct cma_area {
	char name[64];
	/* Its directory in debugfs, "" without one. */
	char directory[64];
	/* Since Linux 6.15, an area can consist of several ranges. They are not read. */
	bool has_ranges;
	/* 0: unknown. */
	uint64_t size;
	/* From debugfs; without it, bitmap is NULL. One bit for each `granule` bytes from `base` on: is it used? */
	uint64_t base, granule, bits;
	uint32_t *bitmap;
	/* Of the bitmap. */
	uint64_t free, largest, largest_at, runs;
	/* Pages since boot, from sysfs. */
	bool has_counters;
	uint64_t allocated_pages, failed_pages;
};

struct cma {
	struct cma_area areas[CMA_AREAS];
	size_t count;
	/* Of all areas, from /proc/meminfo. has_total: the kernel has CMA. */
	bool has_total;
	uint64_t total, free;
	/* Why there are no bitmaps: an errno code; 0: there are some. */
	int error;
};

/* Read all that can be read. */
void cma_read(struct cma *cma);

void cma_free(struct cma *cma);

/*
 * Return how many buffers of this size the area can still give. alignment: a power of two; 0: as the CMA heap aligns,
 * that is to the next power of two, but to 1 MiB at most (CONFIG_CMA_ALIGNMENT=8). The area must have a bitmap. The
 * result is what the allocated pages permit: the kernel can also fail to move pages that it has lent to others.
 */
uint64_t cma_fit(struct cma_area const *area, uint64_t size, uint64_t alignment);

/* How many of the bits in [first, first + count) are set? */
uint64_t cma_used(struct cma_area const *area, uint64_t first, uint64_t count);

#endif /* TOOLS_CMA_H */
