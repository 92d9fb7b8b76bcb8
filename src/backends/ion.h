/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_ION_H
#define IMXD_ION_H

#include <stdbool.h>

#include "../backend.h"

extern struct imxd_backend const imxd_ion_backend;
/* What imxd_ion_backend becomes on kernels with the older interface. */
extern struct imxd_backend const imxd_ion_legacy_backend;

/* Takes an ION node into use: finds out its interface, and the heaps to take. Returns 0, or a code with a sentence. */
int imxd_ion_probe(struct imxd_instance *self, struct imxd_options const *options);

#endif /* IMXD_ION_H */
