/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage: conformance ALLOCATOR [PART...]
 * Without parts: all that stay in one process. "ion,cached" is ION with the flag for cached memory.
 */
#include "conformance.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocators.h"

static struct {
	char const *name;
	struct CMUnitTest const *tests;
	/* forks, and sets limits that valgrind mistakes for its own */
	bool by_name_only;
} const parts[] = {
	{"errors", error_tests, false},
	{"memory", memory_tests, false},
	{"mappings", mapping_tests, false},
	{"coherency", coherency_tests, false},
	{"sessions", session_tests, false},
	{"ranges", range_tests, false},
	{"locations", location_tests, false},
	{"lifetime", lifetime_tests, false},
	{"wrapped", wrapped_tests, false},
	{"imports", import_tests, false},
	{"pools", pool_tests, false},
	{"views", view_tests, false},
	{"programs", program_tests, false},
	{"passing", passing_tests, true},
};

struct subject subject;

bool subject_is_pool(void)
{
	return strncmp(subject.name, "pool:", strlen("pool:")) == 0;
}

bool subject_is_slab(void)
{
	return strncmp(subject.name, "slab:", strlen("slab:")) == 0;
}

bool subject_is(char const *name)
{
	size_t length = strlen(name);
	char const *own = subject.name + ((subject_is_pool() || subject_is_slab()) ? strlen("pool:") : 0);

	return strncmp(own, name, length) == 0 && strchr(":,", own[length]);
}

void settle(void)
{
	imx_dma_buffer_pool_trim(subject.allocator, 0);
}

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

bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

bool is_mapped(void const *address)
{
	uintptr_t page = (uintptr_t)address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
	unsigned char resident;

	return mincore((void *)page, 1, &resident) == 0;
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

ImxDmaBufferProperties get_properties(ImxDmaBuffer *buffer)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
	return properties;
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

ImxDmaBufferAllocator *new_allocator(int *error)
{
	return new_allocator_of_board(subject.name, subject.policy, 0, error);
}

/* The properties of "ion,cached" differ from those of ION by its name. */
static void find_info(void)
{
	bool cached = strstr(subject.name, "ion,cached") != NULL;
	char const *name = cached ? (subject_is_pool() ? "pool:ion" : "ion") : subject.name;

	subject.info.struct_size = sizeof(subject.info);
	if (subject_is_slab())
		name += strlen("slab:");
	assert_int_equal(imx_dma_buffer_query_allocator(name, &subject.info, NULL), 0);
	if (cached)
		subject.info.cached = YES;
	if (subject_is_slab()) {
		subject.info.is_dmabuf = UNKNOWN;
		subject.info.zeroed = NO;
	}
}

int setup_subject(void **state)
{
	int error = 0;

	start_board();
	find_info();
	subject.descriptors = count_descriptors();
	subject.allocator = new_allocator(&error);
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

static bool is_wanted(size_t part, char **wanted)
{
	bool found = !*wanted && !parts[part].by_name_only;

	while (*wanted)
		found |= strcmp(parts[part].name, *wanted++) == 0;
	return found;
}

int main(int argc, char **argv)
{
	/* Entries without a name are not tests. */
	static struct CMUnitTest tests[COUNT(parts) * MAX_TESTS];
	size_t count = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: %s ALLOCATOR [PART...]\n", argv[0]);
		return 2;
	}
	subject.name = argv[1];
	subject.policy = getenv("CONFORMANCE_ADDRESS") ? getenv("CONFORMANCE_ADDRESS") : "required";
	for (size_t part = 0; part < COUNT(parts); part++)
		for (size_t i = 0; i < MAX_TESTS && parts[part].tests[i].name && is_wanted(part, argv + 2); i++)
			tests[count++] = parts[part].tests[i];
	if (count == 0) {
		fprintf(stderr, "%s: no such part\n", argv[2]);
		return 2;
	}
	begin_outcomes();
	return write_outcomes(cmocka_run_group_tests(tests, NULL, NULL), tests, count);
}
