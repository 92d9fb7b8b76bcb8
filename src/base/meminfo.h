/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_MEMINFO_H
#define IMXD_MEMINFO_H

#include <stddef.h>

/* Return a line of /proc/meminfo, "CmaFree" say, in kB; -1 if it is missing. */
long long imxd_meminfo(char const *key);

/* Write ": CmaTotal 65536 kB, CmaFree 1024 kB", or "" if /proc/meminfo has no such lines. */
void imxd_cma_text(char *text, size_t size);

#endif /* IMXD_MEMINFO_H */
