/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A board with a render node, and a buffer on it.
 */
#ifndef TESTS_ATTACHMENT_H
#define TESTS_ATTACHMENT_H

#include <stdbool.h>

#include "board.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define HEAP "heap reserved; phys absent; pagemap privileged; "
#define SIZE 16384

static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffer;
static int fd;

static inline ImxDmaBufferProperties properties_of(ImxDmaBuffer *of)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(of, &properties, NULL), 0);
	return properties;
}

static inline void begin(char const *board)
{
	start_board(board);
	allocator = new_allocator(NULL, 0);
	sim_reset_counts();
	buffer = new_buffer(allocator, SIZE);
	fd = imx_dma_buffer_get_fd(buffer);
}

static inline void finish(void)
{
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_misuses(), 0);
	assert_int_equal(sim_live_buffers(), 0);
	unsetenv("IMXDMABUFFER_ATTACH");
}

static inline void assert_driver(ImxDmaBuffer *of, char const *driver)
{
	ImxDmaBufferProperties properties = properties_of(of);

	assert_string_equal(properties.attached_driver, driver);
	assert_int_equal(properties.coherency,
		driver[0] ? IMX_DMA_BUFFER_COHERENCY_ATTACHMENT : IMX_DMA_BUFFER_COHERENCY_IMPORTER);
}

static inline void fill(ImxDmaBuffer *which, uint8_t value)
{
	uint8_t *bytes = imx_dma_buffer_map(which, WRITE, NULL);

	assert_non_null(bytes);
	memset(bytes, value, SIZE);
	imx_dma_buffer_unmap(which);
}

static inline void assert_device_sees(int memory, uint8_t value)
{
	uint8_t data[SIZE];

	assert_int_equal(sim_device_read_fd(memory, 0, data, SIZE), 0);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(data[i], value);
}

#endif /* TESTS_ATTACHMENT_H */
