/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statements in sim_configure(), as far as several devices share them.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "kernel/pool.h"

/* These return false or NULL with a message. */

/* The function `configure` of devices with one node, which the word after the keyword turns on or off. */
bool sim_configure_switch(struct sim_device const *device, char **words);

/* Return the node at this path; add it if it does not exist. */
struct sim_node *sim_turn_on(struct sim_device const *device, char const *path);
/* Remove the only node of a device. words[2] must be NULL. */
bool sim_turn_off(struct sim_device const *device, char **words);

/* Apply an option of nodes, of pools if the device has one, or of the device. */
bool sim_apply_option(struct sim_node *node, char const *word);
/* Apply all options up to a NULL. */
bool sim_apply_options(struct sim_node *node, char **words);
/* Apply an option of pools. Returns 1 if it is one, 0 if not, -1 with a message for a bad value. */
int sim_pool_option(struct sim_pool *pool, char const *word);
/* Parse a size below 64K. Returns 1, or -1 with a message. */
int sim_skew_option(char const *text, uint64_t *skew);

#endif /* SIM_OPTIONS_H */
