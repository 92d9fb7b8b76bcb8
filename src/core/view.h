/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Views: buffers that are a part of another one's memory.
 */
#ifndef IMXD_VIEW_H
#define IMXD_VIEW_H

#include "object.h"

/* As imx_dma_buffer_new_view(). Returns 0 with *view, or a negative errno code. */
int imxd_view_new(struct imxd_buffer *buffer, size_t offset, size_t size, unsigned int flags,
	struct imxd_buffer **view);

/* Count one more view of a buffer. Returns 0 or -ENOMEM. */
int imxd_view_join(struct imxd_buffer *whole);

/*
 * The program deallocates a buffer. Returns 1 if it has views: the memory must stay until they are gone; 0 without, or
 * -EINVAL if it was deallocated before.
 */
int imxd_view_defer(struct imxd_buffer *buffer);

/* A view of the buffer is gone. Returns true if it was the last one, and the program has deallocated the buffer. */
bool imxd_view_leave(struct imxd_buffer *whole);

#endif /* IMXD_VIEW_H */
