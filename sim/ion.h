/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What both interfaces of /dev/ion share. All functions need the lock.
 */
#ifndef SIM_ION_H
#define SIM_ION_H

#include "device.h"

struct sim_ion_heap {
	struct sim_ion_heap *next; /* highest id first: so they are tried, and so they are listed */
	char name[32];
	uint32_t id;
	uint32_t type;
	struct sim_pool pool;
};

struct sim_ion {
	bool legacy;
	bool query; /* legacy: as in Linux 4.10 and 4.11, HEAP_QUERY is there too */
	bool get_phys; /* new: as in NXP's Android, ION_GET_PHYS is there */
	bool gki; /* new: as in Android's kernel image 5.4 */
	bool unattached; /* legacy: PHYS_DMA cannot attach */
	bool piece; /* legacy: PHYS_DMA tells of a page */
	uint64_t clients; /* that may be open, 0: any number */
	struct sim_ion_heap *heaps;
};

/*
 * Goes through the heaps of a mask until one has the memory: what the function makes of it, or NULL or -1 with ENODEV
 * if there is no heap, ENOMEM if none had it.
 */
struct sim_block *sim_ion_take_block(struct sim_node *node, uint32_t mask, uint64_t size, bool cached);
int sim_ion_take_buffer(struct sim_node *node, uint32_t mask, uint64_t size, bool cached);

int sim_ion_query(struct sim_node *node, void *argument);

/* ion_new.c, ion_legacy.c: the ioctls */
int sim_ion_new(struct sim_node *node, int fd, unsigned long request, void *argument);
int sim_ion_legacy(struct sim_node *node, int fd, unsigned long request, void *argument);

#endif /* SIM_ION_H */
