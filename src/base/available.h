/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_AVAILABLE_H
#define IMXD_AVAILABLE_H

#include <stddef.h>

/* Memory that this process can still get, without ending another process or itself. */
struct imxd_available {
	/* ULLONG_MAX if nothing is known. */
	unsigned long long bytes;
	/* The limit that decides: "MemAvailable", or the directory of a cgroup. */
	char limit[256];
};

/*
 * Find the smaller of MemAvailable and the memory that the cgroups of this process leave. A cgroup leaves its limit
 * minus its usage. Page cache and slab that the kernel frees first are no usage (Linux 6.1, in
 * Documentation/admin-guide: cgroup-v2.rst and cgroup-v1/memory.rst). Files that cannot be read are ignored.
 */
void imxd_available(struct imxd_available *available);

/*
 * Write the state of the CMA for a message about a shortage: ": CmaTotal 65536 kB, CmaFree 1024 kB", and whether its
 * free memory is in pieces. "" if nothing is known. (Cgroups do not count memory of the CMA.)
 */
void imxd_shortage_text(size_t size, char *text, size_t room);

#endif /* IMXD_AVAILABLE_H */
