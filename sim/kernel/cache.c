/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/cache.h"

#include <string.h>

#include "kernel/coherency.h"
#include "kernel/mapping.h"
#include "kernel/settings.h"

/* Architecture registers of Armv8-A: the sizes as log2 of words of 4 bytes; the other bits as Cortex-A53 has them. */
#define OTHER_BITS UINT64_C(0x80008004)

static unsigned long counts[SIM_CACHE_OPERATIONS];

/* Full after about twenty steps: the rest is cut off. */
static char trace[256];
static char const *last_step;

void sim_trace_add(char const *step)
{
	size_t length = strlen(trace);

	if (step == last_step || length + strlen(step) + 2 > sizeof(trace))
		return;
	last_step = step;
	if (length > 0)
		trace[length++] = ' ';
	memcpy(trace + length, step, strlen(step) + 1);
}

char const *sim_trace(void)
{
	return trace;
}

static uint64_t log2_words(uint64_t size)
{
	uint64_t result = 0;

	while (size > (UINT64_C(4) << result))
		result++;
	return result;
}

uint64_t sim_cache_register(uint64_t line, uint64_t granule)
{
	return OTHER_BITS | log2_words(line) << 16 | log2_words(granule) << 24;
}

static uint64_t line_size(void)
{
	return UINT64_C(4) << (sim_settings.cache_register >> 16 & 0xf);
}

/* One instruction maintains one line, whatever the program meant. */
static void maintain(enum sim_cache_operation operation, uintptr_t address)
{
	uint64_t size = line_size();
	uintptr_t begin = address & ~(uintptr_t)(size - 1);
	struct sim_mapping const *mapping = sim_mapping_find(address);
	struct sim_memory *memory = mapping ? sim_memory_find(mapping->device, mapping->inode) : NULL;

	if (memory && begin >= mapping->start)
		sim_maintain_line(memory, mapping->offset + (begin - mapping->start), size,
			operation == SIM_LINE_CLEAN_INVALIDATE);
}

void sim_cache_do(enum sim_cache_operation operation, void const *line)
{
	static char const *const names[] = {
		[SIM_LINE_CLEAN] = "clean",
		[SIM_LINE_CLEAN_INVALIDATE] = "flush",
		[SIM_BARRIER_BEFORE] = "barrier-before",
		[SIM_BARRIER_AFTER] = "barrier-after",
	};

	counts[operation]++;
	sim_trace_add(names[operation]);
	if (operation == SIM_LINE_CLEAN || operation == SIM_LINE_CLEAN_INVALIDATE)
		maintain(operation, (uintptr_t)line);
	else
		sim_end_of_lines();
}

unsigned long sim_cache_count(enum sim_cache_operation operation)
{
	return counts[operation];
}

void sim_cache_reset_counts(void)
{
	for (unsigned int i = 0; i < SIM_CACHE_OPERATIONS; i++)
		counts[i] = 0;
	trace[0] = '\0';
	last_step = NULL;
}
