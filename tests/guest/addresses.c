/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Check addresses, contiguity and alignment against page frames from pagemap.
 *
 * usage: addresses SOURCE [MINIMUM]
 *   SOURCE   expected source of addresses: dmabuf-ioctl or pagemap; none: the library must refuse
 *   MINIMUM  lowest address allowed
 */
#include <stdio.h>

#include "guest.h"

static bool frames_known = true;

/* Compare the address with the page frames of a separate mapping. */
static void compare_frames(ImxDmaBuffer *buffer, imx_physical_address_t address, char const *name)
{
	size_t size = imx_dma_buffer_get_size(buffer), contiguous = 0;
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, imx_dma_buffer_get_fd(buffer), 0);
	uint64_t phys = 0;
	int code;

	if (map == MAP_FAILED) {
		tap(false, "%s: mapping: %s", name, strerror(errno));
		return;
	}
	code = heap_frames(map, size, &phys, &contiguous);
	munmap(map, size);
	frames_known = frames_known && code != -ENODATA;
	if (code != -ENODATA)
		tap(code == 0 && phys == address && contiguous >= size,
			"%s: library 0x%lx, page frames 0x%llx, %zu of %zu bytes contiguous", name, address,
			(unsigned long long)phys, contiguous, size);
}

static void check_buffer(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, char const *source,
	unsigned long minimum)
{
	ImxDmaBuffer *buffer = need_buffer(allocator, size, alignment);
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	char name[64];

	if (!buffer)
		return;
	snprintf(name, sizeof(name), "%zu bytes aligned to %zu", size, alignment);
	tap(imx_dma_buffer_query_physical_address(buffer, &address, NULL) == 0 && address.address >= minimum &&
			address.address % alignment == 0 && address.contiguous_length >= size &&
			address.address == imx_dma_buffer_get_physical_address(buffer) &&
			strcmp(imx_dma_buffer_address_source_name(address.source), source) == 0,
		"%s: address 0x%lx from %s", name, address.address, imx_dma_buffer_address_source_name(address.source));
	tap(imx_dma_buffer_query_properties(buffer, &properties, NULL) == 0 &&
			properties.is_dmabuf == IMX_DMA_BUFFER_TRISTATE_YES &&
			properties.contiguous == IMX_DMA_BUFFER_TRISTATE_YES && properties.zeroed == IMX_DMA_BUFFER_TRISTATE_YES,
		"%s: a contiguous DMA-BUF of %s", name, properties.exporter);
	compare_frames(buffer, address.address, name);
	imx_dma_buffer_deallocate(buffer);
}

static void check_known(char const *source, unsigned long minimum)
{
	static size_t const sizes[] = {1, 4096, 4097, 100000, 1 << 20, 3110400};
	ImxDmaBufferAllocator *allocator = need_allocator(NULL, 0);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check_buffer(allocator, sizes[i], 1, source, minimum);
	for (size_t alignment = 2; alignment <= 1 << 20; alignment *= 2)
		check_buffer(allocator, 5000, alignment, source, minimum);
	imx_dma_buffer_allocator_destroy(allocator);
	if (!frames_known)
		tap_skip("page frames", "pagemap shows no page frames: %s",
			(geteuid() != 0) ? "the user is not privileged" : "this kernel maps the heap by page frame number");
}

static void check_unknown(void)
{
	ImxDmaBufferAllocator *allocator = need_allocator(NULL, 0);
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBuffer *buffer;
	int error = 0;

	buffer = imx_dma_buffer_allocate(allocator, 4097, 1, &error);
	tap(!buffer && error == ENOTSUP, "without an address, allocation fails: %s", imx_dma_buffer_get_last_error());
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = need_allocator(NULL, IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	buffer = need_buffer(allocator, 3110400, 1 << 20);
	if (buffer)
		tap(imx_dma_buffer_get_physical_address(buffer) == 0 &&
				imx_dma_buffer_query_properties(buffer, &properties, NULL) == 0 &&
				properties.contiguous == IMX_DMA_BUFFER_TRISTATE_YES,
			"without the need for an address, a buffer of %s is allocated", properties.exporter);
	imx_dma_buffer_allocator_destroy(allocator);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "none") == 0)
		check_unknown();
	else
		check_known(argv[1], (argc > 2) ? strtoul(argv[2], NULL, 0) : 1);
	return tap_done();
}
