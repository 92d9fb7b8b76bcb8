/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's interfaces that are emulated: numbers and structures of Linux 6.1 (linux/dma-heap.h, linux/dma-buf.h,
 * linux/udmabuf.h) and of NXP's kernels. They are defined here a second time, so that tests find a wrong number in the
 * library.
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

/* ION since Linux 4.12 */
struct kernel_ion_alloc {
	uint64_t len;
	uint32_t heap_id_mask;
	uint32_t flags;
	uint32_t fd;
	uint32_t unused;
};

struct kernel_ion_query {
	uint32_t count;
	uint32_t reserved0;
	uint64_t heaps;
	uint32_t reserved1;
	uint32_t reserved2;
};

struct kernel_ion_heap {
	char name[32];
	uint32_t type;
	uint32_t id;
	uint32_t reserved[3];
};

/* ION before Linux 4.12: sizes and addresses have the word size of the program. */
struct kernel_ion_old_alloc {
	unsigned long len;
	unsigned long align;
	uint32_t heap_id_mask;
	uint32_t flags;
	int32_t handle;
};

struct kernel_ion_fd {
	int32_t handle;
	int32_t fd;
};

struct kernel_ion_get_phys {
	int32_t fd;
	unsigned long phys;
};

struct kernel_ion_custom {
	uint32_t command;
	unsigned long argument;
};

struct kernel_ion_phys_dma {
	unsigned long phys;
	unsigned long size;
	int32_t fd;
};

/* PxP: three variants of the memory descriptor */
struct kernel_pxp_1 {
	uint32_t size;
	unsigned long phys_addr;
	uint32_t cpu_addr;
	uint32_t virt_uaddr;
};

struct kernel_pxp_2 {
	uint32_t handle;
	uint32_t size;
	unsigned long phys_addr;
	uint32_t virt_uaddr;
	uint32_t mtype;
};

struct kernel_pxp_3 {
	uint32_t handle;
	uint32_t size;
	unsigned long phys_addr;
	void *virt_uaddr;
	uint32_t mtype;
	uint32_t flags;
	int32_t fd;
};

struct kernel_pxp_flush_2 {
	uint32_t handle;
	uint32_t type;
};

struct kernel_pxp_flush_3 {
	uint32_t handle;
	int32_t fd;
	uint32_t type;
};

/* A number that depends on the word size of the program. */
#if __SIZEOF_LONG__ == 8
#define KERNEL_NATIVE(narrow, wide) wide
#else
#define KERNEL_NATIVE(narrow, wide) narrow
#endif

#define KERNEL_HEAP_ALLOC 0xC0184800u
/* Since Linux 6.0. */
struct kernel_sync_file {
	uint32_t flags;
	int32_t fd;
};

#define KERNEL_DMABUF_EXPORT_SYNC_FILE 0xc0086202
#define KERNEL_DMABUF_IMPORT_SYNC_FILE 0x40086203
#define KERNEL_DMABUF_SYNC 0x40086200u
#define KERNEL_DMABUF_SET_NAME_A 0x40046201u
#define KERNEL_DMABUF_SET_NAME_B 0x40086201u
#define KERNEL_DMABUF_PHYS_32 0x4004620Au
#define KERNEL_DMABUF_PHYS_64 0x4008620Au
#define KERNEL_DMABUF_PHYS KERNEL_NATIVE(KERNEL_DMABUF_PHYS_32, KERNEL_DMABUF_PHYS_64)
/* Before DMA_BUF_SET_NAME existed. */
#define KERNEL_DMABUF_PHYS_OLD KERNEL_NATIVE(KERNEL_DMABUF_SET_NAME_A, KERNEL_DMABUF_SET_NAME_B)
#define KERNEL_DMABUF_IMX_PHYS 0xC0104D20u
#define KERNEL_UDMABUF_CREATE 0x40187542u

#define KERNEL_ION_ALLOC 0xC0184900u
#define KERNEL_ION_OLD_ALLOC KERNEL_NATIVE(0xC0144900u, 0xC0204900u)
#define KERNEL_ION_FREE 0xC0044901u
#define KERNEL_ION_MAP 0xC0084902u
#define KERNEL_ION_SHARE 0xC0084904u
#define KERNEL_ION_IMPORT 0xC0084905u
#define KERNEL_ION_CUSTOM KERNEL_NATIVE(0xC0084906u, 0xC0104906u)
#define KERNEL_ION_SYNC 0xC0084907u
#define KERNEL_ION_QUERY 0xC0184908u
#define KERNEL_ION_GET_PHYS KERNEL_NATIVE(0xC008490Fu, 0xC010490Fu)
#define KERNEL_ION_ABI_VERSION 0x80044909u

/* Commands of ION_IOC_CUSTOM */
#define KERNEL_ION_PHYS KERNEL_NATIVE(0xC0084908u, 0xC0104908u)
#define KERNEL_ION_PHYS_DMA KERNEL_NATIVE(0xC00C4909u, 0xC0184909u)
#define KERNEL_ION_PHYS_VIRT KERNEL_NATIVE(0xC00C490Au, 0xC018490Au)

#define KERNEL_ION_CACHED 1u

#define KERNEL_IPU_ALLOC 0xC0044903u
#define KERNEL_IPU_FREE 0x40044904u

#define KERNEL_PXP_GET_1 KERNEL_NATIVE(0xC0105004u, 0xC0185004u)
#define KERNEL_PXP_GET_2 KERNEL_NATIVE(0xC0145004u, 0xC0185004u)
#define KERNEL_PXP_GET_3 KERNEL_NATIVE(0xC01C5004u, 0xC0285004u)
#define KERNEL_PXP_PUT_1 KERNEL_NATIVE(0x40105005u, 0x40185005u)
#define KERNEL_PXP_PUT_2 KERNEL_NATIVE(0x40145005u, 0x40185005u)
#define KERNEL_PXP_PUT_3 KERNEL_NATIVE(0x401C5005u, 0x40285005u)
#define KERNEL_PXP_FLUSH_2 0x80085007u
#define KERNEL_PXP_FLUSH_3 0x800C5007u
#define KERNEL_PXP_EXPBUF KERNEL_NATIVE(0x801C5008u, 0x80285008u)

/* drm.h */
struct kernel_drm_version {
	int32_t version_major, version_minor, version_patchlevel;
	size_t name_len;
	char *name;
	size_t date_len;
	char *date;
	size_t desc_len;
	char *desc;
};

struct kernel_prime_handle {
	uint32_t handle, flags;
	int32_t fd;
};

#define KERNEL_DRM_VERSION KERNEL_NATIVE(0xC0246400u, 0xC0406400u)
#define KERNEL_PRIME_FD_TO_HANDLE 0xC00C642Eu
#define KERNEL_GEM_CLOSE 0x40086409u

#define KERNEL_SYNC_READ 1u
#define KERNEL_SYNC_WRITE 2u
#define KERNEL_SYNC_END 4u

#define KERNEL_UDMABUF_CLOEXEC 1u

#endif /* SIM_KERNEL_H */
