/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_IPU_H
#define IMXD_IPU_H

#include <stddef.h>
#include <stdint.h>

struct imxd_backend;
extern struct imxd_backend const imxd_ipu_backend;

/* Allocate memory from an open node. Returns 0 with *address, or a negative errno code. node: for the message. */
int imxd_ipu_allocate(int fd, char const *node, size_t size, uint32_t *address);

/* Free the memory. Returns 0 or a negative errno code. Sets no message. */
int imxd_ipu_free(int fd, uint32_t address);

#endif /* IMXD_IPU_H */
