/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage: lifetime ALLOCATOR POLICY BOARD objects|processes
 *        lifetime --descriptors   returns the number of open descriptors as exit code
 */
#include "allocators.h"
#include "lifetime.h"

#include <dirent.h>
#include <stdlib.h>

struct subject subject;

ImxDmaBuffer *allocate(size_t size)
{
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(subject.allocator, size, 1, NULL);

	if (!buffer)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(buffer);
	return buffer;
}

uint8_t *map(ImxDmaBuffer *buffer, unsigned int flags)
{
	uint8_t *address = imx_dma_buffer_map(buffer, flags, NULL);

	if (!address)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(address);
	return address;
}

void fill(uint8_t *memory, uint8_t seed)
{
	for (size_t i = 0; i < SIZE; i++)
		memory[i] = (uint8_t)(i * 7 + i / 4096 + seed);
}

int holds(uint8_t const *memory, uint8_t seed)
{
	for (size_t i = 0; i < SIZE; i++)
		if (memory[i] != (uint8_t)(i * 7 + i / 4096 + seed))
			return 0;
	return 1;
}

size_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	/* Without ".", "..", and the descriptor of the directory itself. */
	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count - 3;
}

static size_t count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	size_t count = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		count += strstr(line, "/memfd:") != NULL;
	if (maps)
		fclose(maps);
	return count;
}

int set_up(void **state)
{
	sim_reset();
	if (sim_configure(subject.board) != 0) {
		print_error("%s\n", sim_message());
		return -1;
	}
	sim_live_buffers();
	/* Open some nodes before counting: they stay open. */
	imx_dma_buffer_allocator_destroy(new_allocator_of_board(subject.name, subject.policy, 0, NULL));
	/* The simulator forgets what has gone. */
	sim_live_buffers();
	subject.descriptors = count_descriptors();
	subject.mappings = count_mappings();
	subject.allocator = new_allocator_of_board(subject.name, subject.policy, 0, NULL);
	if (!subject.allocator)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	return subject.allocator ? 0 : -1;
}

int tear_down(void **state)
{
	unsigned int live, huge;

	imx_dma_buffer_allocator_destroy(subject.allocator);
	live = sim_live_buffers();
	huge = sim_huge_pages_used();
	if (live == 0 && huge == 0 && count_descriptors() == subject.descriptors && count_mappings() == subject.mappings)
		return 0;
	print_error("%u buffers and %u huge pages are left; %zu descriptors were open, %zu are; %zu memory files were "
				"mapped, %zu are\n",
		live, huge, subject.descriptors, count_descriptors(), subject.mappings, count_mappings());
	return -1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--descriptors") == 0)
		return (int)count_descriptors();
	if (argc != 5) {
		fprintf(stderr, "usage: lifetime ALLOCATOR POLICY BOARD objects|processes\n");
		return 2;
	}
	subject = (struct subject){.name = argv[1], .policy = argv[2], .board = argv[3], .program = argv[0]};
	return (strcmp(argv[4], "objects") == 0) ? run_object_tests() : run_process_tests();
}
