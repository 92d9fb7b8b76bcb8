/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Only in the preload library: configure the machine from the environment before main(), and check for mistakes with
 * caches until the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/fault.h"
#include "check/check.h"
#include "sim.h"

/* Not that of this library, which runs the function with its own destructors. */
int __cxa_atexit(void (*function)(void *), void *argument, void *library);

static void finish(void *argument)
{
	(void)argument;
	sim_check_end();
}

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
	sim_check_start(report, trace);
	/* What constructors register runs after the destructors of all libraries, which may free memory. */
	__cxa_atexit(finish, NULL, NULL);
	if (trace)
		sim_fault_start();
}
