/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * New memory for a pool.
 */
#ifndef IMXD_POOL_NEW_H
#define IMXD_POOL_NEW_H

#include "object.h"

/* One allocation. */
struct imxd_pool_request {
	size_t size, alignment;
	/* The size of the block, in and without its size class. */
	size_t class_size, plain_size;
	/* A buffer is looked at once in a turn. */
	unsigned long turn;
};

/* Allocate a buffer that no idle one serves. Hold no lock. Returns 0 with *pooled, or a negative errno code. */
int imxd_pool_allocate_new(struct imxd_allocator *owner, struct imxd_pool_request *request,
	struct imxd_pooled **pooled);

#endif /* IMXD_POOL_NEW_H */
