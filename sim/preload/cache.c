/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The function that the library calls in place of arm64's instructions, if it exists: see src/base/cache.c.
 */
#include "kernel/cache.h"
#include "kernel/enter.h"
#include "kernel/settings.h"

/* Operation 0 reads CTR_EL0; the others are those of the simulator, in its order. */
__attribute__((visibility("default"))) uint64_t imxdmabuffer_sim_cache(int operation, void const *line);

uint64_t imxdmabuffer_sim_cache(int operation, void const *line)
{
	uint64_t result;

	sim_lock();
	result = sim_settings.cache_register;
	if (operation > 0)
		sim_cache_do((enum sim_cache_operation)(operation - 1), line);
	sim_unlock();
	return result;
}
