/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/session.h"

#include "check/watch.h"
#include "kernel/coherency.h"

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
		sim_watch_report_suspect(watch);
		return;
	}
	if (watch->sessions > 0)
		return;
	sim_written(memory, offset, length, &lines);
	if (lines.count > 0 && !is_left(memory, watch))
		sim_watch_found(watch, SIM_CPU_WROTE_OUTSIDE, &lines);
}

void sim_session_starts(struct sim_memory *memory, uint64_t offset, uint64_t length, bool overwrites)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	check_outside(memory, watch, offset, length);
	watch->sessions++;
	watch->overwrites |= overwrites;
	sim_watch_note(watch, "the start of a session");
	sim_watch_guard(memory, watch);
}

void sim_session_started(struct sim_memory *memory, uint64_t offset, uint64_t length, bool overwrites)
{
	struct sim_watch *watch = sim_watch_of(memory);
	struct sim_lines lines;

	if (!watch || overwrites)
		return;
	sim_stale(memory, offset, length, &lines);
	if (lines.count > 0)
		sim_watch_found(watch, SIM_SESSION_INEFFECTIVE, &lines);
}

/* Nothing was written, neither before by a device nor now by the CPU: no cache needed maintenance. */
static void check_need(struct sim_memory *memory, struct sim_watch *watch, uint64_t offset, uint64_t length)
{
	struct sim_lines lines;

	/* The session around this one may have needed it. */
	if (watch->sessions > 1)
		return;
	sim_written(memory, offset, length, &lines);
	if (watch->accesses == memory->header->accessed && !watch->is_new && memory->header->cached && lines.count == 0)
		sim_watch_found(watch, SIM_SESSION_NEEDLESS, NULL);
	watch->accesses = memory->header->accessed;
	watch->is_new = false;
}

void sim_session_stops(struct sim_memory *memory, uint64_t offset, uint64_t length)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	check_need(memory, watch, offset, length);
	sim_watch_note(watch, "the end of a session");
}

void sim_session_stopped(struct sim_memory *memory, uint64_t offset, uint64_t length)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	if (watch->sessions > 0)
		watch->sessions--;
	if (watch->sessions == 0) {
		watch->overwrites = false;
		sim_written(memory, offset, length, &watch->left);
		if (watch->left.count > 0)
			sim_written(memory, 0, memory->size, &watch->left);
	}
	sim_watch_guard(memory, watch);
}

void sim_session_unmaps(struct sim_memory *memory, uint64_t offset, uint64_t length)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	check_outside(memory, watch, offset, length);
	sim_watch_note(watch, "the last unmap");
}

void sim_session_hand_over(struct sim_memory *memory)
{
	struct sim_watch *watch = sim_watch_of(memory);

	if (!watch)
		return;
	watch->is_suspect = false;
	watch->is_unguarded = true;
	watch->is_new = true;
	sim_watch_note(watch, "the handover of a range");
	sim_watch_guard(memory, watch);
}
