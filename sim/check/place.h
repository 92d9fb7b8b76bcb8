/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Places in the program: the functions that are being called.
 */
#ifndef SIM_PLACE_H
#define SIM_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_PLACE_FRAMES 20

struct sim_place {
	void *frames[SIM_PLACE_FRAMES]; /* return addresses, innermost first, without those of the simulator */
	unsigned int count;
};

/* Take the place of this thread. from: NULL, or the instruction that a signal interrupted. Needs no lock. */
void sim_place_take(struct sim_place *place, void const *from);
/* Load what sim_place_take() needs, which allocates memory. */
void sim_place_prepare(void);
/* Return a number that differs between most places. */
uint64_t sim_place_key(struct sim_place const *place);
/* Write the place as JSON, without the lock: the dynamic loader has one of its own. Returns the length, below size. */
size_t sim_place_write(struct sim_place const *place, char *text, size_t size);
/* Return whether libimxdmabuffer is among the callers. Needs no lock. */
bool sim_place_is_in_library(struct sim_place const *place);

#endif /* SIM_PLACE_H */
