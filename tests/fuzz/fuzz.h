/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by the fuzzers: reading choices from an input, and failing.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* The entry of libFuzzer. */
int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size);

struct input {
	uint8_t const *data;
	size_t size;
};

/* Take the next byte, 0 at the end. */
static inline unsigned int take(struct input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

/* Take a number of 0 to count - 1. */
static inline unsigned int pick(struct input *input, unsigned int count)
{
	return take(input) % count;
}

/* Take a number of up to 8 bytes. The first byte is their count. */
static inline uint64_t take_number(struct input *input)
{
	uint64_t number = 0;

	for (unsigned int count = pick(input, 9); count > 0; count--)
		number = number << 8 | take(input);
	return number;
}

static inline size_t take_bytes(struct input *input, void *bytes, size_t count)
{
	if (count > input->size)
		count = input->size;
	memcpy(bytes, input->data, count);
	input->data += count;
	input->size -= count;
	return count;
}

#define REQUIRE(condition, ...)                                                                                        \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                                            \
			fprintf(stderr, __VA_ARGS__);                                                                              \
			fputc('\n', stderr);                                                                                       \
			abort();                                                                                                   \
		}                                                                                                              \
	} while (0)

static inline unsigned int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

#endif /* TESTS_FUZZ_H */
