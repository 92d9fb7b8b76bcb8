/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the name of a DMA-BUF's exporter, or of a heap, tells about the memory.
 */
#ifndef IMXD_EXPORTER_H
#define IMXD_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#define IMXD_DMA_HEAP_DIRECTORY "/dev/dma_heap"

/* Heaps that are never CMA: system*, dsp* (each allocation is the same memory), secure* (the CPU may not touch it). */
bool imxd_heap_is_special(char const *name);

/* Capability bits that a heap's name tells: contiguous, aligned by size, cached, zeroed; DMABUF always. */
unsigned int imxd_heap_caps(char const *name);

/* The same for the exporter of any DMA-BUF, whose memory counts as unknown where the name says nothing. */
unsigned int imxd_exporter_caps(char const *name);

/* The exporter's name of an open DMA-BUF (exp_name in /proc/self/fdinfo), "" where the kernel does not tell. */
void imxd_exporter_name(int fd, char *name, size_t size);

/*
 * The name of an open DMA-BUF, "" where it has none. Returns 0, a negative errno code where /proc/self/fdinfo cannot be
 * read, -ENOTSUP where the kernel (before 5.3) tells nothing of DMA-BUFs there. Sets no sentence.
 */
int imxd_dmabuf_get_name(int fd, char name[IMX_DMA_BUFFER_NAME_SIZE]);

#endif /* IMXD_EXPORTER_H */
