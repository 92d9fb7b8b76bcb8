/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All allocators of the process, and their live buffers. IMXD_LOCK_LIVE guards the lists. In a forked child, everything
 * in them is marked as inherited.
 */
#ifndef IMXD_LIVE_H
#define IMXD_LIVE_H

#include "object.h"

/* Add an allocator. Call with IMXD_LOCK_LIVE held. */
void imxd_live_add_allocator(struct imxd_allocator *allocator);

/* The functions below take the lock themselves. */
void imxd_live_remove_allocator(struct imxd_allocator const *allocator);
void imxd_live_add(struct imxd_buffer *buffer);
void imxd_live_remove(struct imxd_buffer *buffer);

/* Put a buffer in the place of another one of the same owner. Call with IMXD_LOCK_LIVE held. */
static inline void imxd_live_replace(struct imxd_buffer *old, struct imxd_buffer *buffer)
{
	buffer->next = old->next;
	buffer->previous = old->previous;
	if (buffer->next)
		buffer->next->previous = buffer;
	if (buffer->previous)
		buffer->previous->next = buffer;
	else
		buffer->owner->live = buffer;
}

/* Call visit for each live buffer. */
void imxd_live_visit(void (*visit)(struct imxd_buffer *buffer, void *data), void *data);

#endif /* IMXD_LIVE_H */
