/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the check has found: once for each kind and place, with a count.
 */
#ifndef SIM_FINDING_H
#define SIM_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "check/place.h"
#include "kernel/observer.h"

/* The names in the report are in finding.c. tools/sim_texts.c explains them. */
enum sim_kind_of_finding {
	SIM_DEVICE_READ_OLD, /* a device read, and the CPU's lines were not clean */
	SIM_DEVICE_WRITE_LOST, /* a device wrote to lines that the CPU may write back */
	SIM_LINE_SHARED, /* a device and the CPU wrote parts of a line */
	SIM_CPU_WRITE_LOST, /* lines of the CPU were invalidated */
	SIM_CPU_WROTE_OUTSIDE, /* the CPU wrote without a session */
	SIM_CPU_READ_OLD, /* the CPU read lines that a device had written */
	SIM_CPU_OUTSIDE, /* the CPU accessed the memory without a session */
	SIM_SESSION_INEFFECTIVE, /* a session started, and lines of a device are still not seen */
	SIM_SESSION_LEFT_OPEN,
	SIM_SESSION_NOT_STARTED,
	SIM_USED_AFTER_FREE, /* a device used the address of freed memory */
	SIM_FREED_IN_USE, /* memory was freed while a device had a fence on it */
	SIM_LEAKED,
	SIM_MISUSED,
	SIM_SESSION_NEEDLESS, /* a remark: neither the CPU nor a device had written */
	SIM_FINDING_KINDS
};

/* Facts about a memory, which outlive it. */
struct sim_subject {
	char name[64]; /* that of the DMA-BUF, or "" */
	char heap[64];
	uint64_t size, address;
	char const *call; /* the library call before, or NULL: a static text */
	struct sim_place called_at;
};

/* Of one process. */
struct sim_finding_counts {
	unsigned long buffers, cached;
	unsigned long untold; /* maps by the library for a program that calls it in a way that the simulator does not see */
};

/* Begin without findings. path: a file to which they are added, one JSON object a line; NULL: the same as before. */
void sim_findings_start(char const *path, bool traces);
bool sim_findings_trace(void);

/*
 * Add a finding. subject, lines, detail: or NULL. from: as for sim_place_take(). place: NULL to take the present one.
 * Needs the lock.
 */
struct sim_found {
	enum sim_kind_of_finding kind;
	struct sim_subject const *subject;
	struct sim_lines const *lines;
	struct sim_place const *place;
	char const *detail;
	bool traced; /* found by the protection of pages */
};
void sim_finding_add(struct sim_found const *found);

/* Write new findings to the file. Must not hold the lock. */
void sim_findings_write(void);
/* Write all again, with their counts, at the end of the process. */
void sim_findings_end(struct sim_finding_counts const *counts);

#endif /* SIM_FINDING_H */
