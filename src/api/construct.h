/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_CONSTRUCT_H
#define IMXD_CONSTRUCT_H

#include "../backend/backend.h"

/* The constructors of 1.x: open a back end as the environment wants it, and report an error. */
ImxDmaBufferAllocator *imxd_construct(struct imxd_backend const *backend, struct imxd_options const *options,
	int *error);

#endif /* IMXD_CONSTRUCT_H */
