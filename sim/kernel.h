/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's side of the interfaces that are played: numbers and structures as in Linux 6.1 (linux/dma-heap.h,
 * linux/dma-buf.h, linux/udmabuf.h) and in NXP's kernels, written down once more so that a wrong number in the library
 * under test is found.
 */
#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include <stdint.h>

struct kernel_heap_alloc {
	uint64_t len;
	uint32_t fd;
	uint32_t fd_flags;
	uint64_t heap_flags;
};

struct kernel_udmabuf_create {
	uint32_t memfd;
	uint32_t flags;
	uint64_t offset;
	uint64_t size;
};

struct kernel_dmabuf_imx {
	uint32_t fd;
	uint32_t unused;
	uint64_t phys;
};

#define KERNEL_HEAP_ALLOC 0xC0184800u
#define KERNEL_DMABUF_SYNC 0x40086200u
#define KERNEL_DMABUF_SET_NAME_A 0x40046201u
#define KERNEL_DMABUF_SET_NAME_B 0x40086201u
#define KERNEL_DMABUF_PHYS_32 0x4004620Au
#define KERNEL_DMABUF_PHYS_64 0x4008620Au
#define KERNEL_DMABUF_IMX_PHYS 0xC0104D20u
#define KERNEL_UDMABUF_CREATE 0x40187542u

#define KERNEL_SYNC_READ 1u
#define KERNEL_SYNC_WRITE 2u
#define KERNEL_SYNC_END 4u

#define KERNEL_UDMABUF_CLOEXEC 1u

#endif /* SIM_KERNEL_H */
