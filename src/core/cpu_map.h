/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU's mapping of a block. The last unmap may keep it for the next map, which then makes no system call and no
 * page faults. Kept mappings are limited in number and bytes; the oldest ones go first.
 *
 * Functions with a buffer need the lock of its mapping, unless no other thread knows the buffer.
 */
#ifndef IMXD_CPU_MAP_H
#define IMXD_CPU_MAP_H

#include "object.h"

/* Read the limits from the environment and the system. */
void imxd_cpu_map_configure(void);

/* Map the block with this access (READ, WRITE), and set the mapping's address. Returns 0 or a negative errno code. */
int imxd_cpu_map(struct imxd_buffer *buffer, unsigned int access);

/* Keep the mapping for the next map, or unmap it. The address is invalid either way. Returns 0 or a negative code. */
int imxd_cpu_unmap(struct imxd_buffer *buffer);

/* Unmap a mapped block, or one with a kept mapping. Returns 0, also if there is none, or a negative errno code. */
int imxd_cpu_map_drop(struct imxd_buffer *buffer);

/* Unmap all kept mappings, to get address space. Returns true if there were any. Needs no lock. */
bool imxd_cpu_map_evict(void);

#endif /* IMXD_CPU_MAP_H */
