/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory functions of libhantro, the decoder wrapper layer, as in dwl.h of NXP's imx-vpu-hantro (i.MX8M).
 */
#ifndef IMXD_UAPI_DWL_H
#define IMXD_UAPI_DWL_H

#include <stdint.h>

struct imxd_dwl_init {
	uint32_t client_type;
};

#define IMXD_DWL_CLIENT_H264 1
#define IMXD_DWL_CLIENT_HEVC 12

/* Other libraries of the family have more members: there is room for them. */
union imxd_dwl_memory {
	struct {
		uint32_t *cpu;
		unsigned long address;
		uint32_t size;
		uint32_t logical_size;
		int32_t fd;
		uint32_t type;
	} memory;
	uint64_t room[16];
};

/* The type of memory that the CPU may use. */
#define IMXD_DWL_TYPE_CPU 0

struct imxd_dwl {
	void const *(*init)(struct imxd_dwl_init *parameters);
	int32_t (*release)(void const *instance);
	int32_t (*allocate)(void const *instance, uint32_t size, union imxd_dwl_memory *memory);
	void (*free)(void const *instance, union imxd_dwl_memory *memory);
	/* Not in all versions of the library; NULL there. */
	void (*flush)(void const *instance, union imxd_dwl_memory *memory);
};

/* The names of these functions, in that order, the one that may be missing last. */
#define IMXD_DWL_NAMES "DWLInit", "DWLRelease", "DWLMallocLinear", "DWLFreeLinear", "DWLFlushCache"
#define IMXD_DWL_NEEDED 4

#endif /* IMXD_UAPI_DWL_H */
