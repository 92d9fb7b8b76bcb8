/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "locks.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * The longest time that fork() waits for threads in the loader. If the program itself loads a library, and that
 * library's constructor forks, these threads wait for the constructor: the fork must go on then.
 */
#define PATIENCE_SECONDS 5

pthread_mutex_t imxd_locks[IMXD_LOCKS] = {
	[IMXD_LOCK_WRAPPED] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_NODES] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_VENDOR] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_LIVE] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_SHARING] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_ATTACHMENT] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_CACHE] = PTHREAD_MUTEX_INITIALIZER,
	[IMXD_LOCK_LOG] = PTHREAD_MUTEX_INITIALIZER,
};
/* The holder's state of cancellation before it took the lock. */
static int cancel_states[IMXD_LOCKS];
static void (*_Atomic hooks[IMXD_LOCKS])(void);

/* Guards the stays, and is held during a fork. */
static pthread_mutex_t loader = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t someone_left;
static struct imxd_loader_stay *stays;
/* The forking thread's state of cancellation. */
static int forking_state;
_Atomic unsigned long imxd_forks_so_far;

int imxd_disable_cancel(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	return state;
}

void imxd_restore_cancel(int const *state)
{
	pthread_setcancelstate(*state, NULL);
}

void imxd_lock(enum imxd_lock lock)
{
	int state = imxd_disable_cancel();

	pthread_mutex_lock(&imxd_locks[lock]);
	cancel_states[lock] = state;
}

void imxd_unlock(enum imxd_lock lock)
{
	int state = cancel_states[lock];

	pthread_mutex_unlock(&imxd_locks[lock]);
	pthread_setcancelstate(state, NULL);
}

void imxd_on_fork(enum imxd_lock lock, void (*in_child)(void))
{
	hooks[lock] = in_child;
}

void imxd_loader_enter(struct imxd_loader_stay *stay)
{
	stay->cancel_state = imxd_disable_cancel();
	stay->thread = pthread_self();
	pthread_mutex_lock(&loader);
	stay->next = stays;
	stays = stay;
	pthread_mutex_unlock(&loader);
}

void imxd_loader_leave(struct imxd_loader_stay *stay)
{
	struct imxd_loader_stay **link = &stays;

	pthread_mutex_lock(&loader);
	while (*link != stay)
		link = &(*link)->next;
	*link = stay->next;
	pthread_cond_broadcast(&someone_left);
	pthread_mutex_unlock(&loader);
	pthread_setcancelstate(stay->cancel_state, NULL);
}

/* Is another thread in the loader, and not this one? This one holds the loader's own lock, for which others wait. */
static bool must_wait(void)
{
	bool others = false;

	for (struct imxd_loader_stay *stay = stays; stay; stay = stay->next) {
		if (pthread_equal(stay->thread, pthread_self()))
			return false;
		others = true;
	}
	return others;
}

/* CLOCK_REALTIME jumps on boards that set it after they have booted. */
static void init_condition(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&someone_left, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void before_fork(void)
{
	struct timespec end;
	int state = imxd_disable_cancel(), result = 0;

	pthread_mutex_lock(&loader);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += PATIENCE_SECONDS;
	while (must_wait() && result == 0)
		result = pthread_cond_timedwait(&someone_left, &loader, &end);
	forking_state = state;
	for (int i = 0; i < IMXD_LOCKS; i++)
		imxd_lock((enum imxd_lock)i);
	atomic_fetch_add_explicit(&imxd_forks_so_far, 1, memory_order_relaxed);
}

static void in_parent(void)
{
	int state;

	for (int i = IMXD_LOCKS - 1; i >= 0; i--)
		imxd_unlock((enum imxd_lock)i);
	state = forking_state;
	pthread_mutex_unlock(&loader);
	pthread_setcancelstate(state, NULL);
}

/* Other threads are not in this process. */
static void in_child(void)
{
	struct imxd_loader_stay **link = &stays;

	while (*link)
		if (pthread_equal((*link)->thread, pthread_self()))
			link = &(*link)->next;
		else
			*link = (*link)->next;
	init_condition();
	for (int i = 0; i < IMXD_LOCKS; i++)
		if (hooks[i])
			hooks[i]();
	in_parent();
}

/* Before any thread can call the library. Without memory for it, fork() stays unwatched. */
__attribute__((constructor)) static void watch_forks(void)
{
	init_condition();
	pthread_atfork(before_fork, in_parent, in_child);
}
