/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU's and the device's view of memory. They differ in cached buffers only.
 */
#ifndef SIM_COHERENCY_H
#define SIM_COHERENCY_H

#include "kernel/memory.h"
#include "kernel/observer.h"

/* Clean or invalidate the lines that contain the range. */
void sim_clean(struct sim_memory *memory, uint64_t offset, uint64_t length);
void sim_invalidate(struct sim_memory *memory, uint64_t offset, uint64_t length);
/* The same for one line that a program's instruction maintains: clean, and invalidate. */
void sim_maintain_line(struct sim_memory *memory, uint64_t offset, uint64_t length, bool invalidate);
/* A series of instructions is over. */
void sim_end_of_lines(void);
/* Read or write the device's view. Returns false if the range is outside the memory. */
bool sim_device_access(struct sim_memory *memory, uint64_t offset, void *data, size_t length, bool write);
/* Count the lines in the range that the CPU has written since they were clean. */
void sim_written(struct sim_memory *memory, uint64_t offset, uint64_t length, struct sim_lines *lines);
/* Count the lines in the range that a device has written since they were invalidated. */
void sim_stale(struct sim_memory *memory, uint64_t offset, uint64_t length, struct sim_lines *lines);
/* Return whether the line of this byte is one of them. */
bool sim_is_stale(struct sim_memory *memory, uint64_t offset);

#endif /* SIM_COHERENCY_H */
