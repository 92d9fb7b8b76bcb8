/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages of DMA-BUFs that the program may not access now. Functions need the lock.
 */
#ifndef SIM_GUARD_H
#define SIM_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/mapping.h"
#include "kernel/memory.h"

/* Take the program's access to all mappings of the memory away, or give it back. */
void sim_guard_set(struct sim_memory *memory, bool guarded);
/* Give the access to the page of an address back, until the next change. */
void sim_guard_open_page(struct sim_mapping *mapping, uintptr_t address);
/* Give the access back before the program itself changes the protection of the range. */
void sim_guard_lift(uintptr_t start, uintptr_t end);

#endif /* SIM_GUARD_H */
