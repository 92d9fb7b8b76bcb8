/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts that follow from the name of a DMA-BUF heap. The heap's own name counts, which the kernel or the board's device
 * tree gives it. A node may have another name: containers, mknod and bind mounts rename nodes.
 */
#ifndef IMXD_HEAP_H
#define IMXD_HEAP_H

#include "block.h"

#define IMXD_DMA_HEAP_DIRECTORY "/dev/dma_heap"
#define IMXD_UNCACHED_SUFFIX "-uncached"

/*
 * Read the own name of an open heap: /sys/dev/char/MAJOR:MINOR is a link, whose last part is the name (Linux 5.6 to
 * 6.18, device_create() in drivers/dma-buf/dma-heap.c). Returns 0, or -ENOENT without this link.
 */
int imxd_heap_own_name(int fd, char *name, size_t size);

/* Is there a heap of this name, in /dev/dma_heap or in /sys? */
bool imxd_heap_exists(char const *name);

/* Is this the name of a heap, wherever it is found? A carveout's is not: other exporters may have a similar name. */
bool imxd_heap_is_known(char const *name);

/* Is this heap excluded from the search for a default? dsp*: all allocations are one memory. secure*, protected*: the
 * CPU must not touch the memory. system*: scattered. carveout_*: the memory of one device, by name only. */
bool imxd_heap_is_excluded(char const *name);

/* Return the name of CMA heap number `index`, in order of preference and without suffix; NULL behind the last one. */
char const *imxd_heap_known(size_t index);

/* Is this the name of CMA heap number `index` with a unit address and without suffix, such as linux,cma@58000000? */
bool imxd_heap_has_unit_address(char const *name, size_t index);

/* Traits of DMA-BUFs from a heap of this name. A heap whose name is the board's own counts as a CMA heap. */
struct imxd_traits imxd_heap_traits(char const *name);

#endif /* IMXD_HEAP_H */
