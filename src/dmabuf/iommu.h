/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_IOMMU_H
#define IMXD_IOMMU_H

#include "imxdmabuffer/imxdmabuffer_ext.h"

/*
 * Does an IOMMU translate addresses for devices of this machine? Reads /sys/kernel/iommu_groups (Linux 6.12,
 * Documentation/ABI/testing/sysfs-kernel-iommu_groups). UNKNOWN if /sys is not there, or does not tell.
 */
ImxDmaBufferTristate imxd_iommu(void);

#endif /* IMXD_IOMMU_H */
