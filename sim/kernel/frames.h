/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory by physical address, as devices see it.
 */
#ifndef SIM_FRAMES_H
#define SIM_FRAMES_H

#include "kernel/memory.h"

/* Find the memory at an address, the offset in it, and the number of contiguous bytes from there on. */
struct sim_memory *sim_frame_find(uint64_t address, uint64_t *offset, uint64_t *run);
/* Read or write the device's view. Returns false without any effect if a part of the range is no memory. */
bool sim_frames_access(uint64_t address, void *data, size_t length, bool write);

#endif /* SIM_FRAMES_H */
