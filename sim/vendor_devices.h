/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The devices beneath the vendor libraries, as the statements g2d and dwl describe them. With the lock held.
 */
#ifndef SIM_VENDOR_DEVICES_H
#define SIM_VENDOR_DEVICES_H

#include "device.h"

/* How far into its first page a library's memory begins. */
uint64_t sim_g2d_skew(void);
uint64_t sim_dwl_skew(void);
/* Nobody clears the memory of the GPU's driver. */
void sim_galcore_fill(struct sim_block *block);

#endif /* SIM_VENDOR_DEVICES_H */
