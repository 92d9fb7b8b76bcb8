/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Only in the preload library: configure the machine from the environment before main(), and check for mistakes with
 * caches until the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/fault.h"
#include "check/watch.h"
#include "sim.h"

__attribute__((constructor)) static void prepare(void)
{
	char const *text = getenv("IMXDMABUFFER_SIM"), *report = getenv("IMXDMABUFFER_SIM_REPORT");
	bool trace = getenv("IMXDMABUFFER_SIM_TRACE");

	if (text && sim_configure(text) != 0) {
		fprintf(stderr, "IMXDMABUFFER_SIM: %s\n", sim_message());
		_exit(127);
	}
	if (!report)
		return;
	sim_watch_start(report, trace);
	if (trace)
		sim_fault_start();
}

__attribute__((destructor)) static void finish(void)
{
	if (sim_watch_is_on())
		sim_watch_end();
}
