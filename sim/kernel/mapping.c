/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/mapping.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "kernel/real.h"
#include "kernel/settings.h"

static struct sim_mapping *mappings;

void sim_mapping_add(struct sim_mapping const *mapping)
{
	struct sim_mapping *copy = malloc(sizeof(*copy));

	sim_mapping_cut(mapping->start, mapping->end);
	if (!copy)
		return;
	*copy = *mapping;
	copy->next = mappings;
	mappings = copy;
}

/* A cut in the middle leaves a second mapping after the cut. */
static void keep_rest(struct sim_mapping const *mapping, uintptr_t end)
{
	struct sim_mapping *rest = malloc(sizeof(*rest));

	if (!rest)
		return;
	*rest = *mapping;
	rest->start = end;
	rest->offset += end - mapping->start;
	rest->next = mappings;
	mappings = rest;
}

bool sim_mapping_cut(uintptr_t start, uintptr_t end)
{
	struct sim_mapping **place = &mappings;
	bool found = false;

	while (*place) {
		struct sim_mapping *mapping = *place;

		if (mapping->start >= end || mapping->end <= start) {
			place = &mapping->next;
			continue;
		}
		found = true;
		if (mapping->end > end)
			keep_rest(mapping, end);
		if (mapping->start < start) {
			mapping->end = start;
			place = &mapping->next;
			continue;
		}
		/* keep_rest() may have inserted a new first entry. */
		for (place = &mappings; *place != mapping;)
			place = &(*place)->next;
		*place = mapping->next;
		free(mapping);
	}
	return found;
}

bool sim_mapping_overlaps(uintptr_t start, uintptr_t end)
{
	struct sim_mapping const *mapping = mappings;

	while (mapping && (mapping->start >= end || mapping->end <= start))
		mapping = mapping->next;
	return mapping != NULL;
}

struct sim_mapping *sim_mapping_find(uintptr_t address)
{
	struct sim_mapping *mapping = mappings;

	while (mapping && (mapping->start > address || mapping->end <= address))
		mapping = mapping->next;
	return mapping;
}

struct sim_mapping *sim_mapping_next(struct sim_memory const *memory, struct sim_mapping const *mapping)
{
	struct sim_mapping *next = mapping ? mapping->next : mappings;

	while (next && (next->inode != memory->inode || next->device != memory->device))
		next = next->next;
	return next;
}

/* A mapping in the range that has another protection. */
static struct sim_mapping const *find_other(uintptr_t start, uintptr_t end, int protection)
{
	struct sim_mapping const *mapping = mappings;

	while (mapping && (mapping->start >= end || mapping->end <= start || mapping->protection == protection))
		mapping = mapping->next;
	return mapping;
}

void sim_mapping_protect(uintptr_t start, uintptr_t end, int protection)
{
	struct sim_mapping const *mapping;

	while ((mapping = find_other(start, end, protection))) {
		struct sim_mapping part = *mapping;

		part.start = (start > part.start) ? start : part.start;
		part.end = (end < part.end) ? end : part.end;
		part.offset += part.start - mapping->start;
		part.protection = protection;
		sim_mapping_add(&part);
	}
}

void sim_mapping_move(uintptr_t start, uintptr_t end, uintptr_t to, size_t length)
{
	struct sim_mapping const *mapping = sim_mapping_find(start);
	struct sim_mapping moved;

	if (!mapping)
		return;
	moved = *mapping;
	moved.offset += start - mapping->start;
	moved.start = to;
	moved.end = to + length;
	sim_mapping_cut(start, end);
	sim_mapping_add(&moved);
}

unsigned int sim_mapping_of_slice(struct sim_memory const *memory, uint64_t slice)
{
	unsigned int count = 0;

	for (struct sim_mapping const *mapping = NULL; (mapping = sim_mapping_next(memory, mapping));)
		count += mapping->slice == slice;
	return count;
}

bool sim_mapping_of_file(uint64_t file)
{
	struct sim_mapping const *mapping = mappings;

	while (mapping && mapping->file != file)
		mapping = mapping->next;
	return mapping != NULL;
}

/* The address is a hint: another thread may map there first. */
void *sim_mapping_place(void *address, size_t length)
{
	size_t size = length + 2 * (size_t)SIM_MAPPING_UNIT;
	uintptr_t start;
	void *room;

	if (address || !sim_settings.places_mappings || size < length)
		return address;
	room = real()->mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED)
		return NULL;
	real()->munmap(room, size);
	start = (uintptr_t)sim_round_up((uintptr_t)room, SIM_MAPPING_UNIT);
	return (void *)(start + (uintptr_t)sim_settings.mapping_offset);
}

/* Here, mappings of huge files begin at any page. So the offset in the file decides. */
static bool splits(struct sim_mapping const *mapping, uintptr_t address)
{
	return address > mapping->start && address < mapping->end &&
		(mapping->offset + (address - mapping->start)) % SIM_HUGE_PAGE != 0;
}

bool sim_mapping_splits_huge(uintptr_t start, uintptr_t end)
{
	for (struct sim_mapping const *mapping = mappings; mapping; mapping = mapping->next)
		if (mapping->huge && (splits(mapping, start) || splits(mapping, end)))
			return true;
	return false;
}
