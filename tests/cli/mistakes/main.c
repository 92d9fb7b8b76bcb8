/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage: mistakes NAME [mended]
 *
 * Not compiled for optimisation, and with dynamic symbols: the report shows the functions.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mistakes.h"

bool mended;
ImxDmaBufferAllocator *allocator;
ImxDmaBuffer *buffer;
unsigned int sum;

void device_writes(int value)
{
	imxdmabuffer_sim_fill(imx_dma_buffer_get_physical_address(buffer), (uint8_t)value, SIZE);
}

void device_reads(void)
{
	char data[SIZE];

	imxdmabuffer_sim_read(imx_dma_buffer_get_physical_address(buffer), data, sizeof(data));
}

void add(uint8_t const *bytes)
{
	for (size_t i = 0; i < SIZE; i++)
		sum += bytes[i];
}

void mistake_in_child(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		read_without_stop();
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

void mistakes_around_exec(void)
{
	read_without_stop();
	mistake_after_exec();
}

void mistake_after_exec(void)
{
	char *const arguments[] = {
		(char[]){"mistakes"}, (char[]){"read_without_stop"}, mended ? (char[]){"mended"} : NULL, NULL};

	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	execv("/proc/self/exe", arguments);
}

#define ENTRY(function)                                                                                                \
	{                                                                                                                  \
#function, function                                                                                            \
	}

static struct {
	char const *name;
	void (*run)(void);
} const mistakes[] = {ENTRY(write_without_start), ENTRY(read_without_start), ENTRY(read_without_stop),
	ENTRY(unmap_without_stop), ENTRY(write_beside_device), ENTRY(write_under_device), ENTRY(free_in_use),
	ENTRY(free_before_fence), ENTRY(forget_to_free), ENTRY(sync_only_reads), ENTRY(sync_too_late), ENTRY(detach_dirty),
	ENTRY(sync_by_kernel), ENTRY(sync_for_nothing), ENTRY(overwrite), ENTRY(hand_over_ranges), ENTRY(use_views),
	ENTRY(use_pool), ENTRY(use_threads), ENTRY(transfer), ENTRY(pass_pointer), ENTRY(use_own_handler), ENTRY(crash),
	ENTRY(read_after_unmap), ENTRY(share_buffer), ENTRY(fork_before_handover), ENTRY(move_mapping), ENTRY(protect_part),
	ENTRY(mask_all), ENTRY(ignore_fault), ENTRY(raise_fault), ENTRY(jump_nowhere), ENTRY(mistakes_around_exec),
	ENTRY(mistake_in_child), ENTRY(mistake_after_exec)};

int main(int argc, char **argv)
{
	size_t i = 0;

	mended = argc > 2;
	while (i < sizeof(mistakes) / sizeof(mistakes[0]) && strcmp(mistakes[i].name, argv[1]) != 0)
		i++;
	allocator = imx_dma_buffer_allocator_new(NULL);
	buffer = imx_dma_buffer_allocate(allocator, SIZE, 0, NULL);
	imx_dma_buffer_set_name(buffer, "frame", NULL);
	mistakes[i].run();
	if (buffer)
		imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
	return 0;
}
