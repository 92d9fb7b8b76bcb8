/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed uname, with the release of the statement release, and getrlimit for the size of files, including memfds.
 */
#undef _TIME_BITS
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE

#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kernel/calls.h"
#include "kernel/enter.h"
#include "kernel/settings.h"

int wrap_uname(struct utsname *name) __asm__("uname");
int wrap_getrlimit(int resource, struct rlimit *limit) __asm__("getrlimit");
int wrap_getrlimit64(int resource, struct rlimit64 *limit) __asm__("getrlimit64");

/* Returns false if the call is scripted to fail. */
static bool admit(enum sim_call call)
{
	return !sim_enter() || SIM_LOCKED(sim_admit(call));
}

int wrap_uname(struct utsname *name)
{
	int result = admit(SIM_CALL_UNAME) ? (int)syscall(SYS_uname, name) : -1;

	if (result != 0 || sim_is_passed())
		return result;
	sim_lock();
	if (sim_settings.release[0] != '\0')
		snprintf(name->release, sizeof(name->release), "%s", sim_settings.release);
	sim_unlock();
	return result;
}

/*
 * AddressSanitizer asks for other limits before its shadow memory exists. So this code must not access memory then, and
 * makes the system call directly.
 */
static bool admit_limit(int resource)
{
	return resource != (int)RLIMIT_FSIZE || admit(SIM_CALL_GETRLIMIT);
}

int wrap_getrlimit64(int resource, struct rlimit64 *limit)
{
	return admit_limit(resource) ? (int)syscall(SYS_prlimit64, 0, resource, NULL, limit) : -1;
}

int wrap_getrlimit(int resource, struct rlimit *limit)
{
#ifdef SYS_ugetrlimit
	return admit_limit(resource) ? (int)syscall(SYS_ugetrlimit, resource, limit) : -1;
#else
	return admit_limit(resource) ? (int)syscall(SYS_prlimit64, 0, resource, NULL, limit) : -1;
#endif
}
