/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU's and the device's view of cached memory. The program's mappings are the CPU's view, so the simulator does
 * not see writes as they happen: a line is dirty if it differs from its content when both views were last made equal.
 *
 * A new page has state 0. The device's view of it is SIM_GARBAGE, which occupies no memory, so that large buffers cost
 * nothing. Pages that the CPU never touched are not read, because reading a hole of a memfd fills it.
 */
#include "kernel/coherency.h"

#include <string.h>
#include <sys/mman.h>

#include "kernel/constants.h"
#include "kernel/observer.h"

/* States of a page. */
#define STORED 1 /* the device's view and the copy of the CPU's view are stored */
#define UNTOUCHED 2 /* both were zeros, and neither they nor the CPU's page had been touched */
#define DEVICE_WROTE 4 /* the device wrote since the last invalidation of the whole page */

struct page {
	uint8_t *cpu, *device, *copy, *state;
	bool resident; /* the CPU's page may contain other bytes than zeros */
	size_t begin, end; /* the range to work on, within the page */
	uint64_t offset; /* of the page in the memory */
	struct sim_lines *events; /* by enum sim_line_event; NULL: nobody wants to know */
};

static bool is_cached(struct sim_memory const *memory)
{
	return memory->header && memory->header->cached;
}

/* The result of mincore() for several pages. Pages count as resident if it fails. */
struct residency {
	unsigned char pages[4096];
	size_t first, count; /* in pages */
};

static bool is_resident(struct sim_memory *memory, size_t page, struct residency *known)
{
	size_t page_size = sim_page_size(), count = (size_t)memory->size / page_size - page;

	/* A file system on a disk may drop pages after writing them. */
	if (memory->in_file)
		return true;
	if (page < known->first || page - known->first >= known->count) {
		known->first = page;
		known->count = (count < sizeof(known->pages)) ? count : sizeof(known->pages);
		if (mincore(memory->view + page * page_size, known->count * page_size, known->pages) < 0)
			memset(known->pages, 1, known->count);
	}
	return known->pages[page - known->first] & 1;
}

static struct page get_page(struct sim_memory *memory, uint64_t offset, uint64_t end)
{
	size_t page_size = sim_page_size(), size = (size_t)memory->size;
	size_t base = (size_t)offset - (size_t)offset % page_size;

	return (struct page){
		.cpu = memory->view + base,
		.device = memory->view + size + base,
		.copy = memory->view + 2 * size + base,
		.state = memory->view + 3 * size + base / page_size,
		.begin = (size_t)offset - base,
		.end = (end - base < page_size) ? (size_t)(end - base) : page_size,
		.offset = base,
	};
}

static bool consists_of(uint8_t const *line, uint8_t value)
{
	return line[0] == value && memcmp(line, line + 1, SIM_LINE_SIZE - 1) == 0;
}

/* The kernel's zeros in a new page are dirty as well, but the program has not written them. */
static bool is_written(struct page const *page, size_t line)
{
	return memcmp(page->cpu + line, page->copy + line, SIM_LINE_SIZE) != 0 &&
		!(consists_of(page->cpu + line, 0) && consists_of(page->copy + line, SIM_GARBAGE));
}

/* Are there bytes of a device that the CPU did not write? */
static bool is_shared(struct page const *page, size_t line)
{
	for (size_t i = line; i < line + SIM_LINE_SIZE; i++)
		if (page->device[i] != page->copy[i] && page->cpu[i] == page->copy[i])
			return true;
	return false;
}

/* Are all bytes that the CPU wrote outside of the range? */
static bool is_beside(struct page const *page, size_t line)
{
	for (size_t i = line; i < line + SIM_LINE_SIZE; i++)
		if (page->cpu[i] != page->copy[i] && i >= page->begin && i < page->end)
			return false;
	return true;
}

static void add_line(struct sim_lines *lines, uint64_t offset)
{
	if (lines->count == 0 || offset < lines->begin)
		lines->begin = offset;
	if (lines->count == 0 || offset + SIM_LINE_SIZE > lines->end)
		lines->end = offset + SIM_LINE_SIZE;
	lines->count++;
}

static void note(struct page const *page, enum sim_line_event event, size_t line)
{
	if (page->events)
		add_line(&page->events[event], page->offset + line);
}

static void tell(struct sim_memory *memory, struct sim_lines const *events)
{
	for (unsigned int event = 0; sim_observer && event < SIM_LINE_EVENTS; event++)
		if (events[event].count > 0)
			sim_observer->lines(memory, (enum sim_line_event)event, &events[event]);
}

/* The CPU's zeros differ from SIM_GARBAGE, so all lines of a new page are dirty. */
static void store(struct page *page)
{
	if (*page->state & STORED)
		return;
	memset(page->device, SIM_GARBAGE, sim_page_size());
	memset(page->copy, SIM_GARBAGE, sim_page_size());
	*page->state |= STORED;
}

static void clean_page(struct page *page)
{
	if (!page->resident && (*page->state & UNTOUCHED))
		return;
	if (!page->resident && *page->state == 0 && page->end - page->begin == sim_page_size()) {
		*page->state = STORED | UNTOUCHED;
		return;
	}
	store(page);
	for (size_t line = page->begin; line < page->end; line += SIM_LINE_SIZE)
		if (memcmp(page->cpu + line, page->copy + line, SIM_LINE_SIZE) != 0) {
			if (page->events && is_shared(page, line))
				note(page, SIM_LINES_SHARED, line);
			memcpy(page->device + line, page->cpu + line, SIM_LINE_SIZE);
			memcpy(page->copy + line, page->cpu + line, SIM_LINE_SIZE);
		}
}

static void invalidate_page(struct page *page)
{
	if (!page->resident && (*page->state & (UNTOUCHED | DEVICE_WROTE)) == UNTOUCHED)
		return;
	store(page);
	if (page->end - page->begin == sim_page_size())
		*page->state &= ~DEVICE_WROTE;
	for (size_t line = page->begin; line < page->end; line += SIM_LINE_SIZE) {
		if (page->events && is_written(page, line))
			note(page, SIM_LINES_DISCARDED, line);
		/* Equal lines are not written: a thread may be reading them. */
		if (memcmp(page->cpu + line, page->device + line, SIM_LINE_SIZE) != 0)
			memcpy(page->cpu + line, page->device + line, SIM_LINE_SIZE);
		if (memcmp(page->copy + line, page->device + line, SIM_LINE_SIZE) != 0)
			memcpy(page->copy + line, page->device + line, SIM_LINE_SIZE);
	}
}

/* Cache maintenance works on whole lines. */
static void walk(struct sim_memory *memory, uint64_t offset, uint64_t length, struct residency *known,
	void (*work)(struct page *page))
{
	struct sim_lines events[SIM_LINE_EVENTS] = {{.count = 0}};
	uint64_t end;

	if (!is_cached(memory) || offset >= memory->size || length == 0)
		return;
	end = (length > memory->size - offset) ? memory->size : sim_round_up(offset + length, SIM_LINE_SIZE);
	offset -= offset % SIM_LINE_SIZE;
	while (offset < end) {
		struct page page = get_page(memory, offset, end);

		page.resident = is_resident(memory, (size_t)offset / sim_page_size(), known);
		page.events = sim_observer ? events : NULL;
		work(&page);
		offset += page.end - page.begin;
	}
	tell(memory, events);
}

void sim_clean(struct sim_memory *memory, uint64_t offset, uint64_t length)
{
	struct residency known = {.count = 0};

	walk(memory, offset, length, &known, clean_page);
}

void sim_invalidate(struct sim_memory *memory, uint64_t offset, uint64_t length)
{
	struct residency known = {.count = 0};

	walk(memory, offset, length, &known, invalidate_page);
}

/* During a series of instructions the program does not touch the memory: one call of mincore() is enough. */
static struct residency of_series;
static struct sim_memory const *memory_of_series;

void sim_maintain_line(struct sim_memory *memory, uint64_t offset, uint64_t length, bool invalidate)
{
	if (memory != memory_of_series)
		sim_end_of_lines();
	memory_of_series = memory;
	walk(memory, offset, length, &of_series, clean_page);
	if (invalidate)
		walk(memory, offset, length, &of_series, invalidate_page);
}

void sim_end_of_lines(void)
{
	of_series.count = 0;
	memory_of_series = NULL;
}

static void add_digest(struct sim_lines *lines, uint8_t const *line)
{
	uint64_t word;

	for (size_t i = 0; i < SIM_LINE_SIZE; i += sizeof(word)) {
		memcpy(&word, line + i, sizeof(word));
		lines->digest = (lines->digest ^ word) * 1099511628211u;
	}
}

/* Nobody can have written to a page that is not resident. */
static void count_written(struct page *page)
{
	if (!page->resident)
		return;
	store(page);
	for (size_t line = page->begin; line < page->end; line += SIM_LINE_SIZE)
		if (is_written(page, line)) {
			add_line(page->events, page->offset + line);
			add_digest(page->events, page->cpu + line);
		}
}

void sim_written(struct sim_memory *memory, uint64_t offset, uint64_t length, struct sim_lines *lines)
{
	struct residency known = {.count = 0};
	uint64_t end = offset + length;

	*lines = (struct sim_lines){.count = 0};
	while (is_cached(memory) && offset < end && offset < memory->size) {
		struct page page = get_page(memory, offset, end);

		page.resident = is_resident(memory, (size_t)offset / sim_page_size(), &known);
		page.begin -= page.begin % SIM_LINE_SIZE;
		page.events = lines;
		count_written(&page);
		offset = page.offset + page.end;
	}
}

void sim_stale(struct sim_memory *memory, uint64_t offset, uint64_t length, struct sim_lines *lines)
{
	uint64_t end = offset + length;

	*lines = (struct sim_lines){.count = 0};
	while (is_cached(memory) && offset < end && offset < memory->size) {
		struct page page = get_page(memory, offset, end);

		if ((*page.state & STORED) && (*page.state & DEVICE_WROTE))
			for (size_t line = page.begin - page.begin % SIM_LINE_SIZE; line < page.end; line += SIM_LINE_SIZE)
				if (memcmp(page.device + line, page.copy + line, SIM_LINE_SIZE) != 0)
					add_line(lines, page.offset + line);
		offset = page.offset + page.end;
	}
}

bool sim_is_stale(struct sim_memory *memory, uint64_t offset)
{
	struct sim_lines lines;

	sim_stale(memory, offset, 1, &lines);
	return lines.count > 0;
}

static void copy(uint8_t *memory, void *data, size_t length, bool write)
{
	if (write)
		memcpy(memory, data, length);
	else
		memcpy(data, memory, length);
}

static void note_access(struct page *page, bool write)
{
	for (size_t line = page->begin - page->begin % SIM_LINE_SIZE; line < page->end; line += SIM_LINE_SIZE)
		if (is_written(page, line) && !write)
			note(page, SIM_LINES_NOT_SEEN, line);
		else if (is_written(page, line))
			note(page, is_beside(page, line) ? SIM_LINES_SHARED : SIM_LINES_AT_RISK, line);
}

static void access_page(struct page *page, void *data, bool write)
{
	size_t length = page->end - page->begin;

	if (page->events && page->resident) {
		store(page);
		note_access(page, write);
	}
	if (!write && *page->state == 0) {
		memset(data, SIM_GARBAGE, length);
		return;
	}
	store(page);
	copy(page->device + page->begin, data, length, write);
	if (write)
		*page->state |= DEVICE_WROTE;
}

bool sim_device_access(struct sim_memory *memory, uint64_t offset, void *data, size_t length, bool write)
{
	uint64_t size = memory->header ? memory->size : memory->view_size;
	uint64_t end = offset + length;
	struct sim_lines events[SIM_LINE_EVENTS] = {{.count = 0}};
	struct residency known = {.count = 0};

	if (!memory->view || offset > size || length > size - offset)
		return false;
	if (!is_cached(memory))
		copy(memory->view + offset, data, length, write);
	while (is_cached(memory) && offset < end) {
		struct page page = get_page(memory, offset, end);

		page.resident = sim_observer && is_resident(memory, (size_t)offset / sim_page_size(), &known);
		page.events = sim_observer ? events : NULL;
		access_page(&page, data, write);
		offset += page.end - page.begin;
		data = (uint8_t *)data + (page.end - page.begin);
	}
	tell(memory, events);
	if (memory->header)
		memory->header->accessed++;
	if (sim_observer)
		sim_observer->accessed(memory, write);
	return true;
}
