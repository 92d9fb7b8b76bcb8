/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of the statement dwl that are those of the library.
 */
#ifndef SIM_HANTRO_H
#define SIM_HANTRO_H

#include <stdbool.h>
#include <stdint.h>

/* The offset of the memory in its block. */
uint64_t sim_hantro_skew(void);
bool sim_hantro_is_cached(void);
/* The node that the memory comes from, or NULL if DWLInit() or DWLMallocLinear() must fail for this client type. */
char const *sim_hantro_memory(uint32_t client, bool at_init);

#endif /* SIM_HANTRO_H */
