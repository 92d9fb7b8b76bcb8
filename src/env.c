/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "env.h"

#include <string.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "export.h"
#include "sys.h"

static struct {
	char const *name;
	char const *default_value;
	char const *meaning;
} const table[] = {
	[IMXD_ENV_ALLOCATOR] = {"IMXDMABUFFER_ALLOCATOR", "the first usable one",
		"the default allocator: a name, or name:node, as in dma-heap:/dev/dma_heap/reserved"},
	[IMXD_ENV_PHYSICAL_ADDRESS] = {"IMXDMABUFFER_PHYSICAL_ADDRESS", "required",
		"optional: allocate also where the physical address cannot be known"},
	[IMXD_ENV_LOG] = {"IMXDMABUFFER_LOG", "off", "log to standard error: error, warning, info or debug"},
};

#define COUNT (sizeof(table) / sizeof(table[0]))

char const *imxd_env(enum imxd_variable variable)
{
	char const *value = imxd_sys_getenv(table[variable].name);

	return (value && value[0] != '\0') ? value : NULL;
}

IMXD_EXPORT size_t imx_dma_buffer_get_variables(ImxDmaBufferVariable *variables, size_t max)
{
	for (size_t i = 0; variables && i < max && i < COUNT; i++) {
		memset(&variables[i], 0, sizeof(variables[i]));
		variables[i].name = table[i].name;
		variables[i].meaning = table[i].meaning;
		variables[i].default_value = table[i].default_value;
		variables[i].value = imxd_env((enum imxd_variable)i);
	}
	return COUNT;
}
