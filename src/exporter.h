/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the name of a DMA-BUF's exporter, or of a heap, tells about the memory.
 */
#ifndef IMXD_EXPORTER_H
#define IMXD_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>

#define IMXD_DMA_HEAP_DIRECTORY "/dev/dma_heap"

/* Heaps that are never CMA: system*, dsp* (each allocation is the same memory), secure* (the CPU may not touch it). */
bool imxd_heap_is_special(char const *name);

/* Capability bits that a heap's name tells: contiguous, aligned by size, cached, zeroed; DMABUF always. */
unsigned int imxd_heap_caps(char const *name);

/* The same for the exporter of any DMA-BUF, whose memory counts as unknown where the name says nothing. */
unsigned int imxd_exporter_caps(char const *name);

/* The exporter's name of an open DMA-BUF (exp_name in /proc/self/fdinfo), "" where the kernel does not tell. */
void imxd_exporter_name(int fd, char *name, size_t size);

#endif /* IMXD_EXPORTER_H */
