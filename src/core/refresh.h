/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Make the buffer of an earlier use as good as a new one.
 */
#ifndef IMXD_REFRESH_H
#define IMXD_REFRESH_H

#include "object.h"

/* Is nothing of the earlier use in the CPU's caches? */
bool imxd_refresh_is_needless(struct imxd_buffer const *buffer);

/*
 * Clean the block: what the CPU wrote outside of sessions would be written back over the data of devices. zero: fill it
 * with zeros first. The buffer is the whole block then. Hold no lock. Returns 0 or a negative errno code.
 */
int imxd_refresh_contents(struct imxd_buffer *buffer, bool zero);

/* Take `size` bytes of the block, which fit. */
void imxd_refresh_place(struct imxd_buffer *buffer, size_t size, size_t alignment);

/* Remove the name of the DMA-BUF, which the program has set. Returns 0 or a negative errno code. */
int imxd_refresh_name(struct imxd_buffer *buffer);

#endif /* IMXD_REFRESH_H */
