/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ioctls of ION before Linux 4.12.
 */
#ifndef SIM_ION_LEGACY_H
#define SIM_ION_LEGACY_H

struct sim_node;

int sim_ion_legacy(struct sim_node *node, int fd, unsigned long request, void *argument);

#endif /* SIM_ION_LEGACY_H */
