/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/mxc_ipu of NXP's kernels for i.MX5 and i.MX6, as in include/uapi/linux/ipu.h of NXP's Linux 5.15. The argument
 * is an int: a size goes in, a physical address comes out.
 */
#ifndef IMXD_UAPI_IPU_H
#define IMXD_UAPI_IPU_H

#include <stdint.h>
#include <sys/ioctl.h>

#define IMXD_IPU_NODE "/dev/mxc_ipu"
#define IMXD_IPU_ALLOC _IOWR('I', 3, int32_t)
#define IMXD_IPU_FREE _IOW('I', 4, int32_t)

#endif /* IMXD_UAPI_IPU_H */
