/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parts of /sys that are real files in the private directory. The real machine's files there are hidden.
 */
#ifndef SIM_SYSFS_H
#define SIM_SYSFS_H

#include <stdbool.h>

#define SIM_DEVICE_TREE "/sys/firmware/devicetree/base"
#define SIM_IOMMU_GROUPS "/sys/kernel/iommu_groups"
/* The link of a device to its node in the device tree, and the part of /sys/dev/char that makes it. */
#define SIM_OF_NODE_LINK "../../../../firmware/devicetree/base/soc/gpu"
#define SIM_OF_NODE "/device/of_node"

/* Is the path in one of these parts? */
bool sim_sysfs_covers(char const *path);

/* Add a file with a text, and its directories. Returns false with a message. */
bool sim_sysfs_add(char const *path, char const *text);

/* Remove all files. */
void sim_sysfs_reset(void);

#endif /* SIM_SYSFS_H */
