/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_ION_LEGACY_H
#define IMXD_ION_LEGACY_H

#include <stdint.h>

struct imxd_backend;
/* The variant of imxd_ion_backend for kernels with the older interface. */
extern struct imxd_backend const imxd_ion_legacy_backend;

/* imxd_device.private of both variants. */
struct imxd_ion {
	/* Masks of the heaps to use, and of those to use when the first ones have no memory left. */
	uint32_t heaps, further_heaps;
	/* Flags of each allocation. */
	unsigned int flags;
};

#endif /* IMXD_ION_LEGACY_H */
