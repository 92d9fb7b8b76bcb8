/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live.h"

#include <stddef.h>

#include "../base/locks.h"
#include "shared_map.h"

static struct imxd_allocator *allocators;

static void mark_buffer(struct imxd_buffer *buffer)
{
	buffer->inherited = true;
	/* The parent ends the session. */
	buffer->mapping.in_session = false;
	/* The thread that held the lock is not in this process. It may have been in mprotect(). */
	buffer->mapping.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	buffer->mapping.protection = IMXD_PROTECTION_UNKNOWN;
	if (buffer->views)
		buffer->views->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

static void mark_forked(void)
{
	for (struct imxd_allocator *allocator = allocators; allocator; allocator = allocator->next) {
		allocator->inherited = true;
		for (struct imxd_buffer *buffer = allocator->live; buffer; buffer = buffer->next)
			mark_buffer(buffer);
	}
}

void imxd_live_add_allocator(struct imxd_allocator *allocator)
{
	imxd_on_fork(IMXD_LOCK_LIVE, mark_forked);
	allocator->next = allocators;
	allocators = allocator;
}

void imxd_live_remove_allocator(struct imxd_allocator const *allocator)
{
	struct imxd_allocator **link = &allocators;

	imxd_lock(IMXD_LOCK_LIVE);
	while (*link != allocator)
		link = &(*link)->next;
	*link = allocator->next;
	imxd_unlock(IMXD_LOCK_LIVE);
}

void imxd_live_add(struct imxd_buffer *buffer)
{
	struct imxd_allocator *owner = buffer->owner;

	imxd_lock(IMXD_LOCK_LIVE);
	buffer->next = owner->live;
	if (buffer->next)
		buffer->next->previous = buffer;
	owner->live = buffer;
	imxd_unlock(IMXD_LOCK_LIVE);
}

void imxd_live_remove(struct imxd_buffer *buffer)
{
	imxd_lock(IMXD_LOCK_LIVE);
	if (buffer->next)
		buffer->next->previous = buffer->previous;
	if (buffer->previous)
		buffer->previous->next = buffer->next;
	else
		buffer->owner->live = buffer->next;
	imxd_unlock(IMXD_LOCK_LIVE);
}

void imxd_live_visit(void (*visit)(struct imxd_buffer *buffer, void *data), void *data)
{
	imxd_lock(IMXD_LOCK_LIVE);
	for (struct imxd_allocator *allocator = allocators; allocator; allocator = allocator->next)
		for (struct imxd_buffer *buffer = allocator->live; buffer; buffer = buffer->next)
			visit(buffer, data);
	imxd_unlock(IMXD_LOCK_LIVE);
}
