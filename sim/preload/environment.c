/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Only in the preload library: configure the machine from the environment before main().
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim.h"

__attribute__((constructor)) static void prepare(void)
{
	char const *text = getenv("IMXDMABUFFER_SIM");

	if (!text || sim_configure(text) == 0)
		return;
	fprintf(stderr, "IMXDMABUFFER_SIM: %s\n", sim_message());
	_exit(127);
}
