/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IMXD_MEMINFO_H
#define IMXD_MEMINFO_H

/* Return a line of /proc/meminfo, "CmaFree" say, in kB; -1 if it is missing. */
long long imxd_meminfo(char const *key);

#endif /* IMXD_MEMINFO_H */
