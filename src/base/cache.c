/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "locks.h"
#include "sys.h"

/* Instructions for the caches. Under the simulator, a function of its own executes them. */
enum operation {
	/* Return CTR_EL0, or 0 if there is no maintenance. */
	READ_CTR,
	CLEAN_LINE,
	CLEAN_INVALIDATE_LINE,
	BEFORE_CPU,
	DONE
};

/* Defined only if the simulator is preloaded: it emulates an arm64 board, one line a call. */
uint64_t imxdmabuffer_sim_cache(int operation, void const *line) __attribute__((weak, visibility("default")));

#if defined(__aarch64__)

static uint64_t execute(enum operation operation, void const *line)
{
	uint64_t value = 0;

	switch (operation) {
	case READ_CTR:
		__asm__ volatile("mrs %0, ctr_el0" : "=r"(value));
		break;
	case CLEAN_LINE:
		__asm__ volatile("dc cvac, %0" : : "r"(line) : "memory");
		break;
	case CLEAN_INVALIDATE_LINE:
		__asm__ volatile("dc civac, %0" : : "r"(line) : "memory");
		break;
	case BEFORE_CPU:
		__asm__ volatile("dmb sy" : : : "memory");
		break;
	case DONE:
		__asm__ volatile("dsb sy" : : : "memory");
		break;
	}
	return value;
}

/* The kernel emulates this register for programs (HWCAP_CPUID). */
static uint64_t read_midr(void)
{
	uint64_t value = 0;

	if (getauxval(AT_HWCAP) & (1u << 11))
		__asm__ volatile("mrs %0, midr_el1" : "=r"(value));
	return value;
}
#else

static uint64_t execute(enum operation operation, void const *line)
{
#if defined(__ARM_ARCH) && __ARM_ARCH >= 7
	if (operation == BEFORE_CPU)
		__asm__ volatile("dmb sy" : : : "memory");
	else if (operation == DONE)
		__asm__ volatile("dsb sy" : : : "memory");
#else
	if (operation == BEFORE_CPU || operation == DONE)
		__sync_synchronize();
#endif
	return 0;
}

static uint64_t read_midr(void)
{
	return 0;
}
#endif

static inline uint64_t perform(enum operation operation, void const *line)
{
	return imxdmabuffer_sim_cache ? imxdmabuffer_sim_cache((int)operation, line) : execute(operation, line);
}

/*
 * Cortex-A53 r0p0 to r0p2 have errata (826319, 827319, 824069, 819472) for which the kernel traps each instruction: its
 * own maintenance is faster. It traps on all processors if one has them.
 */
static bool is_trapping(uint64_t midr)
{
	bool is_a53 = (midr >> 24 & 0xff) == 0x41 && (midr >> 4 & 0xfff) == 0xd03;

	return is_a53 && (midr >> 20 & 0xf) == 0 && (midr & 0xf) <= 2;
}

/* Return the last number of a list such as "0-3" or "0-1,4", or -1 if there is none. */
static long last_processor(void)
{
	char text[128];
	char const *last = text;

	if (imxd_sys_read_text("/sys/devices/system/cpu/possible", text, sizeof(text)) <= 0)
		return -1;
	for (char const *end = text; (end = strpbrk(end, "-,")); last = ++end)
		;
	return strtol(last, NULL, 10);
}

/* The kernel shows the processors that are online. */
static bool any_is_trapping(void)
{
	long last = last_processor();
	bool any_known = false;

	for (long processor = 0; processor <= last; processor++) {
		char path[96], text[32];

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%ld/regs/identification/midr_el1", processor);
		if (imxd_sys_read_text(path, text, sizeof(text)) <= 0)
			continue;
		any_known = true;
		if (is_trapping(strtoull(text, NULL, 16)))
			return true;
	}
	return !any_known && is_trapping(read_midr());
}

/* Fields of CTR_EL0: the smallest data cache line, and the cache write-back granule, as log2 of words of 4 bytes. */
static struct imxd_cache describe(uint64_t ctr)
{
	unsigned int line = ctr >> 16 & 0xf, granule = ctr >> 24 & 0xf;
	/* 0: not told. The architecture's largest counts then. */
	struct imxd_cache cache = {.line = (size_t)4 << line, .granule = granule ? (size_t)4 << granule : 2048, .why = ""};

	if (cache.granule < cache.line)
		cache.granule = cache.line;
	return cache;
}

static struct imxd_cache find(uint64_t ctr)
{
	if (ctr == 0)
		return (struct imxd_cache){.why = "only 64-bit programs on arm64 can maintain caches"};
	if (any_is_trapping())
		return (struct imxd_cache){.why = "the kernel traps the instructions: errata of Cortex-A53 r0p0 to r0p2"};
	return describe(ctr);
}

/* Only a simulated board changes within a process. */
struct imxd_cache const *imxd_cache(void)
{
	static struct imxd_cache cache;
	static uint64_t ctr;
	static atomic_bool is_known;
	uint64_t now;

	if (!imxdmabuffer_sim_cache && atomic_load_explicit(&is_known, memory_order_acquire))
		return &cache;
	imxd_lock(IMXD_LOCK_CACHE);
	now = perform(READ_CTR, NULL);
	if (!atomic_load_explicit(&is_known, memory_order_relaxed) || now != ctr) {
		cache = find(now);
		ctr = now;
		atomic_store_explicit(&is_known, true, memory_order_release);
	}
	imxd_unlock(IMXD_LOCK_CACHE);
	return &cache;
}

static void walk(enum operation operation, void const *begin, size_t length)
{
	uintptr_t line = imxd_cache()->line, end = (uintptr_t)begin + length;

	for (uintptr_t address = (uintptr_t)begin & ~(line - 1); address < end; address += line)
		perform(operation, (void const *)address);
}

void imxd_cache_clean(void const *begin, size_t length)
{
	walk(CLEAN_LINE, begin, length);
}

void imxd_cache_clean_invalidate(void const *begin, size_t length)
{
	walk(CLEAN_INVALIDATE_LINE, begin, length);
}

void imxd_barrier_before_cpu(void)
{
	perform(BEFORE_CPU, NULL);
}

void imxd_barrier_done(void)
{
	perform(DONE, NULL);
}
