/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions for the user and the groups of this process. A simulated process runs as user and group 65534,
 * with the supplementary group of the statement member, whatever the real user is.
 */
#include <sys/types.h>
#include <unistd.h>

#include "kernel/enter.h"
#include "kernel/settings.h"

#define NOBODY 65534

uid_t wrap_geteuid(void) __asm__("geteuid");
gid_t wrap_getegid(void) __asm__("getegid");
int wrap_getgroups(int size, gid_t *groups) __asm__("getgroups");
int wrap_getgroups_chk(int size, gid_t *groups, size_t room) __asm__("__getgroups_chk");

uid_t wrap_geteuid(void)
{
	return NOBODY;
}

gid_t wrap_getegid(void)
{
	return NOBODY;
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

int wrap_getgroups_chk(int size, gid_t *groups, size_t room)
{
	return wrap_getgroups((size_t)size > room / sizeof(*groups) ? (int)(room / sizeof(*groups)) : size, groups);
}
