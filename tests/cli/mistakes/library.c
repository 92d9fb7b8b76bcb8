/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs of 1.x, which use the functions of that version only.
 */
#include <string.h>

#include "mistakes.h"

void write_without_start(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

	if (mended)
		imx_dma_buffer_start_sync_session(buffer);
	memset(bytes, 1, SIZE);
	imx_dma_buffer_stop_sync_session(buffer);
	device_reads();
	imx_dma_buffer_unmap(buffer);
}

void read_without_start(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | MANUAL, NULL);

	imx_dma_buffer_start_sync_session(buffer);
	add(bytes);
	imx_dma_buffer_stop_sync_session(buffer);
	device_writes(1);
	if (mended)
		imx_dma_buffer_start_sync_session(buffer);
	add(bytes);
	if (mended)
		imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
}

void read_without_stop(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

	imx_dma_buffer_start_sync_session(buffer);
	memset(bytes, 1, SIZE);
	if (mended)
		imx_dma_buffer_stop_sync_session(buffer);
	device_reads();
	if (!mended)
		imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
}

void unmap_without_stop(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE | MANUAL, NULL);

	imx_dma_buffer_start_sync_session(buffer);
	memset(bytes, 1, SIZE);
	if (mended)
		imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	device_reads();
}

void read_after_unmap(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | MANUAL, NULL);

	imx_dma_buffer_start_sync_session(buffer);
	add(bytes);
	imx_dma_buffer_stop_sync_session(buffer);
	imx_dma_buffer_unmap(buffer);
	/* The library keeps the mapping. */
	if (!mended)
		add(bytes);
}

void write_beside_device(void)
{
	uint64_t address = imx_dma_buffer_get_physical_address(buffer);
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE, NULL);

	/* A header of the CPU, and data of the device behind it. */
	memset(bytes, 1, 16);
	imxdmabuffer_sim_fill(address + (mended ? 64 : 16), 2, 4096);
	imx_dma_buffer_unmap(buffer);
}

void write_under_device(void)
{
	uint8_t *bytes = imx_dma_buffer_map(buffer, READ | WRITE, NULL);

	memset(bytes, 1, SIZE);
	if (mended)
		imx_dma_buffer_unmap(buffer);
	device_writes(2);
	if (!mended)
		imx_dma_buffer_unmap(buffer);
}

void free_in_use(void)
{
	uint64_t address = imx_dma_buffer_get_physical_address(buffer);

	if (mended)
		device_writes(1);
	imx_dma_buffer_deallocate(buffer);
	buffer = NULL;
	if (!mended)
		imxdmabuffer_sim_fill(address, 1, SIZE);
}

void free_before_fence(void)
{
	int fd = imx_dma_buffer_get_fd(buffer);

	imxdmabuffer_sim_set_fences(fd, 0, 1);
	if (mended)
		imxdmabuffer_sim_set_fences(fd, 0, 0);
	imx_dma_buffer_deallocate(buffer);
	buffer = NULL;
}

void forget_to_free(void)
{
	if (!mended)
		imx_dma_buffer_export_fd(buffer, NULL, NULL);
}

void sync_for_nothing(void)
{
	for (int i = 0; i < 3; i++) {
		add(imx_dma_buffer_map(buffer, READ, NULL));
		imx_dma_buffer_unmap(buffer);
		if (mended)
			device_writes(i);
	}
}
