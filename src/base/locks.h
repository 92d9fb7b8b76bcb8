/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The locks of the process, as opposed to those of single buffers, and fork(). A child has one thread: a lock that
 * another thread held at the moment of the fork would stay locked. fork() therefore takes all of these locks first. It
 * also waits until no other thread is in the dynamic loader, whose state in the child would be as incomplete.
 */
#ifndef IMXD_LOCKS_H
#define IMXD_LOCKS_H

#include <pthread.h>
#include <stdatomic.h>

/* In locking order: a thread that holds one may take a later one, never an earlier one. */
enum imxd_lock {
	IMXD_LOCK_WRAPPED, /* the list of the wrapped buffers that are mapped */
	IMXD_LOCK_NODES, /* the nodes that allocators share */
	IMXD_LOCK_VENDOR, /* calls of vendors' functions */
	IMXD_LOCK_LIVE, /* the list of allocators, and their lists of live buffers */
	IMXD_LOCK_SHARING, /* the list of DMA-BUFs with sessions */
	IMXD_LOCK_ATTACHMENT, /* the render node that attaches to DMA-BUFs */
	IMXD_LOCK_CACHE, /* the facts about caches, while they are found */
	IMXD_LOCK_LOG, /* the handler of log messages */
	IMXD_LOCKS
};

/* Take and release a lock. Not recursive. The thread cannot be cancelled meanwhile. */
void imxd_lock(enum imxd_lock lock);
void imxd_unlock(enum imxd_lock lock);

/* Disable cancellation until the end of the block. A cancelled thread would lose what it makes or frees. */
#define IMXD_NO_CANCEL                                                                                                 \
	int imxd_cancel_state __attribute__((cleanup(imxd_restore_cancel), unused)) = imxd_disable_cancel()
int imxd_disable_cancel(void);
void imxd_restore_cancel(int const *state);

/* Run in_child in each forked child from now on, with all locks held. It belongs to the data that `lock` guards. */
void imxd_on_fork(enum imxd_lock lock, void (*in_child)(void));

/* The same in fewer instructions, for a thread that cannot be cancelled now. */
extern pthread_mutex_t imxd_locks[IMXD_LOCKS];

static inline void imxd_lock_without_cancel(enum imxd_lock lock)
{
	pthread_mutex_lock(&imxd_locks[lock]);
}

static inline void imxd_unlock_without_cancel(enum imxd_lock lock)
{
	pthread_mutex_unlock(&imxd_locks[lock]);
}

/* The number of forks of this process so far. It does not change while one of the locks is held. */
extern _Atomic unsigned long imxd_forks_so_far;

static inline unsigned long imxd_forks(void)
{
	return atomic_load_explicit(&imxd_forks_so_far, memory_order_relaxed);
}

/* A thread's stay in the dynamic loader. */
struct imxd_loader_stay {
	pthread_t thread;
	int cancel_state;
	struct imxd_loader_stay *next;
};

/*
 * Surround each call that may load a library: dlopen(), dlsym(), and the C library's functions that use NSS. Stays may
 * nest, because a library's constructor may call anything, fork() included: it does not wait for its own thread. Hold
 * no lock.
 */
void imxd_loader_enter(struct imxd_loader_stay *stay);
void imxd_loader_leave(struct imxd_loader_stay *stay);

#endif /* IMXD_LOCKS_H */
