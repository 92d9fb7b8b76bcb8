/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A library whose constructor calls the program: as libg2d.so.2 of a vendor without any function, and as a plugin.
 */
#include <dlfcn.h>

__attribute__((constructor)) static void construct(void)
{
	void (*hook)(void);

	*(void **)&hook = dlsym(RTLD_DEFAULT, HOOK);
	if (hook)
		hook();
}
