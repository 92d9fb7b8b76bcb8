/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cache maintenance that a process does itself, on a simulated arm64 processor.
 */
#ifndef SIM_CACHE_H
#define SIM_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/constants.h"

/* CTR_EL0 of a processor with lines and a write-back granule of these sizes, which are powers of two. */
uint64_t sim_cache_register(uint64_t line, uint64_t granule);

/* Do one operation and count it. line: any address of the line; memory that is not simulated stays as it is. */
void sim_cache_do(enum sim_cache_operation operation, void const *line);

unsigned long sim_cache_count(enum sim_cache_operation operation);
void sim_cache_reset_counts(void);

/* Note a step of coherency: a static string without spaces. Repetitions of the last step count once. */
void sim_trace_add(char const *step);
/* The steps since the last reset of the counters, separated by spaces. */
char const *sim_trace(void);

#endif /* SIM_CACHE_H */
