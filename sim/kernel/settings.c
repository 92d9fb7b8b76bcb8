/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/settings.h"

#define DEFAULTS                                                                                                       \
	{                                                                                                                  \
		.phys = SIM_PHYS_NATIVE, .pagemap = SIM_PAGEMAP_UNPRIVILEGED, .base = 0x4c000000, .cma_alignment = 1 << 20,    \
		.huge_base = 0x80000000,                                                                                       \
	}

struct sim_settings sim_settings = DEFAULTS;

void sim_settings_reset(void)
{
	sim_settings = (struct sim_settings)DEFAULTS;
}
