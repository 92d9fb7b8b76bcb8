/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/ion. The newer interface (Linux 4.12 and newer: allocation is a DMA-BUF at once) as in
 * drivers/staging/android/uapi/ion.h of Linux 5.10; the older one, with handles, as in the same file of Linux 4.9, with
 * NXP's custom call for the physical address. Which of them a kernel has is found out at run time.
 */
#ifndef IMXD_UAPI_ION_H
#define IMXD_UAPI_ION_H

#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define IMXD_ION_NODE "/dev/ion"
#define IMXD_ION_FLAG_CACHED 1u

struct imxd_ion_allocation {
	uint64_t length;
	uint32_t heap_mask;
	uint32_t flags;
	uint32_t fd;
	uint32_t unused;
};

struct imxd_ion_heap {
	char name[32];
	uint32_t type;
	uint32_t id;
	uint32_t reserved[3];
};

struct imxd_ion_query {
	uint32_t count;
	uint32_t reserved0;
	uint64_t heaps;
	uint32_t reserved1;
	uint32_t reserved2;
};

/* Types of heaps; Android's common kernel 5.4 has numbers of its own, and a call that tells its version. */
#define IMXD_ION_TYPE_CARVEOUT 2
#define IMXD_ION_TYPE_DMA 4
#define IMXD_ION_TYPE_DMA_GKI 2

#define IMXD_ION_ALLOCATE _IOWR('I', 0, struct imxd_ion_allocation)
#define IMXD_ION_QUERY _IOWR('I', 8, struct imxd_ion_query)
#define IMXD_ION_VERSION _IOR('I', 9, uint32_t)

struct imxd_ion_legacy_allocation {
	size_t length;
	size_t alignment;
	uint32_t heap_mask;
	uint32_t flags;
	int32_t handle;
};

struct imxd_ion_legacy_fd {
	int32_t handle;
	int32_t fd;
};

struct imxd_ion_legacy_custom {
	uint32_t command;
	unsigned long argument;
};

/* NXP's: a DMA-BUF descriptor goes in. */
struct imxd_ion_legacy_phys {
	unsigned long address;
	size_t size;
	int32_t fd;
};

/* NXP's kernels give the number 0 to the CMA heap. */
#define IMXD_ION_LEGACY_CMA_MASK 1u

/* A number that no ION has. */
#define IMXD_ION_UNKNOWN _IO('I', 31)

#define IMXD_ION_LEGACY_ALLOCATE _IOWR('I', 0, struct imxd_ion_legacy_allocation)
#define IMXD_ION_LEGACY_FREE _IOWR('I', 1, int32_t)
#define IMXD_ION_LEGACY_SHARE _IOWR('I', 4, struct imxd_ion_legacy_fd)
#define IMXD_ION_LEGACY_CUSTOM _IOWR('I', 6, struct imxd_ion_legacy_custom)
#define IMXD_ION_LEGACY_PHYS _IOWR('I', 9, struct imxd_ion_legacy_phys)

#endif /* IMXD_UAPI_ION_H */
