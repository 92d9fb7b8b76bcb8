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
 * Find the least of MemAvailable and what each memory cgroup of this process leaves: its limit less its usage, without
 * page cache and slab that the kernel would free first (Linux 6.1, Documentation/admin-guide/cgroup-v2.rst and
 * cgroup-v1/memory.rst). What cannot be read does not count.
 */
void imxd_available(struct imxd_available *available);

/*
 * Write what is known of a shortage of contiguous memory, for a message: ": CmaTotal 65536 kB, CmaFree 1024 kB", and
 * whether the CMA's free memory is in pieces. "" if nothing is known. (Cgroups do not count memory of the CMA.)
 */
void imxd_shortage_text(size_t size, char *text, size_t room);

#endif /* IMXD_AVAILABLE_H */
