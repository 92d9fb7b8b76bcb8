/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "locks.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t locks[IMXD_LOCKS] = {
	[IMXD_LOCK_WRAPPED] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_NODES] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_VENDOR] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_LIVE] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_LOG] = PTHREAD_MUTEX_INITIALIZER,
};
static void (*_Atomic hooks[IMXD_LOCKS])(void);

void imxd_lock(enum imxd_lock lock)
{
	pthread_mutex_lock(&locks[lock]);
}

void imxd_unlock(enum imxd_lock lock)
{
	pthread_mutex_unlock(&locks[lock]);
}

static void before_fork(void)
{
	for (int i = 0; i < IMXD_LOCKS; i++)
		imxd_lock((enum imxd_lock)i);
}

static void in_parent(void)
{
	for (int i = IMXD_LOCKS - 1; i >= 0; i--)
		imxd_unlock((enum imxd_lock)i);
}

static void in_child(void)
{
	for (int i = 0; i < IMXD_LOCKS; i++)
		if (hooks[i])
			hooks[i]();
	in_parent();
}

/* A child that was forked in the middle of this registers again. Without memory for it, fork() stays unwatched. */
static void watch(void)
{
	static bool watching;

	if (!watching)
		watching = pthread_atfork(before_fork, in_parent, in_child) == 0;
}

void imxd_watch_forks(enum imxd_lock lock, void (*hook)(void))
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (hook)
		hooks[lock] = hook;
	pthread_once(&once, watch);
}
