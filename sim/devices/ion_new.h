/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ioctls of ION since Linux 4.12.
 */
#ifndef SIM_ION_NEW_H
#define SIM_ION_NEW_H

struct sim_node;

int sim_ion_new(struct sim_node *node, int fd, unsigned long request, void *argument);

#endif /* SIM_ION_NEW_H */
