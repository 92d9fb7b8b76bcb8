/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mappings that drivers make: memory without a descriptor.
 */
#ifndef SIM_NODE_MAP_H
#define SIM_NODE_MAP_H

#include "kernel/node.h"

/* mmap() on a node. Returns MAP_FAILED with errno. */
void *sim_node_map(struct sim_node *node, struct sim_request const *request);

#endif /* SIM_NODE_MAP_H */
