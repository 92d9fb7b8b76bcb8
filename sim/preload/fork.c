/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The function behind pthread_atfork() (glibc). Libraries register handlers before the simulator's constructor runs.
 */
#include "kernel/enter.h"
#include "kernel/real.h"

typedef void handler(void);

int wrap_register_atfork(handler *prepare, handler *parent, handler *child, void *library) __asm__("__register_atfork");

int wrap_register_atfork(handler *prepare, handler *parent, handler *child, void *library)
{
	sim_watch_forks();
	return real()->register_atfork(prepare, parent, child, library);
}
