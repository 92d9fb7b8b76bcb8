/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The check for mistakes with caches: what is known of each memory, and the observer of the simulated kernel.
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
	bool was_used; /* a device accessed it, or a session ended, since the start of the session */
	bool is_new; /* no session has ended */
	struct sim_lines left; /* what the last session did not clean: no device needed it */
	/* An access without a session, which is a mistake unless ranges are handed over later. */
	bool is_suspect;
	struct sim_lines suspect_lines;
	struct sim_place suspect;
};

/* Begin to check. Findings go to a file. trace: guard pages as well. Takes the lock. */
void sim_watch_start(char const *path, bool trace);
/* Return whether it has begun. Needs no lock. */
bool sim_watch_is_on(void);
/* Report what is left at the end of the process. Takes the lock. */
void sim_watch_end(void);

/* The watch of a memory, or NULL without memory. */
struct sim_watch *sim_watch_of(struct sim_memory *memory);
/* Note a call of the program, a static text. */
void sim_watch_note(struct sim_watch *watch, char const *call);

/*
 * A session of the range begins or ends: before and after the caches are maintained. overwrites: the CPU will write all
 * of it.
 */
void sim_watch_starts(struct sim_memory *memory, uint64_t offset, uint64_t length, bool overwrites);
void sim_watch_started(struct sim_memory *memory, uint64_t offset, uint64_t length, bool overwrites);
void sim_watch_stops(struct sim_memory *memory, uint64_t offset, uint64_t length);
void sim_watch_stopped(struct sim_memory *memory);
/* The last map of a range ends, outside of a session. */
void sim_watch_unmaps(struct sim_memory *memory, uint64_t offset, uint64_t length);
/* Ranges are handed over: the CPU may use the memory without sessions. */
void sim_watch_ranges(struct sim_memory *memory);
/*
 * While the library works on behalf of the program, this thread's calls of the kernel are its own business. Needs no
 * lock.
 */
void sim_watch_enter_library(void);
void sim_watch_leave_library(void);
bool sim_watch_in_library(void);

#endif /* SIM_WATCH_H */
