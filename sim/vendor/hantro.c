/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for NXP's libhantro, on the simulated machine. Like the real one it uses a function of libm without
 * linking libm: loading it fails unless libm is loaded already, with global symbols. It is also built without
 * DWLFlushCache().
 */
#include "hantro.h"

#include <math.h>
#include <stdlib.h>

#include "devices/vendor.h"

#define OK 0
#define ERROR (-1)

#define CLIENT_TYPE_MIN 1
#define CLIENT_TYPE_MAX 12

void const *DWLInit(struct DWLInitParam *param)
{
	uint32_t *instance = NULL;

	if (!sim_vendor_call(SIM_CALL_DWL_INIT) || !param || param->client_type < CLIENT_TYPE_MIN ||
		param->client_type > CLIENT_TYPE_MAX || !sim_vendor_opens("/dev/mxc_hantro"))
		return NULL;
	if (sim_vendor_dwl_memory(param->client_type, true))
		instance = malloc(sizeof(*instance));
	if (!instance)
		return NULL;
	*instance = (uint32_t)pow(2.0, (double)param->client_type);
	if (!sim_vendor_keep(SIM_DWL_INSTANCE, instance, NULL)) {
		free(instance);
		return NULL;
	}
	return instance;
}

int DWLRelease(void const *instance)
{
	union {
		void const *constant;
		void *plain;
	} pointer = {instance};

	if (!sim_vendor_call(SIM_CALL_DWL_RELEASE) || !sim_vendor_drop(SIM_DWL_INSTANCE, instance))
		return ERROR;
	free(pointer.plain);
	return OK;
}

/* Memory does not depend on the instance, which may be released earlier. */
int DWLMallocLinear(void const *instance, uint32_t size, struct DWLLinearMem *info)
{
	struct sim_vendor_memory memory;
	bool cached = sim_vendor_dwl_cached();

#ifdef DWL_WITHOUT_FD
	/* Versions without the descriptor have the memory type in its place. */
	if (info && info->ion_fd != 0)
		return ERROR;
#endif
	if (!sim_vendor_call(SIM_CALL_DWL_MALLOC) || !sim_vendor_has(SIM_DWL_INSTANCE, instance, true) || !info ||
		!sim_vendor_allocate(sim_vendor_dwl_memory(0, false), size, cached, true, &memory))
		return ERROR;
	if (!sim_vendor_keep(SIM_DWL_MEMORY, memory.pointer, &memory)) {
		sim_vendor_free(&memory);
		return ERROR;
	}
	info->virtual_address = memory.pointer;
	info->bus_address = (unsigned long)memory.address;
	info->size = (uint32_t)memory.size;
	info->logical_size = size;
#ifndef DWL_WITHOUT_FD
	info->ion_fd = memory.fd;
#endif
	return OK;
}

void DWLFreeLinear(void const *instance, struct DWLLinearMem *info)
{
	if (!sim_vendor_call(SIM_CALL_DWL_FREE) || !sim_vendor_has(SIM_DWL_INSTANCE, instance, true) || !info)
		return;
	sim_vendor_drop(SIM_DWL_MEMORY, info->virtual_address);
	info->virtual_address = NULL;
}

#ifndef DWL_WITHOUT_FLUSH
void DWLFlushCache(void const *instance, struct DWLLinearMem *info)
{
	if (sim_vendor_call(SIM_CALL_DWL_FLUSH) && sim_vendor_has(SIM_DWL_INSTANCE, instance, true) && info)
		sim_vendor_maintain(SIM_DWL_MEMORY, info->virtual_address, SIM_CACHE_FLUSH);
}
#endif
