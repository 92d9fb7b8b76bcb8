/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cma.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "output.h"

#define DEBUGFS "/sys/kernel/debug/cma"
#define SYSFS "/sys/kernel/mm/cma"

#define OLD_PREFIX "cma-"
#define OLD_LENGTH 15

/* CONFIG_CMA_ALIGNMENT: the heap aligns to so many pages at most, as a power of two. 8 is the default. */
#define MAX_ORDER 8

/* Of any machine: sums of bytes do not overflow. */
#define MAX_PAGES (UINT64_C(1) << 40)

static uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool is_used(struct cma_area const *area, uint64_t bit)
{
	return area->bitmap[bit / 32] >> (bit % 32) & 1;
}

static void measure_runs(struct cma_area *area)
{
	uint64_t run = 0;

	area->free = area->largest = area->runs = 0;
	for (uint64_t bit = 0; bit < area->bits; bit++) {
		if (is_used(area, bit)) {
			run = 0;
			continue;
		}
		area->runs += run++ == 0;
		area->free += area->granule;
		if (run * area->granule > area->largest) {
			area->largest = run * area->granule;
			area->largest_at = (bit + 1 - run) * area->granule;
		}
	}
}

/* Parse the words of a bitmap, decimal numbers of 32 bits. Returns false if there are fewer than the bits need. */
static bool parse_bitmap(struct cma_area *area, char const *text)
{
	uint64_t words = area->bits / 32 + (area->bits % 32 != 0);

	/* Each word has one digit at least. */
	if (words > strlen(text))
		return false;
	area->bitmap = calloc((size_t)words + 1, sizeof(*area->bitmap));
	for (uint64_t i = 0; area->bitmap && i < words; i++) {
		char *end;

		area->bitmap[i] = (uint32_t)strtoul(text, &end, 10);
		if (end == text) {
			free(area->bitmap);
			area->bitmap = NULL;
		}
		text = end;
	}
	return area->bitmap != NULL;
}

static void read_bitmap(struct cma_area *area, char const *directory)
{
	uint64_t base, pages, order;
	char *text;

	snprintf(area->directory, sizeof(area->directory), "%s", directory);
	output_printable(area->directory);
	if (files_read_number(&pages, DEBUGFS "/%s/count", directory) != 0 || pages > MAX_PAGES)
		return;
	area->size = pages * page_size();
	/* The file "bitmap" is that of the first range then. */
	area->has_ranges = files_exist(DEBUGFS "/%s/ranges/1", directory);
	if (area->has_ranges || files_read_number(&base, DEBUGFS "/%s/base_pfn", directory) != 0 || base > MAX_PAGES ||
		files_read_number(&order, DEBUGFS "/%s/order_per_bit", directory) != 0 || order > 31)
		return;
	text = files_read_all(DEBUGFS "/%s/bitmap", directory);
	area->base = base * page_size();
	area->granule = page_size() << order;
	area->bits = pages >> order;
	if (text && parse_bitmap(area, text))
		measure_runs(area);
	free(text);
}

/*
 * Return the area with this name, a new one if needed, or NULL if there are too many. is_cut: only the beginning of the
 * name is known.
 */
static struct cma_area *find(struct cma *cma, char const *name, bool is_cut)
{
	struct cma_area *area;

	for (size_t i = 0; i < cma->count; i++)
		if (strncmp(cma->areas[i].name, name, is_cut ? strlen(name) : sizeof(area->name)) == 0)
			return &cma->areas[i];
	if (cma->count >= CMA_AREAS)
		return NULL;
	area = &cma->areas[cma->count++];
	snprintf(area->name, sizeof(area->name), "%s", name);
	return area;
}

static void read_counters(struct cma_area *area, char const *directory)
{
	uint64_t pages;

	area->has_counters = files_read_number(&area->allocated_pages, SYSFS "/%s/alloc_pages_success", directory) == 0 &&
		files_read_number(&area->failed_pages, SYSFS "/%s/alloc_pages_fail", directory) == 0;
	/* Since Linux 6.14. */
	if (area->size == 0 && files_read_number(&pages, SYSFS "/%s/total_pages", directory) == 0)
		area->size = pages * page_size();
}

/* Call a function for each directory of one of the two places. Returns 0, or an errno code. */
static int for_each_area(struct cma *cma, char const *place, void (*read)(struct cma_area *area, char const *directory))
{
	char path[FILES_PATH], name[64];
	struct dirent const *entry;
	DIR *directory = (files_path(path, "%s", place) == 0) ? opendir(path) : NULL;

	if (!directory)
		return errno;
	while ((entry = readdir(directory))) {
		/* Kernels before 5.19 begin the names in debugfs so, and cut them. */
		bool is_old = strncmp(entry->d_name, OLD_PREFIX, sizeof(OLD_PREFIX) - 1) == 0;
		struct cma_area *area;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s", entry->d_name + (is_old ? sizeof(OLD_PREFIX) - 1 : 0));
		output_printable(name);
		area = find(cma, name, is_old && strlen(entry->d_name) == OLD_LENGTH);
		if (area)
			read(area, entry->d_name);
	}
	closedir(directory);
	return 0;
}

/* Return the bytes of a line of /proc/meminfo. */
static bool read_meminfo(char const *text, char const *key, uint64_t *bytes)
{
	char const *line = strstr(text, key);

	if (!line || sscanf(line + strlen(key), " %" SCNu64 " kB", bytes) != 1)
		return false;
	*bytes *= 1024;
	return true;
}

static int by_name(void const *a, void const *b)
{
	return strcmp(((struct cma_area const *)a)->name, ((struct cma_area const *)b)->name);
}

void cma_read(struct cma *cma)
{
	char *text = files_read_all("/proc/meminfo");

	*cma = (struct cma){0};
	cma->has_total = text && read_meminfo(text, "\nCmaTotal:", &cma->total) &&
		read_meminfo(text, "\nCmaFree:", &cma->free) && cma->total > 0;
	free(text);
	/* sysfs has the whole names. */
	for_each_area(cma, SYSFS, read_counters);
	cma->error = for_each_area(cma, DEBUGFS, read_bitmap);
	qsort(cma->areas, cma->count, sizeof(cma->areas[0]), by_name);
}

void cma_free(struct cma *cma)
{
	for (size_t i = 0; i < cma->count; i++)
		free(cma->areas[i].bitmap);
	cma->count = 0;
}

uint64_t cma_used(struct cma_area const *area, uint64_t first, uint64_t count)
{
	uint64_t used = 0;

	for (uint64_t bit = first; bit < first + count && bit < area->bits; bit++)
		used += is_used(area, bit);
	return used;
}

/* Return the next place for `count` bits, as bitmap_find_next_zero_area_off() does; area->bits if there is none. */
static uint64_t find_place(struct cma_area const *area, uint64_t from, uint64_t count, uint64_t step, uint64_t offset)
{
	uint64_t place = from;

	for (;;) {
		uint64_t bit;

		place = (place + offset + step - 1) / step * step - offset;
		if (place > area->bits || count > area->bits - place)
			return area->bits;
		for (bit = place; bit < place + count && !is_used(area, bit); bit++)
			;
		if (bit == place + count)
			return place;
		place = bit + 1;
	}
}

static uint64_t heap_alignment(uint64_t size)
{
	uint64_t alignment = page_size();

	while (alignment < size && alignment < page_size() << MAX_ORDER)
		alignment *= 2;
	return alignment;
}

uint64_t cma_fit(struct cma_area const *area, uint64_t size, uint64_t alignment)
{
	uint64_t count, place = 0, buffers = 0;
	uint64_t step = (alignment ? alignment : heap_alignment(size)) / area->granule;

	count = size / area->granule + (size % area->granule != 0);
	if (step == 0)
		step = 1;
	/* The first place that fits: earlier ones do not fit the next buffer either. */
	while ((place = find_place(area, place, count, step, area->base / area->granule % step)) < area->bits) {
		place += count;
		buffers++;
	}
	return buffers;
}
