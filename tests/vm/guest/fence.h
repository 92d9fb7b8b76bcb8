/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fences that the program itself signals, of the kernel's sw_sync in debugfs. Only root can use it.
 */
#ifndef VM_FENCE_H
#define VM_FENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Return the descriptor of a new timeline, which begins at 0, or a negative errno code. */
int fence_timeline(void);
/* Return a sync file that is signalled if the timeline reaches value, or a negative errno code. */
int fence_create(int timeline, uint32_t value);
int fence_advance(int timeline, uint32_t steps);
/* Make the DMA-BUF's users wait for the fence: a device writes, or only reads. Return 0 or a negative errno code. */
int fence_attach(int dmabuf_fd, int fence_fd, bool writes);

#endif
