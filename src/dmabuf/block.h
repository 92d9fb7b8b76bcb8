/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A piece of memory, as back ends describe it and the core uses it.
 */
#ifndef IMXD_BLOCK_H
#define IMXD_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* Promises about memory. A missing bit promises nothing. */
enum {
	/* The descriptor is a DMA-BUF. */
	IMXD_CAP_DMABUF = 1 << 0,
	/* The descriptor covers all of the block from its beginning: a buffer must begin where the block begins. */
	IMXD_CAP_DESCRIPTOR = 1 << 1,
	/* Try DMA_BUF_IOCTL_PHYS to find the physical address. */
	IMXD_CAP_ASK_PHYS = 1 << 2,
	/* Fresh memory is filled with zeros. */
	IMXD_CAP_ZEROED = 1 << 3,
	/* The memory does not move while the block lives. */
	IMXD_CAP_PINNED = 1 << 4,
	/* The block begins at a multiple of a page. Implied by IMXD_CAP_DESCRIPTOR. */
	IMXD_CAP_PAGE_ALIGNED = 1 << 5,
	/* The block begins at a multiple of the power of two that covers its size, up to 1 MiB (the rule of the CMA). */
	IMXD_CAP_ALIGNED_BY_SIZE = 1 << 6,
	/* No promise but a demand: the exporter counts DMA_BUF_IOCTL_SYNC, whose starts and ends must balance (ION). */
	IMXD_CAP_COUNTED_SYNC = 1 << 7,
	/* DMA_BUF_IOCTL_SYNC maintains caches for attached devices: heaps and ION. Other exporters ignore these devices. */
	IMXD_CAP_SYNCS_ATTACHED = 1 << 8
};

/* Promises of every DMA-BUF. */
#define IMXD_CAPS_DMABUF (IMXD_CAP_DMABUF | IMXD_CAP_DESCRIPTOR | IMXD_CAP_PINNED | IMXD_CAP_ASK_PHYS)

/* Facts about memory. All zero is the safe default: nothing is known, and nothing promised. */
struct imxd_traits {
	/* Is the CPU's mapping cached? UNKNOWN is treated as cached. */
	ImxDmaBufferTristate cached;
	/* Is a block of any size contiguous? UNKNOWN is treated as not contiguous. */
	ImxDmaBufferTristate contiguous;
	/* IMXD_CAP_… */
	unsigned int caps;
};

/* One piece of memory. */
struct imxd_block {
	/* The descriptor of the memory, -1 for none. The core exports it and synchronises caches with it. */
	int fd;
	/* Arguments for mmap if they are not `fd` and 0; map_fd -1: use `fd`. */
	int map_fd;
	off_t map_offset;
	/* The mapping of a vendor's library; NULL: the core maps the memory. */
	uint8_t *cpu;
	/* Usable bytes; all of them are mapped. Need not be a multiple of a page. */
	size_t size;
	/* Physical address if the driver gives it together with the memory, otherwise 0. */
	imx_physical_address_t address;
	struct imxd_traits traits;
	/* The back end's own handle. */
	void *handle;
};

/* A block without memory: each descriptor is -1, the rest 0. */
#define IMXD_BLOCK_INIT ((struct imxd_block){.fd = -1, .map_fd = -1})

/* Return the descriptor for mmap, -1 if the core cannot map the block. */
static inline int imxd_block_map_fd(struct imxd_block const *block)
{
	return (block->map_fd >= 0) ? block->map_fd : block->fd;
}

#endif /* IMXD_BLOCK_H */
