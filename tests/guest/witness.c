/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Check the library's addresses with a device that copies memory: at the first, a middle and the last page.
 */
#include "edu.h"
#include "guest.h"

static void check(ImxDmaBufferAllocator *allocator, size_t size)
{
	ImxDmaBuffer *buffer = need_buffer(allocator, size, 1);
	imx_physical_address_t address;
	uint8_t *map;
	int code;

	if (!buffer)
		return;
	address = imx_dma_buffer_get_physical_address(buffer);
	map = imx_dma_buffer_map(buffer, 0, NULL);
	code = map ? edu_witness(map, address, size) : -EFAULT;
	if (code == -ENODEV)
		tap_skip("witness", "this board has no device that copies by address");
	else
		tap(code == 0, "a device finds %zu bytes at 0x%lx: %s", size, address, strerror(-code));
	imx_dma_buffer_deallocate(buffer);
}

int main(void)
{
	ImxDmaBufferAllocator *allocator = need_allocator(NULL, 0);

	check(allocator, 65536);
	check(allocator, 3110400);
	imx_dma_buffer_allocator_destroy(allocator);
	return tap_done();
}
