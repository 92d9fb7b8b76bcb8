/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench_steps.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RANGE 4096

/* What a program does that fills a whole picture. */
#define FRAME (IMX_DMA_BUFFER_MAPPING_FLAG_WRITE | IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE)

bool bench_fail(struct bench_run *run, char const *reason)
{
	run->allocator->failed = true;
	snprintf(run->allocator->reason, BENCH_REASON, "%s", reason);
	return false;
}

/* A size that the allocator does not give is no failure. */
bool bench_refuse(struct bench_run *run, char const *reason)
{
	snprintf(run->allocator->reason, BENCH_REASON, "%s", reason);
	return false;
}

bool bench_allocate(struct bench_run *run)
{
	run->buffer = imx_dma_buffer_allocate(run->source, run->size, 0, NULL);
	return run->buffer || bench_refuse(run, imx_dma_buffer_get_last_error());
}

void bench_release(struct bench_run *run)
{
	if (run->buffer)
		imx_dma_buffer_deallocate(run->buffer);
	run->buffer = NULL;
}

bool bench_map(struct bench_run *run, unsigned int flags)
{
	run->bytes = imx_dma_buffer_map(run->buffer, flags, NULL);
	return run->bytes || bench_fail(run, imx_dma_buffer_get_last_error());
}

void bench_touch(struct bench_run *run)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < run->size; i += page)
		((uint8_t volatile *)run->bytes)[i] = 1;
}

bool bench_map_again(struct bench_run *run)
{
	if (!bench_map(run, BENCH_MANUAL))
		return false;
	imx_dma_buffer_unmap(run->buffer);
	return true;
}

bool bench_hold_session(struct bench_run *run)
{
	imx_dma_buffer_start_sync_session(run->buffer);
	imx_dma_buffer_stop_sync_session(run->buffer);
	return true;
}

static bool sync_for_device(struct bench_run *run, ImxDmaBufferRange const *range)
{
	return imx_dma_buffer_sync_for_device(run->buffer, range, range ? 1 : 0, IMX_DMA_BUFFER_TO_DEVICE, NULL) == 0 ||
		bench_fail(run, imx_dma_buffer_get_last_error());
}

static bool sync_for_cpu(struct bench_run *run, ImxDmaBufferRange const *range)
{
	return imx_dma_buffer_sync_for_cpu(run->buffer, range, range ? 1 : 0, IMX_DMA_BUFFER_FROM_DEVICE, NULL) == 0 ||
		bench_fail(run, imx_dma_buffer_get_last_error());
}

static ImxDmaBufferRange const range = {.offset = 0, .length = RANGE};

bool bench_give_all(struct bench_run *run)
{
	return sync_for_device(run, NULL);
}

bool bench_take_all(struct bench_run *run)
{
	return sync_for_cpu(run, NULL);
}

bool bench_give_range(struct bench_run *run)
{
	return sync_for_device(run, &range);
}

bool bench_take_range(struct bench_run *run)
{
	return sync_for_cpu(run, &range);
}

bool bench_write_all(struct bench_run *run)
{
	memset(run->bytes, 0x5a, run->size);
	return true;
}

/* Cleaning a cache that is clean already would take less time. */
bool bench_write_range(struct bench_run *run)
{
	memset(run->bytes, 0x5a, RANGE);
	return true;
}

bool bench_read_all(struct bench_run *run)
{
	uint64_t sum = 0, word;

	for (size_t i = 0; i < run->size; i += sizeof(word)) {
		memcpy(&word, run->bytes + i, sizeof(word));
		sum += word;
	}
	/* The compiler may not leave the loop out. */
	__asm__ volatile("" : : "r"(sum));
	return true;
}

bool bench_copy_all(struct bench_run *run)
{
	memcpy(run->ordinary, run->bytes, run->size);
	return true;
}

bool bench_fill_frame(struct bench_run *run)
{
	if (!bench_map(run, FRAME))
		return false;
	bench_write_all(run);
	imx_dma_buffer_unmap(run->buffer);
	return true;
}

bool bench_fill_new_frame(struct bench_run *run)
{
	bool done = bench_allocate(run) && bench_fill_frame(run);

	bench_release(run);
	return done;
}

bool bench_get_and_return(struct bench_run *run)
{
	bool done = bench_allocate(run);

	bench_release(run);
	return done;
}
