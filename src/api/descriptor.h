/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_DESCRIPTOR_H
#define IMXD_DESCRIPTOR_H

#include "imxdmabuffer/imxdmabuffer.h"

/* As imx_dma_buffer_export_fd(). Returns the descriptor and *offset, or a negative errno code. */
int imxd_export_descriptor(ImxDmaBuffer *buffer, size_t *offset);

#endif /* IMXD_DESCRIPTOR_H */
