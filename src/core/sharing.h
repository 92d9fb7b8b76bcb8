/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sessions of this process on one DMA-BUF. Several buffers may be on the same one: the buffer that was allocated,
 * imports, slices, wrapped buffers. The kernel synchronises the whole DMA-BUF, so that the session of one buffer could
 * take away what the CPU wrote through another one.
 */
#ifndef IMXD_SHARING_H
#define IMXD_SHARING_H

#include <stdbool.h>

struct imxd_block;
struct imxd_sharing;

/*
 * Find the record of a DMA-BUF, or make it, for a buffer that was allocated or imported. The inode identifies the
 * DMA-BUF; before Linux 5.3 each buffer has a record of its own. Returns 0 with *sharing, or -ENOMEM. Put the record
 * before the block's descriptor is closed. The other functions take NULL as a DMA-BUF without other buffers.
 */
int imxd_sharing_get(int fd, bool is_import, struct imxd_sharing **sharing);
void imxd_sharing_put(struct imxd_sharing *sharing, bool is_import, struct imxd_block const *block);

/* One more imported buffer uses the record. */
void imxd_sharing_join(struct imxd_sharing *sharing);

/*
 * Attach a device to the DMA-BUF for as long as buffers use the record; while it is attached, this does nothing.
 * Returns as imxd_attachment_add().
 */
int imxd_sharing_attach(struct imxd_sharing *sharing, struct imxd_block const *block);

/* Detach it until the next imxd_sharing_attach(), unless a session writes. Returns true if it was attached. */
bool imxd_sharing_detach(struct imxd_sharing *sharing, struct imxd_block const *block);

/*
 * Surround the start of a session. begin() returns true if another buffer writes: nothing may be invalidated then. It
 * waits until no other start is under way, since that may invalidate. end() counts a session that writes.
 */
bool imxd_sharing_begin_start(struct imxd_sharing *sharing);
void imxd_sharing_end_start(struct imxd_sharing *sharing, bool counts);

/*
 * Surround the stop of a session. counted: it writes. begin() returns true if another buffer writes. left_flush: the
 * stop has left DMA_BUF_IOCTL_PHYS to a later one; the last session that writes calls it here, whatever its strategy
 * is. end() returns 0 or a negative errno code. Neither waits for a start.
 */
bool imxd_sharing_begin_stop(struct imxd_sharing *sharing, bool counted);
int imxd_sharing_end_stop(struct imxd_sharing *sharing, struct imxd_block const *block, bool left_flush);

/* Is a device attached for these buffers? NULL: no. */
bool imxd_sharing_is_attached(struct imxd_sharing *sharing);

#endif /* IMXD_SHARING_H */
