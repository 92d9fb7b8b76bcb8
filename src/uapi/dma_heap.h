/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's interface of /dev/dma_heap/NAME, as in include/uapi/linux/dma-heap.h of Linux 6.1 (the same since 5.6,
 * and the same for 32-bit and 64-bit programs).
 */
#ifndef IMXD_UAPI_DMA_HEAP_H
#define IMXD_UAPI_DMA_HEAP_H

#include <stdint.h>
#include <sys/ioctl.h>

struct imxd_dma_heap_allocation {
	uint64_t length; /* in: bytes, rounded up to pages by the kernel */
	uint32_t fd; /* in: must be 0; out: DMA-BUF descriptor */
	uint32_t fd_flags; /* in: O_CLOEXEC and the access mode */
	uint64_t heap_flags; /* in: must be 0 */
};

#define IMXD_DMA_HEAP_ALLOCATE _IOWR('H', 0, struct imxd_dma_heap_allocation)

#endif /* IMXD_UAPI_DMA_HEAP_H */
