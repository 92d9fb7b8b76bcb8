/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The heaps of /dev/ion, which both interfaces share.
 */
#ifndef SIM_ION_HEAP_H
#define SIM_ION_HEAP_H

#include "kernel/block.h"

/* Types of heaps. */
#define SIM_ION_SYSTEM 0
#define SIM_ION_DMA 4
#define SIM_ION_CUSTOM 5

struct sim_ion_heap {
	struct sim_ion_heap *next; /* highest id first: the order of allocation and of the list that programs get */
	char name[32];
	uint32_t id;
	uint32_t type;
	struct sim_pool pool;
};

struct sim_ion {
	bool legacy;
	bool query; /* legacy: HEAP_QUERY is supported, as in Linux 4.10 and 4.11 */
	bool get_phys; /* new: ION_GET_PHYS is supported, as in NXP's Android */
	bool gki; /* new: as in Android's kernel image 5.4 */
	bool abi; /* new: ION_IOC_ABI_VERSION with the old types, as in NXP's Android 5.4 */
	bool unattached; /* legacy: PHYS_DMA cannot attach */
	bool piece; /* legacy: PHYS_DMA returns the size of one page */
	uint64_t clients; /* the most files that may be open; 0: no limit */
	struct sim_ion_heap *heaps;
};

/*
 * Allocate from the first heap of the mask that has the memory: a block, or the descriptor of a DMA-BUF. Return NULL or
 * -1 with ENODEV if the mask has no heap, with ENOMEM if no heap has the memory, with EINVAL for a bad size.
 */
struct sim_block *sim_ion_take_block(struct sim_node *node, uint32_t mask, uint64_t size, bool cached);
int sim_ion_take_buffer(struct sim_node *node, uint32_t mask, uint64_t size, bool cached);

/* ION_IOC_HEAP_QUERY */
int sim_ion_query(struct sim_node *node, void *argument);

#endif /* SIM_ION_HEAP_H */
