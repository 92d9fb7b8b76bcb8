/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an observer of the simulated kernel is told. There is one, or none: the check for mistakes with caches.
 */
#ifndef SIM_OBSERVER_H
#define SIM_OBSERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/memory.h"

/* What happens to lines of a cached memory that should not. */
enum sim_line_event {
	SIM_LINES_NOT_SEEN, /* a device read lines that the CPU had written, and nobody had cleaned */
	SIM_LINES_AT_RISK, /* a device wrote to lines that the CPU had written: they may be written back later */
	SIM_LINES_SHARED, /* a device and the CPU wrote different bytes of a line */
	SIM_LINES_DISCARDED, /* lines that the CPU had written were invalidated */
	SIM_LINE_EVENTS
};

/* A number of lines, between these offsets in the memory. digest: of their content, only from sim_written(). */
struct sim_lines {
	uint64_t count, begin, end, digest;
};

/* The lock is held in all functions but the last one. */
struct sim_observer {
	void (*created)(struct sim_memory *memory);
	void (*removed)(struct sim_memory *memory);
	void (*mapped)(struct sim_memory *memory);
	/* munmap(), before it happens. */
	void (*unmapped)(struct sim_memory *memory);
	void (*lines)(struct sim_memory *memory, enum sim_line_event event, struct sim_lines const *lines);
	void (*accessed)(struct sim_memory *memory, bool write);
	/* A device used an address without memory. */
	void (*missed)(uint64_t address, uint64_t length, bool write);
	/* DMA_BUF_IOCTL_SYNC, before it has an effect, and afterwards. overwrites: a start for writing alone. */
	void (*syncs)(struct sim_memory *memory, bool begins, bool overwrites);
	void (*synced)(struct sim_memory *memory, bool begins, bool overwrites);
	void (*misused)(char const *text);
	void (*unlocked)(void);
};

extern struct sim_observer const *sim_observer;

#endif /* SIM_OBSERVER_H */
