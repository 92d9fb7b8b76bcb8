/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_MEMINFO_H
#define IMXD_MEMINFO_H

#include <stddef.h>

/* A line of /proc/meminfo, "CmaFree" say, in kB; -1 where the kernel does not tell. */
long long imxd_meminfo(char const *key);

/* Writes ": CmaTotal 65536 kB, CmaFree 1024 kB", or "" where the kernel does not tell. */
void imxd_cma_text(char *text, size_t size);

#endif /* IMXD_MEMINFO_H */
