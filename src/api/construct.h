/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_CONSTRUCT_H
#define IMXD_CONSTRUCT_H

#include "../backend/backend.h"

/* Open a back end for a constructor of 1.x, with the policy of the environment. Returns NULL after a report. */
ImxDmaBufferAllocator *imxd_construct(struct imxd_backend const *backend, struct imxd_options const *options,
	int *error);

#endif /* IMXD_CONSTRUCT_H */
