/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The simulated object behind a descriptor.
 */
#ifndef SIM_TARGET_H
#define SIM_TARGET_H

#include "kernel/memory.h"
#include "kernel/node.h"

/* The name of memfds with a text of /proc, which /proc/self/fd shows. */
#define SIM_TEXT_NAME "imxdmabuffer-sim-text"

enum sim_kind {
	SIM_NOTHING, /* not simulated */
	SIM_IS_NODE,
	SIM_IS_DIRECTORY, /* of nodes */
	SIM_IS_DMABUF,
	SIM_IS_FILE, /* a memfd of the program */
	SIM_IS_TEXT, /* a file in /proc with a text of the simulator */
	SIM_IS_PAGEMAP
};

struct sim_target {
	enum sim_kind kind;
	struct sim_node *node;
	struct sim_memory *memory;
	struct sim_slice *slice; /* a DMA-BUF of udmabuf */
	uint64_t offset, size; /* of a DMA-BUF in its memory */
};

/* Find the object of a descriptor. Keeps errno. */
enum sim_kind sim_find(int fd, struct sim_target *target);
/* As sim_find(), for a descriptor of a known memory. */
void sim_find_slice(int fd, struct sim_memory *memory, struct sim_target *target);
/* Make a descriptor of the memory that of a slice. */
void sim_mark_slice(int fd, struct sim_slice const *slice);

#endif /* SIM_TARGET_H */
