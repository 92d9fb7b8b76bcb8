/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The locks of the process, as opposed to those of single buffers, and forks. A child has one thread: what others held
 * at the moment of the fork would stay locked in it for good, so fork() waits for all of these.
 */
#ifndef IMXD_LOCKS_H
#define IMXD_LOCKS_H

#include <pthread.h>

/* In the order in which one may be taken while another is held. */
enum imxd_lock {
	IMXD_LOCK_WRAPPED, /* the shadows of wrapped buffers, and their mappings */
	IMXD_LOCK_NODES, /* the nodes that allocators share */
	IMXD_LOCK_VENDOR, /* calls of vendors' functions */
	IMXD_LOCK_LIVE, /* the list of allocators, and their lists of live buffers */
	IMXD_LOCK_LOG, /* the handler of log messages */
	IMXD_LOCKS
};

/* Hidden here too: then measured paths find them without a table. */
extern __attribute__((visibility("hidden"))) pthread_mutex_t imxd_locks[IMXD_LOCKS];

static inline void imxd_lock(enum imxd_lock lock)
{
	pthread_mutex_lock(&imxd_locks[lock]);
}

static inline void imxd_unlock(enum imxd_lock lock)
{
	pthread_mutex_unlock(&imxd_locks[lock]);
}

/* Called by whatever makes objects. Not a constructor's work: locks that are below ours, as a tracer's, come first. */
void imxd_watch_forks(void);

#endif /* IMXD_LOCKS_H */
