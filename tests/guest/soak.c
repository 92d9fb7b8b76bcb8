/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocate, map, export, import and free buffers of mixed sizes for a while. Nothing may grow: the process's memory and
 * descriptors, the kernel's slab, the used pages of the CMA area. On a kernel that loses memory in each call of
 * DMA_BUF_IOCTL_PHYS, as NXP's 5.15, the slab may grow by this loss. The heap is uncached then, and an
 * allocation or an import may cost one call, for the address.
 *
 * usage: soak SECONDS
 */
#include <dirent.h>
#include <stdio.h>
#include <time.h>

#include "guest.h"

#define BUFFERS 24
#define LARGEST ((size_t)2 << 20)

/* The loss of a call in bytes, in tests/vm/kernel/dma-buf-phys.c. */
#define LOSS 256

struct state {
	long memory, slab, cma, calls, addresses;
	unsigned int descriptors;
};

static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffers[BUFFERS];
static uint32_t seed = 1;
/* Allocations and imports: these get an address. */
static long addresses;

/* Numerical Recipes' generator: the same numbers in each run. */
static uint32_t random_number(uint32_t limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

static long read_line(char const *path, char const *key)
{
	char line[256];
	FILE *file = fopen(path, "r");
	long value = -1;

	while (file && value < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtol(line + strlen(key), NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static void look(struct state *state)
{
	DIR *directory = opendir("/proc/self/fd");

	state->descriptors = 0;
	while (directory && readdir(directory))
		state->descriptors++;
	if (directory)
		closedir(directory);
	state->memory = read_line("/proc/self/status", "VmRSS:");
	state->slab = read_line("/proc/meminfo", "SUnreclaim:");
	state->cma = heap_pages_used();
	state->calls = read_line("/sys/module/dma_buf_phys/parameters/calls", "");
	state->addresses = addresses;
}

/* The same memory as a buffer of its own: through a descriptor, and as a wrapped buffer. */
static bool share(ImxDmaBuffer *buffer)
{
	size_t offset = 0, size = imx_dma_buffer_get_size(buffer);
	int fd = imx_dma_buffer_export_fd(buffer, &offset, NULL);
	ImxDmaBuffer *import = imx_dma_buffer_import_dmabuf(fd, offset, size, NULL);
	ImxWrappedDmaBuffer wrapped;
	bool good = import && imx_dma_buffer_map(import, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);

	addresses += import != NULL;
	imx_dma_buffer_deallocate(import);
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = fd;
	wrapped.size = size;
	good = good && imx_dma_buffer_map(&wrapped.parent, 0, NULL);
	imx_dma_buffer_deallocate(&wrapped.parent);
	close(fd);
	return good;
}

static bool use(size_t which)
{
	ImxDmaBuffer *buffer = buffers[which];
	uint8_t *map;

	if (!buffer) {
		/* The area may be fragmented, or used up. */
		buffers[which] = imx_dma_buffer_allocate(allocator, 1 + random_number(LARGEST) / (1 + random_number(64)),
			(size_t)1 << random_number(17), NULL);
		addresses += buffers[which] != NULL;
		return true;
	}
	switch (random_number(4)) {
	case 0:
		imx_dma_buffer_deallocate(buffer);
		buffers[which] = NULL;
		return true;
	case 1:
		return share(buffer);
	default:
		map = imx_dma_buffer_map(buffer, 0, NULL);
		if (!map)
			return false;
		map[random_number((uint32_t)imx_dma_buffer_get_size(buffer))] = 1;
		imx_dma_buffer_unmap(buffer);
		return true;
	}
}

static void empty(void)
{
	for (size_t i = 0; i < BUFFERS; i++) {
		if (buffers[i])
			imx_dma_buffer_deallocate(buffers[i]);
		buffers[i] = NULL;
	}
}

/* Returns the number of rounds, or -1 after a failure. */
static long run(time_t seconds)
{
	struct timespec now, end;
	long rounds = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		for (int i = 0; i < 100; i++)
			if (!use(random_number(BUFFERS)))
				return -1;
		rounds++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec);
	empty();
	return rounds;
}

static bool loses_memory(void)
{
	FILE *file = fopen("/sys/module/dma_buf_phys/parameters/leak", "r");
	bool loses = file && fgetc(file) == 'Y';

	if (file)
		fclose(file);
	return loses;
}

/* Returns the loss in KiB. */
static long check_loss(struct state const *before, struct state const *after)
{
	long calls = after->calls - before->calls, made = after->addresses - before->addresses;

	if (!loses_memory())
		return 0;
	tap(calls > 0 && calls <= made, "%ld calls of DMA_BUF_IOCTL_PHYS for %ld addresses lose %ld kB", calls, made,
		calls * LOSS / 1024);
	return calls * LOSS / 1024;
}

int main(int argc, char **argv)
{
	long seconds = (argc == 2) ? strtol(argv[1], NULL, 10) : 0, rounds, loss;
	struct state before, after;

	if (seconds <= 0)
		return 2;
	allocator = need_allocator(NULL, 0);
	/* What is allocated once is there after this. */
	if (!tap(run(1 + seconds / 10) >= 0, "the first rounds: %s", imx_dma_buffer_get_last_error()))
		return tap_done();
	look(&before);
	rounds = run(seconds);
	tap(rounds > 0, "%ld hundred operations: %s", rounds, (rounds > 0) ? "good" : imx_dma_buffer_get_last_error());
	look(&after);
	tap(after.descriptors == before.descriptors, "descriptors: %u, before: %u", after.descriptors, before.descriptors);
	tap(after.memory <= before.memory + 1024, "memory of the process: %ld kB, before: %ld kB", after.memory,
		before.memory);
	loss = check_loss(&before, &after);
	/* The kernel keeps some free objects for each processor. */
	tap(after.slab <= before.slab + loss + 1024, "slab that cannot be reclaimed: %ld kB, before: %ld kB", after.slab,
		before.slab);
	tap(after.cma == before.cma, "used pages of the CMA area: %ld, before: %ld", after.cma, before.cma);
	imx_dma_buffer_allocator_destroy(allocator);
	return tap_done();
}
