/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed uname: the release that the statement of that name gave.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "device.h"

int wrap_uname(struct utsname *name) __asm__("uname");

int wrap_uname(struct utsname *name)
{
	int result = (int)syscall(SYS_uname, name);

	sim_lock();
	if (result == 0 && sim_settings.release[0] != '\0')
		snprintf(name->release, sizeof(name->release), "%s", sim_settings.release);
	sim_unlock();
	return result;
}
