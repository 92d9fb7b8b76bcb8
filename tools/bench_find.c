/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocators that imxdmabuffer bench measures.
 */
#include "bench.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"

#define HEAP_ALLOCATOR "dma-heap"
#define HEAP_DIRECTORY "/dev/dma_heap"
#define MAX_NODES 64

/* Can the process maintain the caches of this allocator itself? */
static bool can_choose_sync(char const *name, unsigned int flags)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name(name,
		flags | IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC, NULL);

	imx_dma_buffer_allocator_destroy(allocator);
	return allocator != NULL;
}

static int add(struct bench *bench, char const *name, ImxDmaBufferAllocatorInfo const *info, unsigned int flags,
	char const *sync)
{
	struct bench_allocator *allocator = &bench->allocators[bench->allocator_count];

	if (bench->allocator_count == BENCH_ALLOCATORS)
		return output_fail(EXIT_FAILED, "more than %d allocators; choose some with --allocator", BENCH_ALLOCATORS);
	allocator->name = strdup(name);
	if (!allocator->name)
		return output_fail(EXIT_FAILED, "out of memory for the list of allocators");
	allocator->info = *info;
	allocator->coherency = info->coherency;
	allocator->flags = flags;
	allocator->sync = sync;
	bench->allocator_count++;
	return EXIT_DONE;
}

/* Add a usable allocator, once for each way to keep its caches coherent. */
static int add_usable(struct bench *bench, char const *name, ImxDmaBufferAllocatorInfo const *info)
{
	unsigned int flags = 0;
	int code;

	if (info->has_physical_address != IMX_DMA_BUFFER_TRISTATE_YES)
		flags = IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS;
	if (info->cached != IMX_DMA_BUFFER_TRISTATE_YES || info->is_dmabuf != IMX_DMA_BUFFER_TRISTATE_YES ||
		!can_choose_sync(name, flags))
		return add(bench, name, info, flags, NULL);
	code = add(bench, name, info, flags | IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC, "user");
	if (code == EXIT_DONE)
		code = add(bench, name, info, flags | IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC, "kernel");
	return code;
}

int bench_find(struct bench *bench, char const *name)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};

	if (imx_dma_buffer_query_allocator(name, &info, NULL) != 0)
		return output_fail(EXIT_UNUSABLE, "%s", imx_dma_buffer_get_last_error());
	if (info.error != 0)
		return output_fail(EXIT_UNUSABLE, "%s", info.message);
	return add_usable(bench, name, &info);
}

/* Add an allocator if it is usable; otherwise *found stays. */
static int try(struct bench *bench, char const *name, bool *found)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};

	if (imx_dma_buffer_query_allocator(name, &info, NULL) != 0 || info.error != 0)
		return EXIT_DONE;
	*found = true;
	return add_usable(bench, name, &info);
}

/* The CPU may not access the memory of secure and protected heaps; the library excludes dsp heaps as well. */
static int is_measured(struct dirent const *entry)
{
	static char const *const others[] = {".", "secure", "protected", "dsp"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(entry->d_name, others[i], strlen(others[i])) == 0)
			return 0;
	return 1;
}

static int compare_names(void const *left, void const *right)
{
	return strcmp(left, right);
}

/* Add each heap. The order of a directory is undefined, and the output should not be. */
static int try_heaps(struct bench *bench, bool *found)
{
	char names[MAX_NODES][sizeof(HEAP_ALLOCATOR ":" HEAP_DIRECTORY "/") + sizeof(((struct dirent *)0)->d_name)];
	DIR *directory = opendir(HEAP_DIRECTORY);
	struct dirent *entry;
	size_t count = 0;
	int code = EXIT_DONE;

	while (directory && count < MAX_NODES && (entry = readdir(directory))) {
		if (is_measured(entry))
			snprintf(names[count++], sizeof(names[0]), "%s:%s/%s", HEAP_ALLOCATOR, HEAP_DIRECTORY, entry->d_name);
	}
	if (directory)
		closedir(directory);
	qsort(names, count, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < count && code == EXIT_DONE; i++)
		code = try(bench, names[i], found);
	return code;
}

int bench_find_all(struct bench *bench)
{
	char const *name;
	int code = EXIT_DONE;

	for (size_t i = 0; code == EXIT_DONE && (name = imx_dma_buffer_builtin_allocator_name(i)); i++) {
		size_t used = strlen(bench->unusable);
		bool found = false;

		code = (strcmp(name, HEAP_ALLOCATOR) == 0) ? try_heaps(bench, &found) : try(bench, name, &found);
		if (!found)
			snprintf(bench->unusable + used, sizeof(bench->unusable) - used, "%s%s", used ? " " : "", name);
	}
	if (code == EXIT_DONE && bench->allocator_count == 0)
		return output_fail(EXIT_UNUSABLE, "no allocator is usable; imxdmabuffer list shows the reasons");
	return code;
}
