/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_DMA_HEAP_SEARCH_H
#define IMXD_DMA_HEAP_SEARCH_H

#include "../backend/backend.h"

/* Open the heap of this name. Returns 0 or a negative errno code. */
typedef int imxd_open_heap(struct imxd_device *device, char const *name, ImxDmaBufferTristate cached);

/* Open the first heap that works. Returns 0, or the error of the first heap that exists but could not be opened. */
int imxd_dma_heap_search(struct imxd_device *device, ImxDmaBufferTristate cached, imxd_open_heap *open);

#endif /* IMXD_DMA_HEAP_SEARCH_H */
