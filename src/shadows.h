/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of the wrapped buffers that are mapped, by their address: whoever looks for one finds it as fast among
 * thousands. Its caller locks.
 */
#ifndef IMXD_SHADOWS_H
#define IMXD_SHADOWS_H

#include <stddef.h>

#include "buffer.h"

/* Beside the program's structure: what the library knows of it while it is mapped. */
struct imxd_shadow {
	ImxWrappedDmaBuffer const *wrapped;
	struct imxd_buffer *buffer;
	/* What the structure said at the first map. */
	int fd;
	imx_physical_address_t physical_address;
	struct imxd_shadow *next;
};

#define IMXD_SHADOW_BITS 4u

/* Has memory of its own from when it holds many until it is empty. */
struct imxd_shadows {
	/* 1 << bits of them, `few` at first. */
	struct imxd_shadow **lists;
	unsigned int bits;
	size_t count;
	struct imxd_shadow *few[1 << IMXD_SHADOW_BITS];
};

/* An empty one. */
#define IMXD_SHADOWS_INIT(name)                                                                                        \
	{                                                                                                                  \
		.lists = (name).few, .bits = IMXD_SHADOW_BITS                                                                  \
	}

/* NULL if there is none. */
struct imxd_shadow *imxd_shadows_find(struct imxd_shadows *shadows, ImxWrappedDmaBuffer const *wrapped);

/* Adds one whose buffer is not in the table, and which stays the caller's. */
void imxd_shadows_add(struct imxd_shadows *shadows, struct imxd_shadow *shadow);

/* Removes one that is there. */
void imxd_shadows_remove(struct imxd_shadows *shadows, struct imxd_shadow *shadow);

#endif /* IMXD_SHADOWS_H */
