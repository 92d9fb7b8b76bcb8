/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "check/guard.h"

static _Thread_local unsigned int library_calls;

void sim_watch_enter_library(void)
{
	library_calls++;
}

void sim_watch_leave_library(void)
{
	library_calls--;
}

bool sim_watch_is_told(void)
{
	return library_calls > 0;
}

/* Not all of the library's functions are told. */
bool sim_watch_in_library(void)
{
	struct sim_place place;

	if (library_calls > 0)
		return true;
	sim_place_take(&place, NULL);
	return sim_place_is_in_library(&place);
}

struct sim_watch *sim_watch_of(struct sim_memory *memory)
{
	struct sim_watch *watch;

	if (!memory || !memory->header)
		return NULL;
	if (!memory->watch)
		memory->watch = calloc(1, sizeof(*watch));
	watch = memory->watch;
	if (!watch)
		return NULL;
	if (watch->subject.size == 0)
		watch->is_new = true;
	watch->subject.size = memory->size;
	watch->subject.address = memory->layout.address;
	snprintf(watch->subject.name, sizeof(watch->subject.name), "%s", memory->header->name);
	snprintf(watch->subject.heap, sizeof(watch->subject.heap), "%s", memory->header->heap);
	return watch;
}

void sim_watch_note(struct sim_watch *watch, char const *call)
{
	if (!watch)
		return;
	watch->subject.call = call;
	sim_place_take(&watch->subject.called_at, NULL);
}

void sim_watch_guard(struct sim_memory *memory, struct sim_watch const *watch)
{
	if (sim_findings_trace() && memory->header->cached)
		sim_guard_set(memory, watch->sessions == 0 && !watch->is_unguarded);
}

void sim_watch_found(struct sim_watch const *watch, enum sim_kind_of_finding kind, struct sim_lines const *lines)
{
	sim_finding_add(&(struct sim_found){.kind = kind, .subject = &watch->subject, .lines = lines});
}

void sim_watch_report_suspect(struct sim_watch *watch)
{
	if (!watch->is_suspect)
		return;
	watch->is_suspect = false;
	sim_finding_add(&(struct sim_found){.kind = SIM_CPU_OUTSIDE,
		.subject = &watch->subject,
		.lines = &watch->suspect_lines,
		.place = &watch->suspect,
		.traced = true});
}
