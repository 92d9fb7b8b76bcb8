/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sync sessions and ranges of a mapped buffer, by its strategy. Functions with a buffer need its lock, unless they say
 * otherwise.
 */
#ifndef IMXD_SESSION_H
#define IMXD_SESSION_H

#include "object.h"

/*
 * Replace FROM_ENVIRONMENT by the choice of IMXDMABUFFER_SYNC, AUTO without it. Returns 0, or -ENOTSUP if this process
 * cannot maintain caches and USER is chosen.
 */
int imxd_session_check_choice(enum imxd_sync_choice *choice);

/* May this process maintain the caches of memory that no allocator of its own gave? */
bool imxd_session_may_maintain(void);

/* Log a warning that a session has made due. Hold no lock. */
void imxd_session_warn(void);

/* Return the strategy of the buffer, chosen at the first call. May ask the kernel: imxd_sync_choose(). */
struct imxd_sync const *imxd_session_strategy(struct imxd_buffer *buffer);

/*
 * Attach a device to the buffer's DMA-BUF, if that makes it more coherent. Returns 0, -EBUSY in a session, -ENOTSUP
 * without a DMA-BUF, or as imxd_attachment_add().
 */
int imxd_session_attach(struct imxd_buffer *buffer);

/* Return 0 or a negative errno code. After stop, the session is over either way; without a session it does nothing. */
int imxd_session_start(struct imxd_buffer *buffer);
int imxd_session_stop(struct imxd_buffer *buffer);

/* A range call of the public interface. */
struct imxd_range_call {
	bool for_device;
	ImxDmaBufferDirection direction;
	/* NULL: the whole buffer. */
	ImxDmaBufferRange const *ranges;
	size_t count;
};

/* Check the arguments for a buffer of this size. Returns 0 or -EINVAL. */
int imxd_session_check_ranges(struct imxd_range_call const *call, size_t size);

/* Run a checked call on a mapped buffer. If the strategy is ranged, the mapping must stay, and no lock is needed. */
int imxd_session_run_ranges(struct imxd_buffer *buffer, struct imxd_range_call const *call);

/* The references that an attached device has, as far as known. */
int imxd_session_attached_references(struct imxd_buffer const *buffer);

#endif /* IMXD_SESSION_H */
