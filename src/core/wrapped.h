/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_WRAPPED_H
#define IMXD_WRAPPED_H

#include "imxdmabuffer/imxdmabuffer.h"

/* As imx_dma_buffer_init_wrapped_buffer(). */
void imxd_wrapped_init(ImxWrappedDmaBuffer *buffer);

#endif /* IMXD_WRAPPED_H */
