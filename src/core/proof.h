/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * May the memory of a deallocated buffer be given out again? Only if nobody else can hold it.
 */
#ifndef IMXD_PROOF_H
#define IMXD_PROOF_H

#include "object.h"

/* What a pool may do with a buffer. */
enum imxd_proof {
	IMXD_PROOF_FREE,
	/* Somebody holds it, or a device is at work. That may change. */
	IMXD_PROOF_HELD,
	/* It cannot be known. That does not change. */
	IMXD_PROOF_NONE
};

/* Note the library's own references to a new DMA-BUF, while nobody else can have one. */
void imxd_proof_measure(struct imxd_buffer *buffer);

/* Without a system call: is the buffer free because its descriptor never left the library, or because it has none? */
bool imxd_proof_is_needless(struct imxd_buffer const *buffer, bool has_forked);

/*
 * Look at the references to the DMA-BUF and, unless no_fences, at its fences. May unmap a kept mapping. Call without a
 * lock, on a buffer that no thread uses.
 */
enum imxd_proof imxd_proof_find(struct imxd_buffer *buffer, bool no_fences);

#endif /* IMXD_PROOF_H */
