/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "env.h"

#include <stddef.h>

#include "sys.h"

char const *imxd_env(enum imxd_variable variable)
{
	static char const *const names[] = {
		[IMXD_ENV_ALLOCATOR] = "IMXDMABUFFER_ALLOCATOR",
		[IMXD_ENV_PHYSICAL_ADDRESS] = "IMXDMABUFFER_PHYSICAL_ADDRESS",
		[IMXD_ENV_SYNC] = "IMXDMABUFFER_SYNC",
		[IMXD_ENV_ATTACH] = "IMXDMABUFFER_ATTACH",
		[IMXD_ENV_KEEP_MAPPINGS] = "IMXDMABUFFER_KEEP_MAPPINGS",
		[IMXD_ENV_LOG] = "IMXDMABUFFER_LOG",
	};
	char const *value = imxd_sys_getenv(names[variable]);

	return (value && value[0] != '\0') ? value : NULL;
}
