/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_PAGEMAP_H
#define IMXD_PAGEMAP_H

#include "block.h"

/*
 * Map the block for a moment, and read its page frame numbers from /proc/self/pagemap. Works for privileged processes
 * only (CAP_SYS_ADMIN, since Linux 4.2), and not for mappings without pages (VM_PFNMAP), which CMA heaps have since
 * Linux 6.8 and udmabuf has since about 6.11 (mm/pagewalk.c). Returns 0 with the address of byte 0 and the contiguous
 * bytes from there on, or a negative errno code: -ENODATA if page frame numbers are hidden from this process.
 */
int imxd_pagemap_resolve(struct imxd_block const *block, imx_physical_address_t *address, size_t *length);

/* Set the message of hidden numbers without a look. Returns -ENODATA. */
int imxd_pagemap_fail_hidden(void);

#endif /* IMXD_PAGEMAP_H */
