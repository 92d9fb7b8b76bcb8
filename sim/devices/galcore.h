/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of the statement g2d that are those of the libraries.
 */
#ifndef SIM_GALCORE_H
#define SIM_GALCORE_H

#include <stdbool.h>
#include <stdint.h>

/* The offset of a buffer in its block. */
uint64_t sim_galcore_skew(void);
/* Return whether g2d_cache_op() works. */
bool sim_galcore_maintains(void);

#endif /* SIM_GALCORE_H */
