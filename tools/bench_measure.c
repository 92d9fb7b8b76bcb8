/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operations that imxdmabuffer bench measures. One buffer exists at a time.
 */
#include "bench_steps.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "imxdmabuffer/imxdmabuffer_pool.h"

#include "watch.h"

/* The clocks of some boards tick 8 million times a second: short operations are repeated until this time is over. */
#define SHORTEST_SAMPLE 2000.0
#define LARGEST_BATCH 100

struct bench_operation_text const bench_operations[BENCH_OPERATIONS] = {
	[BENCH_ALLOCATE] = {"allocate", "allocate", false},
	[BENCH_MAP] = {"map", "map", false},
	[BENCH_FIRST_TOUCH] = {"first-touch", "first touch", false},
	[BENCH_UNMAP] = {"unmap", "unmap", false},
	[BENCH_FREE] = {"free", "free", false},
	[BENCH_MAP_AGAIN] = {"map-again", "map again and unmap", false},
	[BENCH_SESSION] = {"session", "sync session", false},
	[BENCH_ALL_TO_DEVICE] = {"sync-all-to-device", "sync all to device", false},
	[BENCH_ALL_FROM_DEVICE] = {"sync-all-from-device", "sync all from device", false},
	[BENCH_RANGE_TO_DEVICE] = {"sync-range-to-device", "sync 4K to device", false},
	[BENCH_RANGE_FROM_DEVICE] = {"sync-range-from-device", "sync 4K from device", false},
	[BENCH_POOL] = {"pool", "pool, get and return", false},
	[BENCH_FRAME_NEW] = {"frame-new", "frame: new buffer", false},
	[BENCH_FRAME_POOL] = {"frame-pool", "frame: from a pool", false},
	[BENCH_FRAME_MAPPED] = {"frame-mapped", "frame: same buffer", false},
	[BENCH_WRITE] = {"write", "write, MiB/s", true},
	[BENCH_READ] = {"read", "read, MiB/s", true},
	[BENCH_COPY] = {"copy", "copy, MiB/s", true},
};

/* Return the time of one repetition, or -1. */
static double time_batch(struct bench_run *run, struct bench_loop const *loop, int batch)
{
	double begin;

	if (loop->prepare && !loop->prepare(run))
		return -1;
	begin = bench_now();
	for (int i = 0; i < batch; i++)
		if (!loop->work(run))
			return -1;
	return bench_since(begin) / batch;
}

/* The second run is typical. */
static int choose_batch(struct bench_run *run, struct bench_loop const *loop)
{
	double time = time_batch(run, loop, 1);

	if (time >= 0 && time < SHORTEST_SAMPLE)
		time = time_batch(run, loop, 1);
	if (time < 0)
		return -1;
	if (time * LARGEST_BATCH < SHORTEST_SAMPLE)
		return LARGEST_BATCH;
	return (time < SHORTEST_SAMPLE) ? (int)(SHORTEST_SAMPLE / time) : 1;
}

/* A sync that fails in a session or at unmapping is in the log only. Its time means nothing. */
static bool check_log(struct bench_run *run)
{
	char const *message = watch_take_error();

	return !message || bench_fail(run, message);
}

static bool measure(struct bench_run *run, struct bench_loop const *loop)
{
	static struct bench_samples samples;
	struct bench_limits limits;
	int batch;

	run->between(run->allocator, run->size, loop->operation);
	samples.count = 0;
	batch = choose_batch(run, loop);
	limits = bench_begin(run->bench->budget);
	while (batch > 0 && bench_goes_on(&limits, samples.count)) {
		double time = time_batch(run, loop, batch);

		if (time < 0)
			return false;
		if (bench_operations[loop->operation].is_speed)
			time = (double)run->size / (1 << 20) / ((time > 0.1) ? time : 0.1) * 1e9;
		bench_add(&samples, time);
	}
	run->values[loop->operation] = bench_summarise(&samples);
	return batch > 0 && check_log(run);
}

static bool measure_all(struct bench_run *run, struct bench_loop const *loops, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!measure(run, &loops[i]))
			return false;
	return true;
}

#define MEASURE(run, loops) measure_all(run, loops, sizeof(loops) / sizeof((loops)[0]))

/* Time the life of one buffer. */
static bool live_once(struct bench_run *run, double times[BENCH_FREE + 1])
{
	double begin = bench_now();

	if (!bench_allocate(run))
		return false;
	times[BENCH_ALLOCATE] = bench_since(begin);
	begin = bench_now();
	if (!bench_map(run, BENCH_MANUAL))
		return false;
	times[BENCH_MAP] = bench_since(begin);
	begin = bench_now();
	bench_touch(run);
	times[BENCH_FIRST_TOUCH] = bench_since(begin);
	begin = bench_now();
	imx_dma_buffer_unmap(run->buffer);
	times[BENCH_UNMAP] = bench_since(begin);
	begin = bench_now();
	bench_release(run);
	times[BENCH_FREE] = bench_since(begin);
	return true;
}

static bool measure_life(struct bench_run *run)
{
	static struct bench_samples samples[BENCH_FREE + 1];
	struct bench_limits limits;
	double times[BENCH_FREE + 1];

	run->between(run->allocator, run->size, BENCH_ALLOCATE);
	/* The first life of a size also pays for what the library and the kernel do once. */
	if (!live_once(run, times))
		return false;
	for (int i = 0; i <= BENCH_FREE; i++)
		samples[i].count = 0;
	limits = bench_begin(run->bench->budget * (BENCH_FREE + 1));
	while (bench_goes_on(&limits, samples[0].count)) {
		if (!live_once(run, times))
			return false;
		for (int i = 0; i <= BENCH_FREE; i++)
			bench_add(&samples[i], times[i]);
	}
	for (int i = 0; i <= BENCH_FREE; i++)
		run->values[i] = bench_summarise(&samples[i]);
	return check_log(run);
}

static bool measure_mapped(struct bench_run *run)
{
	static struct bench_loop const mapped[] = {
		{BENCH_SESSION, bench_write_all, bench_hold_session},
		{BENCH_ALL_TO_DEVICE, bench_write_all, bench_give_all},
		{BENCH_ALL_FROM_DEVICE, NULL, bench_take_all},
		{BENCH_RANGE_TO_DEVICE, bench_write_range, bench_give_range},
		{BENCH_RANGE_FROM_DEVICE, NULL, bench_take_range},
		{BENCH_WRITE, NULL, bench_write_all},
		{BENCH_READ, NULL, bench_read_all},
		{BENCH_COPY, NULL, bench_copy_all},
	};
	static struct bench_loop const unmapped[] = {
		{BENCH_MAP_AGAIN, NULL, bench_map_again},
		{BENCH_FRAME_MAPPED, NULL, bench_fill_frame},
	};
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	if (!bench_allocate(run) || !bench_map(run, BENCH_MANUAL))
		return false;
	bench_write_all(run);
	if (!MEASURE(run, mapped))
		return false;
	imx_dma_buffer_unmap(run->buffer);
	if (!MEASURE(run, unmapped))
		return false;
	if (imx_dma_buffer_query_properties(run->buffer, &properties, NULL) == 0)
		run->allocator->coherency = properties.coherency;
	bench_release(run);
	return true;
}

static bool measure_pool(struct bench_run *run)
{
	static struct bench_loop const pool_loops[] = {
		{BENCH_POOL, NULL, bench_get_and_return}, {BENCH_FRAME_POOL, NULL, bench_fill_new_frame}};
	/* The default keeps no block that is large beside the CMA area. */
	ImxDmaBufferPoolConfig config = {
		.struct_size = sizeof(config), .max_idle_bytes = run->size * 2, .idle_ms = UINT_MAX};
	ImxDmaBufferAllocator *inner = run->source;
	bool done;

	run->source = imx_dma_buffer_pool_new(inner, &config, NULL);
	if (run->source)
		done = MEASURE(run, pool_loops);
	else
		done = bench_fail(run, imx_dma_buffer_get_last_error());
	imx_dma_buffer_allocator_destroy(run->source);
	run->source = inner;
	return done;
}

static bool measure_size(struct bench_run *run)
{
	static struct bench_loop const new[] = {{BENCH_FRAME_NEW, NULL, bench_fill_new_frame}};

	run->source = imx_dma_buffer_allocator_new_by_name(run->allocator->name, run->allocator->flags, NULL);
	if (!run->source)
		return bench_fail(run, imx_dma_buffer_get_last_error());
	return measure_life(run) && measure_mapped(run) && MEASURE(run, new) && measure_pool(run);
}

bool bench_measure(struct bench const *bench, struct bench_allocator *allocator, size_t size_index,
	bench_between *between)
{
	struct bench_run run = {.bench = bench,
		.allocator = allocator,
		.between = between,
		.size = bench->sizes[size_index],
		.values = allocator->values[size_index]};
	bool done;

	/* Written, so that copying does not pay for its page faults. */
	run.ordinary = malloc(run.size);
	if (run.ordinary)
		memset(run.ordinary, 0xa5, run.size);
	watch_begin();
	done = run.ordinary ? measure_size(&run) : bench_refuse(&run, "no memory that could be copied to");
	bench_release(&run);
	imx_dma_buffer_allocator_destroy(run.source);
	watch_end();
	free(run.ordinary);
	allocator->skipped_from = done ? size_index + 1 : size_index;
	if (!done)
		memset(run.values, 0, sizeof(allocator->values[0]));
	return done;
}
