/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_IPU_H
#define IMXD_IPU_H

#include <stddef.h>
#include <stdint.h>

struct imxd_backend;
extern struct imxd_backend const imxd_ipu_backend;

/* Takes memory from an open node. Returns 0 with *address, or an errno code with a sentence about `node`. */
int imxd_ipu_allocate(int fd, char const *node, size_t size, uint32_t *address);

/* Gives it back. Returns 0 or a negative errno code. */
int imxd_ipu_free(int fd, uint32_t address);

#endif /* IMXD_IPU_H */
