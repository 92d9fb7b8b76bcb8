/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A board's buffer, and a device that reads and writes its memory.
 */
#ifndef TESTS_COHERENCY_H
#define TESTS_COHERENCY_H

#include "outcomes.h"
#include "sim.h"

#define SIZE 20000

struct subject {
	char const *name;
	char const *policy;
	char const *board;
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	int fd; /* duplicate of the buffer's descriptor, -1: the device uses the address */
	uint64_t address;
};

extern struct subject subject;

void device_writes(size_t offset, uint8_t value, size_t length);
uint8_t device_reads(size_t offset);

/* The device, or the CPU, reads this value everywhere. */
void assert_device_sees(uint8_t value);
void assert_cpu_sees(uint8_t const *address, uint8_t value);

uint8_t *map(ImxDmaBuffer *buffer, unsigned int flags);

/* Fixtures. *state is NULL if no device reaches the memory: coherency does not matter then. */
int set_up(void **state);
int tear_down(void **state);

#define NEEDS_DEVICE(state)                                                                                            \
	if (!*(state))                                                                                                     \
	SKIP_BECAUSE("no device reaches this memory")

#endif /* TESTS_COHERENCY_H */
