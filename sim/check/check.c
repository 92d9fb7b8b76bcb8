/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/session.h"
#include "check/watch.h"
#include "kernel/constants.h"
#include "kernel/enter.h"
#include "kernel/life.h"
#include "kernel/observer.h"

/* Memory that is gone: devices may still have its address. */
static struct sim_subject freed[64];
static unsigned int next_freed;

/* Of this process. */
static struct sim_finding_counts counts;
/* Other processes may hold the memory. */
static bool has_forked;

static void created(struct sim_memory *memory)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	sim_watch_note(watch, "the allocation");
	watch->origin = watch->subject.called_at;
	watch->maker = getpid();
	counts.buffers++;
	counts.cached += memory->header->cached;
}

static void removed(struct sim_memory *memory)
{
	struct sim_watch *watch = memory->watch;

	if (!watch)
		return;
	sim_watch_report_suspect(watch);
	if (watch->maker == getpid() && !has_forked && !memory->is_shared &&
		(memory->header->readers > 0 || memory->header->writers > 0))
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
	if (!sim_watch_in_library()) {
		sim_watch_note(watch, "mmap()");
	} else if (!sim_watch_is_told()) {
		/* The program calls functions that dlsym() found. Its sessions are not known. */
		watch->is_unguarded = true;
		counts.untold++;
	}
	sim_watch_guard(memory, watch);
}

static void unmapped(struct sim_memory *memory)
{
	if (!sim_watch_in_library())
		sim_session_unmaps(memory, 0, memory->size);
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

	/* OVERWRITE permits a session to lose device data. sim_session_starts() reports the data that a start discards. */
	if (!watch || (event == SIM_LINES_SHARED && watch->overwrites) ||
		(event == SIM_LINES_DISCARDED && watch->sessions > 0))
		return;
	sim_watch_found(watch, kinds[event], lines);
}

static void accessed(struct sim_memory *memory, bool write)
{
	struct sim_watch *watch = sim_watch_of(memory);

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
		sim_session_starts(memory, 0, memory->size, overwrites);
		return;
	}
	if (watch->sessions == 0)
		sim_watch_found(watch, SIM_SESSION_NOT_STARTED, NULL);
	sim_session_stops(memory, 0, memory->size);
}

static void synced(struct sim_memory *memory, bool begins, bool overwrites)
{
	if (!memory->watch || sim_watch_in_library())
		return;
	if (begins)
		sim_session_started(memory, 0, memory->size, overwrites);
	else
		sim_session_stopped(memory, 0, memory->size);
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

static void before_fork(void)
{
	has_forked = true;
}

/* The child begins without findings and without pending accesses: those of the parent stay with the parent. */
static void after_fork(void)
{
	sim_lock();
	counts = (struct sim_finding_counts){.buffers = 0};
	for (struct sim_memory *memory = sim_memories(); memory; memory = memory->next)
		if (memory->watch)
			((struct sim_watch *)memory->watch)->is_suspect = false;
	sim_findings_start(NULL, sim_findings_trace());
	sim_unlock();
}

void sim_check_start(char const *path, bool trace)
{
	sim_place_prepare();
	pthread_atfork(before_fork, NULL, after_fork);
	sim_lock();
	sim_findings_start(path, trace);
	sim_observer = &observer;
	sim_unlock();
}

bool sim_check_is_on(void)
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
	snprintf(text, sizeof(text), "%u descriptors and mappings, %u blocks, %u attached devices, %u open sessions",
		memory->references, memory->holds, memory->header->attached, watch->sessions);
	sim_finding_add(&(struct sim_found){
		.kind = SIM_LEAKED, .subject = &watch->subject, .place = &watch->origin, .detail = text});
}

void sim_check_end(void)
{
	sim_lock();
	sim_sweep_now();
	for (struct sim_memory *memory = sim_memories(); memory; memory = memory->next) {
		if (memory->watch)
			sim_watch_report_suspect(memory->watch);
		report_leak(memory);
	}
	sim_unlock();
	sim_findings_end(&counts);
}
