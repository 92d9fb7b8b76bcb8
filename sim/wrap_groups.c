/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed questions for the groups of this process: on a simulated machine it belongs to nobody's, and to the one
 * that the statement member gave, whoever runs it.
 */
#include <sys/types.h>
#include <unistd.h>

#include "device.h"

#define NOBODYS 65534

gid_t wrap_getegid(void) __asm__("getegid");
int wrap_getgroups(int size, gid_t *groups) __asm__("getgroups");

gid_t wrap_getegid(void)
{
	return NOBODYS;
}

int wrap_getgroups(int size, gid_t *groups)
{
	int count;

	sim_lock();
	count = (sim_settings.member != 0) ? 1 : 0;
	if (size >= 1 && count == 1)
		groups[0] = sim_settings.member;
	sim_unlock();
	return count;
}
