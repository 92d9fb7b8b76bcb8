/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stand-in for libhantro.so.1 in guests. As the real one, it uses a function of libm without linking libm, so that
 * dlopen fails unless libm has been loaded before with RTLD_GLOBAL.
 */
#include "hantro.h"

#include <math.h>
#include <stdlib.h>

#include "memory.h"

#define CLIENT_TYPE_MIN 1
#define CLIENT_TYPE_MAX 12
#define DWL_OK 0
#define DWL_ERROR (-1)

void const *DWLInit(struct DWLInitParam *param)
{
	uint32_t *instance;

	if (param == NULL || param->client_type < CLIENT_TYPE_MIN || param->client_type > CLIENT_TYPE_MAX)
		return NULL;
	instance = malloc(sizeof(*instance));
	if (instance != NULL)
		*instance = (uint32_t)pow(2.0, param->client_type);
	return instance;
}

int DWLRelease(void const *instance)
{
	union {
		void const *constant;
		void *plain;
	} pointer = {instance};

	free(pointer.plain);
	return DWL_OK;
}

/* Buffers do not depend on the instance, which may be released before them. */
int DWLMallocLinear(void const *instance, uint32_t size, struct DWLLinearMem *info)
{
	struct memory memory;

	if (instance == NULL || info == NULL || size == 0 || memory_allocate(&memory, size, 0) < 0)
		return DWL_ERROR;
	info->virtual_address = memory.map;
	info->bus_address = (unsigned long)memory.phys;
	info->size = (uint32_t)memory.size;
	info->logical_size = size;
	info->ion_fd = memory.fd;
	return DWL_OK;
}

void DWLFreeLinear(void const *instance, struct DWLLinearMem *info)
{
	struct memory memory;

	if (instance == NULL || info == NULL || info->virtual_address == NULL)
		return;
	memory = (struct memory){.fd = info->ion_fd, .size = info->size, .map = info->virtual_address};
	memory_free(&memory);
	info->virtual_address = NULL;
}

/* The memory is uncached. */
void DWLFlushCache(void const *instance, struct DWLLinearMem *info)
{
	(void)instance;
	(void)info;
}
