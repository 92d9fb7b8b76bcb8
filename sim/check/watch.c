/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/guard.h"
#include "kernel/coherency.h"
#include "kernel/constants.h"
#include "kernel/enter.h"
#include "kernel/life.h"
#include "kernel/observer.h"

/* Memory that is gone: devices may still have its address. */
static struct sim_subject freed[64];
static unsigned int next_freed;

/* Allocated by this process; a forked child counts anew. */
static unsigned long buffers, cached_buffers;
static pid_t counting_process;

static _Thread_local unsigned int library_calls;

void sim_watch_enter_library(void)
{
	library_calls++;
}

void sim_watch_leave_library(void)
{
	library_calls--;
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

/* The CPU may access the memory during sessions only. */
static void guard(struct sim_memory *memory, struct sim_watch const *watch)
{
	if (sim_findings_trace() && memory->header->cached)
		sim_guard_set(memory, watch->sessions == 0 && !watch->is_unguarded);
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

static void found(struct sim_watch const *watch, enum sim_kind_of_finding kind, struct sim_lines const *lines)
{
	sim_finding_add(&(struct sim_found){.kind = kind, .subject = &watch->subject, .lines = lines});
}

/* An access that no later call has excused. */
static void report_suspect(struct sim_watch *watch)
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

/* Is all that the CPU has written what the last session left? */
static bool is_left(struct sim_memory *memory, struct sim_watch const *watch)
{
	struct sim_lines lines;

	if (watch->left.count == 0)
		return false;
	sim_written(memory, 0, memory->size, &lines);
	return lines.count == watch->left.count && lines.digest == watch->left.digest;
}

/* Has the CPU written without a session? */
static void check_outside(struct sim_memory *memory, struct sim_watch *watch, uint64_t offset, uint64_t length)
{
	struct sim_lines lines;

	if (watch->is_suspect) {
		report_suspect(watch);
		return;
	}
	if (watch->sessions > 0)
		return;
	sim_written(memory, offset, length, &lines);
	if (lines.count > 0 && !is_left(memory, watch))
		found(watch, SIM_CPU_WROTE_OUTSIDE, &lines);
}

void sim_watch_starts(struct sim_memory *memory, uint64_t offset, uint64_t length, bool overwrites)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	check_outside(memory, watch, offset, length);
	watch->sessions++;
	watch->overwrites |= overwrites;
	sim_watch_note(watch, "the start of a session");
	guard(memory, watch);
}

void sim_watch_started(struct sim_memory *memory, uint64_t offset, uint64_t length, bool overwrites)
{
	struct sim_watch *watch = sim_watch_of(memory);
	struct sim_lines lines;

	if (!watch || overwrites)
		return;
	sim_stale(memory, offset, length, &lines);
	if (lines.count > 0)
		found(watch, SIM_SESSION_INEFFECTIVE, &lines);
}

/* Nothing was written, neither before by a device nor now by the CPU: no cache needed maintenance. */
static void check_need(struct sim_memory *memory, struct sim_watch *watch, uint64_t offset, uint64_t length)
{
	struct sim_lines lines;

	/* The session around this one may have needed it. */
	if (watch->sessions > 1)
		return;
	sim_written(memory, offset, length, &lines);
	if (!watch->was_used && !watch->is_new && memory->header->cached && lines.count == 0)
		found(watch, SIM_SESSION_NEEDLESS, NULL);
	watch->was_used = false;
	watch->is_new = false;
}

void sim_watch_stops(struct sim_memory *memory, uint64_t offset, uint64_t length)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	check_need(memory, watch, offset, length);
	sim_watch_note(watch, "the end of a session");
}

void sim_watch_stopped(struct sim_memory *memory)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	if (watch->sessions > 0)
		watch->sessions--;
	if (watch->sessions == 0) {
		watch->overwrites = false;
		sim_written(memory, 0, memory->size, &watch->left);
	}
	guard(memory, watch);
}

void sim_watch_unmaps(struct sim_memory *memory, uint64_t offset, uint64_t length)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	check_outside(memory, watch, offset, length);
	sim_watch_note(watch, "the last unmap");
}

void sim_watch_ranges(struct sim_memory *memory)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	watch->is_suspect = false;
	watch->is_unguarded = true;
	watch->was_used = true;
	sim_watch_note(watch, "the handover of a range");
	guard(memory, watch);
}

static void created(struct sim_memory *memory)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	sim_watch_note(watch, "the allocation");
	watch->origin = watch->subject.called_at;
	watch->maker = getpid();
	if (counting_process != getpid())
		buffers = cached_buffers = 0;
	counting_process = getpid();
	buffers++;
	cached_buffers += memory->header->cached;
}

static void removed(struct sim_memory *memory)
{
	struct sim_watch *watch = memory->watch;

	if (!watch)
		return;
	if (watch->maker == getpid() && (memory->header->readers > 0 || memory->header->writers > 0))
		sim_finding_add(&(struct sim_found){
			.kind = SIM_FREED_IN_USE, .subject = &watch->subject, .place = &watch->subject.called_at});
	freed[next_freed++ % (sizeof(freed) / sizeof(freed[0]))] = watch->subject;
	free(watch);
	memory->watch = NULL;
}

static void mapped(struct sim_memory *memory)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	if (!sim_watch_in_library())
		sim_watch_note(watch, "mmap()");
	guard(memory, watch);
}

static void unmapped(struct sim_memory *memory)
{
	if (!sim_watch_in_library())
		sim_watch_unmaps(memory, 0, memory->size);
}

static void lines_found(struct sim_memory *memory, enum sim_line_event event, struct sim_lines const *lines)
{
	static enum sim_kind_of_finding const kinds[SIM_LINE_EVENTS] = {
		[SIM_LINES_NOT_SEEN] = SIM_DEVICE_READ_OLD,
		[SIM_LINES_AT_RISK] = SIM_DEVICE_WRITE_LOST,
		[SIM_LINES_SHARED] = SIM_LINE_SHARED,
		[SIM_LINES_DISCARDED] = SIM_CPU_WRITE_LOST,
	};
	struct sim_watch *watch = sim_watch_of(memory);

	/* What is overwritten may be lost. What a session's start discards was found before it. */
	if (!watch || (event == SIM_LINES_SHARED && watch->overwrites) ||
		(event == SIM_LINES_DISCARDED && watch->sessions > 0))
		return;
	found(watch, kinds[event], lines);
}

static void accessed(struct sim_memory *memory, bool write)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	watch->was_used = true;
	sim_watch_note(watch, write ? "a device wrote" : "a device read");
}

/* The newest memory that was at this address. */
static void missed(uint64_t address, uint64_t length, bool write)
{
	unsigned int const size = sizeof(freed) / sizeof(freed[0]);
	struct sim_lines lines = {.count = 0};

	for (unsigned int i = next_freed; i > 0 && next_freed - i < size; i--) {
		struct sim_subject const *subject = &freed[(i - 1) % size];

		if (address >= subject->address + subject->size || address + length <= subject->address)
			continue;
		lines.begin = (address > subject->address) ? address - subject->address : 0;
		lines.end = address + length - subject->address;
		lines.count = (lines.end - lines.begin + SIM_LINE_SIZE - 1) / SIM_LINE_SIZE;
		sim_finding_add(&(struct sim_found){.kind = SIM_USED_AFTER_FREE,
			.subject = subject,
			.lines = &lines,
			.detail = write ? "a device wrote" : "a device read"});
		return;
	}
}

/* The library's sessions are told by its own functions: it makes several calls for one session, or none. */
static void syncs(struct sim_memory *memory, bool begins, bool overwrites)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch || sim_watch_in_library())
		return;
	if (begins) {
		sim_watch_starts(memory, 0, memory->size, overwrites);
		return;
	}
	if (watch->sessions == 0)
		found(watch, SIM_SESSION_NOT_STARTED, NULL);
	sim_watch_stops(memory, 0, memory->size);
}

static void synced(struct sim_memory *memory, bool begins, bool overwrites)
{
	if (!memory->watch || sim_watch_in_library())
		return;
	if (begins)
		sim_watch_started(memory, 0, memory->size, overwrites);
	else
		sim_watch_stopped(memory);
}

static void misused(char const *text)
{
	sim_finding_add(&(struct sim_found){.kind = SIM_MISUSED, .detail = text});
}

static struct sim_observer const observer = {
	.created = created,
	.removed = removed,
	.mapped = mapped,
	.unmapped = unmapped,
	.lines = lines_found,
	.accessed = accessed,
	.missed = missed,
	.syncs = syncs,
	.synced = synced,
	.misused = misused,
	.unlocked = sim_findings_write,
};

void sim_watch_start(char const *path, bool trace)
{
	sim_place_prepare();
	sim_lock();
	sim_findings_start(path, trace);
	sim_observer = &observer;
	sim_unlock();
}

bool sim_watch_is_on(void)
{
	return sim_observer != NULL;
}

/* Descriptors, mappings and blocks keep memory alive. */
static void report_leak(struct sim_memory *memory)
{
	struct sim_watch *watch = sim_watch_of(memory);
	char text[128];

	if (!watch || watch->maker != getpid())
		return;
	snprintf(text, sizeof(text), "%u descriptors and mappings, %u blocks, %u open sessions", memory->references,
		memory->holds, watch->sessions);
	sim_finding_add(&(struct sim_found){
		.kind = SIM_LEAKED, .subject = &watch->subject, .place = &watch->origin, .detail = text});
}

void sim_watch_end(void)
{
	sim_lock();
	sim_sweep_now();
	for (struct sim_memory *memory = sim_memories(); memory; memory = memory->next) {
		if (memory->watch)
			report_suspect(memory->watch);
		report_leak(memory);
	}
	sim_unlock();
	sim_findings_end(buffers, cached_buffers);
}
