/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mappings of simulated memory in this process.
 */
#ifndef SIM_MAPPING_H
#define SIM_MAPPING_H

#include "kernel/memory.h"

/* Mappings are placed relative to multiples of this size (statement mapping-offset). */
#define SIM_MAPPING_UNIT (UINT64_C(1) << 20)

struct sim_mapping {
	struct sim_mapping *next;
	uintptr_t start, end;
	uint64_t device;
	uint64_t inode;
	uint64_t offset; /* in the file */
	uint64_t slice; /* of udmabuf, or 0 */
	uint64_t file; /* of a node: the open file that the mapping keeps open, or 0 */
	bool dmabuf;
	bool huge;
	int protection;
	bool is_guarded; /* the observer lets nobody access it */
	bool has_holes; /* but some pages */
};

void sim_mapping_add(struct sim_mapping const *mapping);
/* Return whether the range overlaps a mapping. */
bool sim_mapping_overlaps(uintptr_t start, uintptr_t end);
/* Take a range out of all mappings, as munmap and MAP_FIXED do. Returns whether it overlapped one. */
bool sim_mapping_cut(uintptr_t start, uintptr_t end);
struct sim_mapping *sim_mapping_find(uintptr_t address);
/* The next mapping of a memory; NULL: the first one. */
struct sim_mapping *sim_mapping_next(struct sim_memory const *memory, struct sim_mapping const *mapping);
/* Note a new protection of the mappings in the range. */
void sim_mapping_protect(uintptr_t start, uintptr_t end, int protection);
/* mremap() has moved a range that was in one mapping. */
void sim_mapping_move(uintptr_t start, uintptr_t end, uintptr_t to, size_t length);
/* Count the mappings of a slice of the memory; 0: those of the memory other than through a slice. */
unsigned int sim_mapping_of_slice(struct sim_memory const *memory, uint64_t slice);
bool sim_mapping_of_file(uint64_t file);
/* The address for a new mapping: the program's if it gave one, NULL if the kernel may choose. */
void *sim_mapping_place(void *address, size_t length);
/* Return whether unmapping the range would split a huge page. */
bool sim_mapping_splits_huge(uintptr_t start, uintptr_t end);

#endif /* SIM_MAPPING_H */
