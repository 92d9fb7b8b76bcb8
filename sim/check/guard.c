/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/guard.h"

#include <sys/mman.h>

#include "kernel/real.h"

static void set(struct sim_mapping *mapping, bool guarded)
{
	if (mapping->is_guarded == guarded && !mapping->has_holes)
		return;
	real()->mprotect((void *)mapping->start, mapping->end - mapping->start, guarded ? PROT_NONE : mapping->protection);
	mapping->is_guarded = guarded;
	mapping->has_holes = false;
}

void sim_guard_set(struct sim_memory *memory, bool guarded)
{
	for (struct sim_mapping *mapping = NULL; (mapping = sim_mapping_next(memory, mapping));)
		if (mapping->dmabuf)
			set(mapping, guarded);
}

void sim_guard_open_page(struct sim_mapping *mapping, uintptr_t address)
{
	uintptr_t page = address & ~(uintptr_t)(sim_page_size() - 1);

	real()->mprotect((void *)page, sim_page_size(), mapping->protection);
	mapping->has_holes = true;
}

void sim_guard_lift(uintptr_t start, uintptr_t end)
{
	struct sim_mapping *mapping;

	for (uintptr_t page = start; page < end; page += sim_page_size()) {
		mapping = sim_mapping_find(page);
		if (mapping)
			set(mapping, false);
	}
}
