/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory functions of libhantro.
 */
#ifndef STANDIN_HANTRO_H
#define STANDIN_HANTRO_H

#include <stdint.h>

struct DWLLinearMem {
	uint32_t *virtual_address;
	unsigned long bus_address;
	uint32_t size;
	uint32_t logical_size;
	int ion_fd;
	uint32_t mem_type;
};

struct DWLInitParam {
	uint32_t client_type;
};

void const *DWLInit(struct DWLInitParam *param);
int DWLRelease(void const *instance);
int DWLMallocLinear(void const *instance, uint32_t size, struct DWLLinearMem *info);
void DWLFreeLinear(void const *instance, struct DWLLinearMem *info);
void DWLFlushCache(void const *instance, struct DWLLinearMem *info);

#endif
