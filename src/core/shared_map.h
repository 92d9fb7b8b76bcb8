/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one mapping that all views of a buffer share. It stays until the last view is freed.
 */
#ifndef IMXD_SHARED_MAP_H
#define IMXD_SHARED_MAP_H

#include "object.h"

/* What a buffer with views has. */
struct imxd_views {
	/* Guards the mapping. */
	pthread_mutex_t lock;
	/* Byte 0 of the block, NULL before the first map. */
	uint8_t *base;
	bool is_writable;
	/* Guarded by IMXD_LOCK_LIVE: live views, and whether the program has deallocated the buffer itself. */
	unsigned int count;
	bool is_closed;
};

/* Map the block of a view for this access. Returns 0 with *base, or a negative errno code without a message. */
int imxd_shared_map(struct imxd_buffer *view, unsigned int access, uint8_t **base);

/* Unmap, and free the structure of a buffer without views. Without a structure, this does nothing. */
void imxd_shared_map_free(struct imxd_buffer *whole);

#endif /* IMXD_SHARED_MAP_H */
