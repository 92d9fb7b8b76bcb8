/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cache maintenance by the process itself, to the point of coherency, as Linux permits it on arm64 (SCTLR_EL1.UCI;
 * Linux 6.1, arch/arm64/include/asm/sysreg.h). There is no instruction that only invalidates: what the CPU wrote is
 * never lost. And the memory barriers of every processor.
 */
#ifndef IMXD_CACHE_H
#define IMXD_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct imxd_cache {
	/* Bytes that one instruction covers, a power of two; 0: the process cannot maintain caches. */
	size_t line;
	/* CPU and devices must not use different bytes of one naturally aligned granule, a power of two; 0 as above. */
	size_t granule;
	/* The reason if line is 0, static text. */
	char const *why;
};

/* Return the facts of this machine. They are found at the first call. */
struct imxd_cache const *imxd_cache(void);

/* Clean, or clean and invalidate, all lines that contain a byte of the range. Needs line != 0, and a mapped range. */
void imxd_cache_clean(void const *begin, size_t length);
void imxd_cache_clean_invalidate(void const *begin, size_t length);

/* Before the CPU's maintenance for reading: the reads before it, such as of a flag, are done. */
void imxd_barrier_before_cpu(void);
/* After all maintenance: it is done, and so are all accesses before it. */
void imxd_barrier_done(void);

#endif /* IMXD_CACHE_H */
