/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_NAME_H
#define IMXD_NAME_H

#include <stdbool.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* Is it short enough, and without control characters? Looks at IMX_DMA_BUFFER_NAME_SIZE bytes at most. */
bool imxd_name_is_valid(char const *name);

/* imx_dma_buffer_get_name() without its report: returns an errno code with a sentence. */
int imxd_find_name(ImxDmaBuffer *buffer, char name[IMX_DMA_BUFFER_NAME_SIZE]);

#endif /* IMXD_NAME_H */
