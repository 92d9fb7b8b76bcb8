/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_PAGEMAP_H
#define IMXD_PAGEMAP_H

#include "physaddr.h"

/*
 * Resolver: maps the block for a moment and reads its page frames from /proc/self/pagemap. Answers privileged processes
 * only (CAP_SYS_ADMIN, since Linux 4.2), and no mappings of bare page frames (VM_PFNMAP), which CMA heaps use since
 * Linux 6.8 (mm/pagewalk.c). Returns true, or false and a reason.
 */
bool imxd_pagemap_resolve(struct imxd_block const *block, struct imxd_address *address, char *reason,
	size_t reason_size);

#endif /* IMXD_PAGEMAP_H */
