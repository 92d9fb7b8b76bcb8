/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage: conformance ALLOCATOR memory|objects|passing
 */
#include "conformance.h"

#include <dirent.h>
#include <stdlib.h>

struct subject subject;

size_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

ImxDmaBuffer *allocate(size_t size, size_t alignment)
{
	int error = 0;
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, size, alignment, &error);

	if (!buffer)
		print_error("allocating %zu bytes: %s\n", size, imx_dma_buffer_get_last_error());
	assert_non_null(buffer);
	return buffer;
}

uint8_t *map(ImxDmaBuffer *buffer, unsigned int flags)
{
	int error = 0;
	uint8_t *address = imx_dma_buffer_map(buffer, flags, &error);

	if (!address)
		print_error("mapping: %s\n", imx_dma_buffer_get_last_error());
	assert_non_null(address);
	return address;
}

static uint8_t pattern(size_t place, unsigned int seed)
{
	return (uint8_t)((place * 2654435761u >> 7) + place / 4096 + seed);
}

void fill_pattern(uint8_t *memory, size_t length, unsigned int seed)
{
	for (size_t i = 0; i < length; i++)
		memory[i] = pattern(i, seed);
}

size_t check_pattern(uint8_t const *memory, size_t length, unsigned int seed)
{
	size_t i = 0;

	while (i < length && memory[i] == pattern(i, seed))
		i++;
	return i;
}

/* What the list says of the allocator under test; a target behind a colon is reached through the environment. */
static unsigned int find_capabilities(void)
{
	size_t count = 0, length = strcspn(subject.name, ":");
	unsigned int capabilities = 0;
	ImxDmaBufferAllocatorInfo *list;

	setenv("IMXDMABUFFER_ALLOCATOR", subject.name, 1);
	list = imx_dma_buffer_list_allocators(&count, NULL);
	for (size_t i = 0; i < count; i++)
		if (strncmp(list[i].name, subject.name, length) == 0 && list[i].name[length] == '\0')
			capabilities = list[i].capabilities;
	imx_dma_buffer_free_allocator_list(list);
	unsetenv("IMXDMABUFFER_ALLOCATOR");
	return capabilities;
}

int setup_subject(void **state)
{
	int error = 0;

	start_board();
	subject.capabilities = find_capabilities();
	subject.descriptors = count_descriptors();
	subject.allocator = imx_dma_buffer_allocator_new_by_name(subject.name, 0, &error);
	if (!subject.allocator)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	return subject.allocator ? 0 : -1;
}

int teardown_subject(void **state)
{
	imx_dma_buffer_allocator_destroy(subject.allocator);
	if (check_board() != 0)
		return -1;
	if (count_descriptors() == subject.descriptors)
		return 0;
	print_error("%zu descriptors were open before the test, %zu are now\n", subject.descriptors, count_descriptors());
	return -1;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s ALLOCATOR memory|objects|passing\n", argv[0]);
		return 2;
	}
	subject.name = argv[1];
	if (strcmp(argv[2], "passing") == 0)
		return run_passing_tests();
	return (strcmp(argv[2], "memory") == 0) ? run_memory_tests() : run_object_tests();
}
