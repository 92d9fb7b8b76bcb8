/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame costs: new memory, new mappings, kept mappings and pools. Page faults are checked, times are printed.
 * And what holds the memory of a pool: fences and an importer.
 */
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>

#include "fence.h"
#include "guest.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"
#include "imxdmabuffer/imxdmabuffer_pool.h"
#include "prime.h"

/* 1920 x 1080 pixels, YUV 4:2:0. */
#define FRAME ((size_t)1920 * 1080 * 3 / 2)
#define FRAMES 10
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static long page_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static void write_all(uint8_t *frame, int number)
{
	memset(frame, number, FRAME);
}

static void write_pages(uint8_t *frame, int number)
{
	for (size_t i = 0; i < FRAME; i += 4096)
		frame[i] = (uint8_t)number;
}

static bool write_frame(ImxDmaBuffer *buffer, int number, void (*write)(uint8_t *frame, int number))
{
	uint8_t *frame = imx_dma_buffer_map(buffer, WRITE, NULL);

	if (!frame)
		return false;
	write(frame, number);
	imx_dma_buffer_unmap(buffer);
	return true;
}

/* Read back the first and the last page. */
static bool has_frame(ImxDmaBuffer *buffer, int number)
{
	uint8_t const *frame = imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);
	bool good = frame && frame[0] == number && frame[FRAME / 4096 * 4096] == number;

	imx_dma_buffer_unmap(buffer);
	return good;
}

/* The first run checks the bytes. */
static bool checks;

/* As a program of 1.x that uses a new buffer for each frame. */
static bool new_buffers(ImxDmaBufferAllocator *allocator, void (*write)(uint8_t *frame, int number))
{
	bool good = true;

	for (int i = 1; i <= FRAMES && good; i++) {
		ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, FRAME, 1, NULL);

		good = buffer && write_frame(buffer, i, write) && (!checks || has_frame(buffer, i));
		imx_dma_buffer_deallocate(buffer);
	}
	return good;
}

static ImxDmaBuffer *reused;

static bool one_buffer(ImxDmaBufferAllocator *allocator, void (*write)(uint8_t *frame, int number))
{
	bool good = true;

	if (!reused)
		reused = imx_dma_buffer_allocate(allocator, FRAME, 1, NULL);
	for (int i = 1; i <= FRAMES && good; i++)
		good = reused && write_frame(reused, i, write) && (!checks || has_frame(reused, i));
	return good;
}

/* What is measured. */
struct frames {
	char const *what;
	bool (*run)(ImxDmaBufferAllocator *allocator, void (*write)(uint8_t *frame, int number));
	void (*write)(uint8_t *frame, int number);
};

static ImxDmaBufferAllocator *new_by_environment(char const *name, char const *kept)
{
	ImxDmaBufferAllocator *allocator;

	setenv("IMXDMABUFFER_ALLOCATOR", name, 1);
	setenv("IMXDMABUFFER_KEEP_MAPPINGS", kept, 1);
	allocator = imx_dma_buffer_allocator_new(NULL);
	unsetenv("IMXDMABUFFER_ALLOCATOR");
	unsetenv("IMXDMABUFFER_KEEP_MAPPINGS");
	return allocator;
}

/* Run frames twice, and measure the second time. Returns the page faults of a frame. */
static long run(char const *name, char const *kept, struct frames const *frames)
{
	ImxDmaBufferAllocator *allocator = new_by_environment(name, kept);
	double begin, end;
	long faults;
	bool good;

	reused = NULL;
	checks = true;
	good = allocator && frames->run(allocator, frames->write);
	checks = false;
	faults = page_faults();
	begin = now();
	good = good && frames->run(allocator, frames->write);
	end = now();
	faults = (page_faults() - faults) / FRAMES;
	tap(good, "%s, keep %s, %s: the bytes are right", name, kept, frames->what);
	tap_note("%s, keep %s, %s: %.0f us and %ld page faults a frame", name, kept, frames->what, (end - begin) / FRAMES,
		faults);
	imx_dma_buffer_allocator_destroy(allocator);
	return good ? faults : -1;
}

static void compare(char const *name)
{
	static struct frames const pages = {"one buffer, one byte a page", one_buffer, write_pages};
	static struct frames const all = {"one buffer, all bytes", one_buffer, write_all};
	static struct frames const new_pages = {"new buffers, one byte a page", new_buffers, write_pages};
	static struct frames const new_all = {"new buffers, all bytes", new_buffers, write_all};
	char pool[64];

	snprintf(pool, sizeof(pool), "pool:%s", name);
	run(name, "0", &pages);
	tap(run(name, "64M", &pages) == 0, "%s: frames in a kept mapping make no page faults", name);
	run(name, "0", &all);
	run(name, "64M", &all);
	run(name, "0", &new_pages);
	run(name, "0", &new_all);
	tap(run(pool, "64M", &new_pages) == 0, "%s: frames of a pool make no page faults", name);
	run(pool, "64M", &new_all);
}

/* Allocate and free with the ioctl, and with the library: turn by turn, since the machine is shared. */
static void compare_allocations(unsigned int flags)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name("dma-heap", flags, NULL);
	int heap = imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(allocator);
	double raw = 0, library = 0, begin;

	for (int i = 0; i < 2 * FRAMES; i++) {
		struct dma_heap_allocation_data data = {.len = FRAME, .fd_flags = O_RDWR | O_CLOEXEC};

		begin = now();
		if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) == 0)
			close((int)data.fd);
		raw += now() - begin;
		begin = now();
		imx_dma_buffer_deallocate(imx_dma_buffer_allocate(allocator, FRAME, 1, NULL));
		library += now() - begin;
	}
	tap_note("dma-heap, flags %u: allocate and free %.0f us, the ioctl and close %.0f us", flags, library / 2 / FRAMES,
		raw / 2 / FRAMES);
	imx_dma_buffer_allocator_destroy(allocator);
}

static ImxDmaBufferPoolStats stats_of(ImxDmaBufferAllocator *pool)
{
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};

	imx_dma_buffer_pool_get_stats(pool, &stats, NULL);
	return stats;
}

/* Does the pool give the memory of this buffer out again? */
static bool is_held(ImxDmaBufferAllocator *pool, ImxDmaBuffer *buffer)
{
	uint64_t misses;
	ImxDmaBuffer *other;
	bool held;

	imx_dma_buffer_deallocate(buffer);
	misses = stats_of(pool).misses;
	other = imx_dma_buffer_allocate(pool, FRAME, 1, NULL);
	held = stats_of(pool).misses > misses && stats_of(pool).held_buffers == 1;
	imx_dma_buffer_deallocate(other);
	return held;
}

static bool is_free(ImxDmaBufferAllocator *pool)
{
	ImxDmaBuffer *first = imx_dma_buffer_allocate(pool, FRAME, 1, NULL);
	ImxDmaBuffer *second = imx_dma_buffer_allocate(pool, FRAME, 1, NULL);
	bool free = stats_of(pool).idle_buffers == 0 && stats_of(pool).held_buffers == 0;

	imx_dma_buffer_deallocate(first);
	imx_dma_buffer_deallocate(second);
	imx_dma_buffer_pool_trim(pool, 0);
	return free;
}

static void check_fences(ImxDmaBufferAllocator *pool)
{
	int timeline = fence_timeline(), fence = fence_create(timeline, 1), file, error = 0;
	ImxDmaBuffer *buffer = need_buffer(pool, FRAME, 1);

	if (fence < 0 || !buffer) {
		tap_skip("fences", "no sw_sync here");
		imx_dma_buffer_deallocate(buffer);
		return;
	}
	tap(imx_dma_buffer_wait(buffer, IMX_DMA_BUFFER_BIDIRECTIONAL, -1, NULL) == 0, "no device is at work: %s",
		imx_dma_buffer_get_last_error());
	tap(imx_dma_buffer_import_sync_file(buffer, fence, IMX_DMA_BUFFER_TO_DEVICE, NULL) == 0, "a device reads: %s",
		imx_dma_buffer_get_last_error());
	tap(imx_dma_buffer_wait(buffer, IMX_DMA_BUFFER_FROM_DEVICE, 0, NULL) == 0 &&
			imx_dma_buffer_wait(buffer, IMX_DMA_BUFFER_TO_DEVICE, 1, &error) == -1 && error == ETIMEDOUT,
		"the CPU may read, and not write: %s", strerror(error));
	file = imx_dma_buffer_export_sync_file(buffer, IMX_DMA_BUFFER_TO_DEVICE, NULL);
	tap(file > 2, "a sync file: %s", imx_dma_buffer_get_last_error());
	tap(is_held(pool, buffer), "the pool keeps a buffer with a fence aside");
	tap(fence_advance(timeline, 1) == 0 && is_free(pool), "and gives it out after the signal");
	close(file);
	close(fence);
	close(timeline);
}

static void check_importer(ImxDmaBufferAllocator *pool)
{
	ImxDmaBuffer *buffer = need_buffer(pool, FRAME, 1);
	int attached = -1, code = prime_import("vgem", imx_dma_buffer_get_fd(buffer), &attached);

	if (code != 0) {
		tap_skip("importer", "vgem: %s", strerror(-code));
		imx_dma_buffer_deallocate(buffer);
		return;
	}
	tap(is_held(pool, buffer), "the pool keeps a buffer aside that vgem has imported");
	close(attached);
	tap(is_free(pool), "and gives it out after the driver has let go");
}

int main(void)
{
	ImxDmaBufferAllocator *pool = need_allocator("pool:dma-heap", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);

	check_fences(pool);
	check_importer(pool);
	imx_dma_buffer_allocator_destroy(pool);
	compare("dma-heap");
	compare("host");
	compare_allocations(IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	compare_allocations(IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS);
	return tap_done();
}
