/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of buffers. The kernel keeps them with the DMA-BUF.
 */
#ifndef IMXD_NAME_H
#define IMXD_NAME_H

#include <stdbool.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* Is the name short enough, and without control characters? Reads IMX_DMA_BUFFER_NAME_SIZE bytes at most. */
bool imxd_name_is_valid(char const *name);

/*
 * Set and read the name of a buffer with this descriptor, -1 for none. Return 0 or a negative errno code, as
 * imx_dma_buffer_set_name() and imx_dma_buffer_get_name().
 */
int imxd_name_set(ImxDmaBuffer const *buffer, int fd, char const *name);
int imxd_name_get(ImxDmaBuffer const *buffer, int fd, char name[IMX_DMA_BUFFER_NAME_SIZE]);

#endif /* IMXD_NAME_H */
