/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sessions of the CPU on a memory, by the library or by DMA_BUF_IOCTL_SYNC. Functions need the lock.
 */
#ifndef SIM_SESSION_H
#define SIM_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/memory.h"

/*
 * A session of the range begins or ends: before and after the caches are maintained. overwrites: the CPU will write all
 * of it.
 */
void sim_session_starts(struct sim_memory *memory, uint64_t offset, uint64_t length, bool overwrites);
void sim_session_started(struct sim_memory *memory, uint64_t offset, uint64_t length, bool overwrites);
void sim_session_stops(struct sim_memory *memory, uint64_t offset, uint64_t length);
void sim_session_stopped(struct sim_memory *memory, uint64_t offset, uint64_t length);
/* The last map of a range ends, outside of a session. */
void sim_session_unmaps(struct sim_memory *memory, uint64_t offset, uint64_t length);
/* Ranges are handed over: the CPU may use the memory without sessions. */
void sim_session_hand_over(struct sim_memory *memory);

#endif /* SIM_SESSION_H */
