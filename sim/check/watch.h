/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the check for mistakes with caches knows of each memory. Functions need the lock unless a comment says
 * otherwise.
 */
#ifndef SIM_WATCH_H
#define SIM_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "check/finding.h"
#include "kernel/memory.h"

/* Of a memory that this process has seen. */
struct sim_watch {
	struct sim_subject subject;
	struct sim_place origin; /* of the allocation */
	pid_t maker; /* the process that allocated it */
	unsigned int sessions; /* that are open */
	bool overwrites; /* one of them needs nothing of what was there */
	bool is_unguarded; /* for good: the CPU may use the memory without sessions, or the kernel does */
	uint32_t accesses; /* of devices, at the end of the last session */
	bool is_new; /* no session has ended */
	struct sim_lines left; /* what the last session did not clean: no device needed it */
	/* An access without a session, which is a mistake unless ranges are handed over later. */
	bool is_suspect; /* to the process that made the access */
	struct sim_lines suspect_lines;
	struct sim_place suspect;
};

/* The watch of a memory, or NULL without memory. */
struct sim_watch *sim_watch_of(struct sim_memory *memory);
/* Note a call of the program, a static text. */
void sim_watch_note(struct sim_watch *watch, char const *call);
/* Add a finding at the present place. */
void sim_watch_found(struct sim_watch const *watch, enum sim_kind_of_finding kind, struct sim_lines const *lines);
/* Report an access that no later call has excused. */
void sim_watch_report_suspect(struct sim_watch *watch);
/* The CPU may access the memory during sessions only: close or open its pages. */
void sim_watch_guard(struct sim_memory *memory, struct sim_watch const *watch);

/*
 * While the library works on behalf of the program, this thread's calls of the kernel are its own business. Needs no
 * lock.
 */
void sim_watch_enter_library(void);
void sim_watch_leave_library(void);
bool sim_watch_in_library(void);
/* Return whether the program's call of the library was told. */
bool sim_watch_is_told(void);

#endif /* SIM_WATCH_H */
