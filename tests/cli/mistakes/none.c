/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nothing is wrong here, though it looks so.
 */
#include <imxdmabuffer/imxdmabuffer_pool.h>
#include <imxdmabuffer/imxdmabuffer_sync.h>
#include <imxdmabuffer/imxdmabuffer_view.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mistakes.h"

void overwrite(void)
{
	for (int i = 0; i < 3; i++) {
		uint8_t *bytes = imx_dma_buffer_map(buffer, WRITE | OVERWRITE, NULL);

		/* Some bytes of each line are those of the last time. */
		for (size_t j = 0; j < SIZE; j++)
			bytes[j] = (uint8_t)((j % 64 < 32) ? 9 : i);
		imx_dma_buffer_unmap(buffer);
		device_reads();
		device_writes(7);
	}
}

void hand_over_ranges(void)
{
	ImxDmaBufferRange range = {.offset = 0, .length = 4096};
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

	for (int i = 0; i < 3; i++) {
		memset(bytes, i, range.length);
		imx_dma_buffer_sync_for_device(buffer, &range, 1, IMX_DMA_BUFFER_BIDIRECTIONAL, NULL);
		imxdmabuffer_sim_fill(imx_dma_buffer_get_physical_address(buffer), 7, range.length);
		imx_dma_buffer_sync_for_cpu(buffer, &range, 1, IMX_DMA_BUFFER_BIDIRECTIONAL, NULL);
		sum += bytes[0];
	}
	imx_dma_buffer_unmap(buffer);
}

void use_views(void)
{
	ImxDmaBuffer *views[2];
	uint8_t *bytes[2];

	for (int i = 0; i < 2; i++)
		views[i] = imx_dma_buffer_new_view(buffer, (size_t)i * 8192, 8192, 0, NULL);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2; i++)
			bytes[i] = imx_dma_buffer_map(views[i], READ | WRITE, NULL);
		memset(bytes[0], round + 1, 8192);
		imx_dma_buffer_unmap(views[0]);
		memset(bytes[1], round + 1, 8192);
		imx_dma_buffer_unmap(views[1]);
		device_reads();
	}
	imx_dma_buffer_deallocate(views[1]);
	imx_dma_buffer_deallocate(views[0]);
}

void use_pool(void)
{
	ImxDmaBufferAllocator *pool = imx_dma_buffer_pool_new(allocator, NULL, NULL);

	for (int i = 0; i < 3; i++) {
		ImxDmaBuffer *frame = imx_dma_buffer_allocate(pool, SIZE, 0, NULL);

		memset(imx_dma_buffer_map(frame, READ | WRITE, NULL), i, SIZE);
		imx_dma_buffer_unmap(frame);
		imx_dma_buffer_deallocate(frame);
	}
	imx_dma_buffer_allocator_destroy(pool);
}

/* In the session of one thread, another one accesses the memory as well. */
static void *read_in_thread(void *bytes)
{
	add(bytes);
	return NULL;
}

static void *map_often(void *offset)
{
	for (int i = 0; i < 2000; i++) {
		uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE, NULL);

		bytes[(size_t)offset] = (uint8_t)(i + 1);
		imx_dma_buffer_unmap(buffer);
	}
	return NULL;
}

void share_buffer(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, map_often, (void *)4096);
	map_often(NULL);
	pthread_join(thread, NULL);
}

/* The child has nothing to do with what the parent has written. */
void fork_before_handover(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);
	pid_t child;

	bytes[0] = 1;
	child = fork();
	if (child == 0)
		exit(0);
	waitpid(child, NULL, 0);
	imx_dma_buffer_sync_for_device(buffer, NULL, 0, IMX_DMA_BUFFER_TO_DEVICE, NULL);
	imx_dma_buffer_unmap(buffer);
}

void use_threads(void)
{
	pthread_t thread;
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE, NULL);

	pthread_create(&thread, NULL, read_in_thread, bytes);
	add(bytes);
	pthread_join(thread, NULL);
	imx_dma_buffer_unmap(buffer);
}
