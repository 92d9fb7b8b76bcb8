/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The locks of the process, as opposed to those of single buffers, and fork(). A child has one thread: a lock that
 * another thread held at the moment of the fork would stay locked. fork() therefore takes all of these locks first.
 */
#ifndef IMXD_LOCKS_H
#define IMXD_LOCKS_H

#include <pthread.h>

/* In locking order: a thread that holds one may take a later one, never an earlier one. */
enum imxd_lock {
	IMXD_LOCK_WRAPPED, /* the wrapped buffers that are mapped */
	IMXD_LOCK_NODES, /* the nodes that allocators share */
	IMXD_LOCK_VENDOR, /* calls of vendors' functions */
	IMXD_LOCK_LIVE, /* the list of allocators, and their lists of live buffers */
	IMXD_LOCK_LOG, /* the handler of log messages */
	IMXD_LOCKS
};

/* Take and release a lock. Not recursive. */
void imxd_lock(enum imxd_lock lock);
void imxd_unlock(enum imxd_lock lock);

/*
 * Watch fork() from now on. in_child, unless NULL, runs in each child, with all locks held; it belongs to the data that
 * `lock` guards. Call this before the first object is made. (A constructor of the library would run too early: fork
 * handlers of a tracer with locks below ours must be registered before.)
 */
void imxd_watch_forks(enum imxd_lock lock, void (*in_child)(void));

#endif /* IMXD_LOCKS_H */
