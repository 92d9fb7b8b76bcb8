/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parts of the statements in sim_configure() that several devices share.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "kernel/pool.h"

/* These two return 1 if the word is such an option, 0 if it is another one, -1 with a message for a bad value. */

/* owner=, mode=, open=, open-write= */
int sim_node_option(struct sim_node *node, char const *word);
/* limit=, base=, alignment=, shift= */
int sim_pool_option(struct sim_pool *pool, char const *word);

/* Parse a size below 64K. Returns false with a message. */
bool sim_parse_skew(char const *text, uint64_t *skew);

/*
 * Add or remove the node as the word after the keyword requires: "on" or "off". *options points to the words after
 * that; *node is NULL for "off". Returns false with a message.
 */
bool sim_switch(struct sim_device const *device, char **words, struct sim_node **node, char ***options);
/*
 * As sim_switch(), for a device whose data, of this size, begins with a pool. A new pool has the default limit, 32-bit
 * addresses and the name of the node.
 */
bool sim_switch_pool(struct sim_device const *device, char **words, struct sim_node **node, char ***options,
	size_t size);

#endif /* SIM_OPTIONS_H */
