/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_ION_H
#define IMXD_ION_H

#include <stdbool.h>

#include "../backend.h"

extern struct imxd_backend const imxd_ion_backend;
/* What imxd_ion_backend becomes on kernels with the older interface. */
extern struct imxd_backend const imxd_ion_legacy_backend;

/* self->state: masks of the heaps to take, and of those to take when the first have no memory left. */
enum { HEAPS, FURTHER_HEAPS };

/* Has this ION the older interface? Returns 0 with *legacy, or EBADF, ENOTTY with a sentence about `node`. */
int imxd_ion_generation(int fd, char const *node, bool *legacy);

#endif /* IMXD_ION_H */
