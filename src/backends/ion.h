/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_ION_H
#define IMXD_ION_H

#include <stdbool.h>

struct imxd_backend;
extern struct imxd_backend const imxd_ion_backend;

/* Does the node have ION's older interface? Returns 0 with *legacy, or -EBADF, -ENOTTY. node: for the message. */
int imxd_ion_generation(int fd, char const *node, bool *legacy);

#endif /* IMXD_ION_H */
