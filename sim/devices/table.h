/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of devices.
 */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include "kernel/node.h"

/* All devices, with NULL at the end. */
extern struct sim_device const *const sim_devices[];

#endif /* SIM_TABLE_H */
