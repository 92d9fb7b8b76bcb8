/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_WRAPPED_H
#define IMXD_WRAPPED_H

#include <stdbool.h>

#include "imxdmabuffer/imxdmabuffer.h"

/* As imx_dma_buffer_init_wrapped_buffer(). */
void imxd_wrapped_init(ImxWrappedDmaBuffer *buffer);

/*
 * Run a range call. Returns as imxd_mapping_sync_ranges(); -ENOTSUP for a buffer that is not a wrapped one, and for one
 * that the program maps itself.
 */
struct imxd_range_call;
int imxd_wrapped_sync_ranges(ImxDmaBuffer *buffer, struct imxd_range_call const *call);

/* Does the library map this buffer, if it is a wrapped one? */
bool imxd_wrapped_is_mapped_here(ImxDmaBuffer const *buffer);

#endif /* IMXD_WRAPPED_H */
