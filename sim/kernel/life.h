/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sweeps: which memory and which open files are still in use.
 */
#ifndef SIM_LIFE_H
#define SIM_LIFE_H

/* Drop memory without descriptors, mappings, blocks and attachments, and open files without references, if due. */
void sim_sweep(void);
/* The same, due or not. */
void sim_sweep_now(void);

#endif /* SIM_LIFE_H */
