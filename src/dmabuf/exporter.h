/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts that follow from the name of a DMA-BUF's exporter or of a heap.
 */
#ifndef IMXD_EXPORTER_H
#define IMXD_EXPORTER_H

#include "block.h"

#define IMXD_DMA_HEAP_DIRECTORY "/dev/dma_heap"
#define IMXD_UNCACHED_SUFFIX "-uncached"

/* Is this heap excluded from the search for a default? dsp*: all allocations are one memory. secure*, protected*: the
 * CPU must not touch the memory. system*: scattered. */
bool imxd_heap_is_excluded(char const *name);

/* Return the name of CMA heap number `index`, in order of preference and without suffix; NULL behind the last one. */
char const *imxd_heap_known(size_t index);

/* Traits of DMA-BUFs from a heap of this name. */
struct imxd_traits imxd_heap_traits(char const *name);

/* Traits of DMA-BUFs from an exporter of this name. */
struct imxd_traits imxd_exporter_traits(char const *name);

/* Read the exporter's name of a DMA-BUF (exp_name in /proc/self/fdinfo), "" if the kernel has none. */
void imxd_exporter_name(int fd, char *name, size_t size);

/*
 * Read the name of a DMA-BUF, "" if it has none. Returns 0, a negative errno code if /proc/self/fdinfo cannot be read,
 * -ENOTSUP if the kernel (before 5.3) does not describe DMA-BUFs there. Sets no message.
 */
int imxd_dmabuf_get_name(int fd, char name[IMX_DMA_BUFFER_NAME_SIZE]);

#endif /* IMXD_EXPORTER_H */
