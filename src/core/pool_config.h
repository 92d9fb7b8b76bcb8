/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_POOL_CONFIG_H
#define IMXD_POOL_CONFIG_H

#include "imxdmabuffer/imxdmabuffer_pool.h"

/* Check a configuration, NULL included. Returns 0 with *config filled in, or -EINVAL. */
int imxd_pool_check(ImxDmaBufferPoolConfig const *given, ImxDmaBufferPoolConfig *config);

#endif /* IMXD_POOL_CONFIG_H */
