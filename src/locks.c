/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "locks.h"

#include "allocator.h"

pthread_mutex_t imxd_locks[IMXD_LOCKS] = {
	[IMXD_LOCK_WRAPPED] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_NODES] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_VENDOR] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_LIVE] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_LOG] = PTHREAD_MUTEX_INITIALIZER,
};

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
	imxd_note_copies();
	imxd_note_node_copies();
	in_parent();
}

/* Without memory for it a fork stays as it would be. */
static void watch(void)
{
	static bool watching;

	/* A child that was forked in the middle of this does it again. */
	if (!watching)
		watching = pthread_atfork(before_fork, in_parent, in_child) == 0;
}

void imxd_watch_forks(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch);
}
