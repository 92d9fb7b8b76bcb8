/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "variables.h"

#include <stddef.h>
#include <stdlib.h>

struct variable const variables[] = {
	{"IMXDMABUFFER_ALLOCATOR", "the default allocator: NAME or NAME:TARGET, such as dma-heap:/dev/dma_heap/reserved",
		"the first usable one"},
	{"IMXDMABUFFER_PHYSICAL_ADDRESS",
		"optional: the default allocator also allocates memory whose physical address is unknown", "required"},
	{"IMXDMABUFFER_SYNC", "who maintains the caches of cached memory: auto, user (the process) or kernel", "auto"},
	{"IMXDMABUFFER_ATTACH",
		"the device that is attached for SYNC: auto, off, or a render node, such as /dev/dri/renderD128", "auto"},
	{"IMXDMABUFFER_KEEP_MAPPINGS", "bytes of mappings that are kept after unmap, such as 64M; 0: none",
		"an eighth of the machine's memory"},
	{"IMXDMABUFFER_LOG", "log to standard error: error, warning, info or debug", "off"},
	{0},
};

char const *variable_value(char const *name)
{
	char const *value = getenv(name);

	return (value && value[0] != '\0') ? value : NULL;
}
