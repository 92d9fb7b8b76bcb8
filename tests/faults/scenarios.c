/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scenarios of buffers: allocation, mapping, sync sessions, addresses, descriptors.
 */
#include "scenarios.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "imxdmabuffer/imxdmabuffer_config.h"
#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"
#include "imxdmabuffer/imxdmabuffer_pool.h"
#endif

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define SIZE 20000

struct board board;

void describe_board(char const *allocator)
{
	board.is_pool = strncmp(allocator, "pool:", strlen("pool:")) == 0;
	board.is_slab = strncmp(allocator, "slab:", strlen("slab:")) == 0;
	board.cached = strstr(allocator, "ion,cached") != NULL;
	if (board.cached)
		allocator = board.is_pool ? "pool:ion" : "ion";
	board.allocator = allocator + (board.is_slab ? strlen("slab:") : 0);
}

static ImxDmaBufferAllocator *new_inner(void)
{
	bool optional = strcmp(board.policy, "optional") == 0;

	ImxDmaBufferAllocator *cached, *pool;

	if (board.cached) {
		cached = POINTER(imx_dma_buffer_ion_allocator_new, IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_ION_FD,
			IMX_DMA_BUFFER_ION_ALLOCATOR_DEFAULT_HEAP_ID_MASK, 1, ERROR);
		if (!board.is_pool || !cached)
			return cached;
		pool = POINTER(imx_dma_buffer_pool_new, cached, NULL, ERROR);
		VALUE(imx_dma_buffer_allocator_destroy, cached);
		return pool;
	}
	return POINTER(imx_dma_buffer_allocator_new_by_name, board.allocator,
		optional ? IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS : 0, ERROR);
}

ImxDmaBufferAllocator *new_allocator(void)
{
	ImxDmaBufferAllocator *inner = new_inner(), *slab;

	if (!board.is_slab || !inner)
		return inner;
	slab = POINTER(imx_dma_buffer_slab_new, inner, 65536, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, inner);
	return slab;
}

ImxDmaBuffer *new_buffer(ImxDmaBufferAllocator *allocator, size_t size)
{
	return POINTER(imx_dma_buffer_allocate, allocator, size, 1, ERROR);
}

int new_descriptor(size_t size)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, size);
	size_t offset;
	int fd;

	may_fail(ENOTSUP);
	fd = STATUS(imx_dma_buffer_export_fd, buffer, &offset, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
	return fd;
}

bool board_has(char const *name)
{
	size_t length = strlen(name);
	char const *own = board.allocator + (board.is_pool ? strlen("pool:") : 0);

	return strncmp(own, name, length) == 0 && strchr(":", own[length]);
}

/* Read back the CPU's writes through the same mapping. */
static void use(uint8_t *address, size_t size)
{
	if (!address)
		return;
	memset(address, 0x5a, size);
	if (address[0] != 0x5a || address[size - 1] != 0x5a)
		problem("the mapping does not hold the written bytes");
}

static void allocate(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *first = new_buffer(allocator, SIZE), *second = new_buffer(allocator, 1);

	if (first && VALUE(imx_dma_buffer_get_size, first) != SIZE)
		problem("the size is not the requested one");
	if (second && VALUE(imx_dma_buffer_get_fd, second) == 0)
		problem("descriptor 0 was returned");
	VALUE(imx_dma_buffer_deallocate, first);
	VALUE(imx_dma_buffer_deallocate, second);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void allocate_aligned(void)
{
	static size_t const alignments[] = {64, 4096, 65536};
	ImxDmaBufferAllocator *allocator = new_allocator();

	for (size_t i = 0; i < sizeof(alignments) / sizeof(alignments[0]); i++) {
		ImxDmaBuffer *buffer;

		may_fail(ENOTSUP);
		buffer = POINTER(imx_dma_buffer_allocate, allocator, SIZE, alignments[i], ERROR);
		if (VALUE(imx_dma_buffer_get_physical_address, buffer) % alignments[i] != 0)
			problem("the address is not aligned to %zu", alignments[i]);
		may_fail(buffer ? 0 : EINVAL);
		use(POINTER(imx_dma_buffer_map, buffer, 0, ERROR), SIZE);
		VALUE(imx_dma_buffer_deallocate, buffer);
	}
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void allocate_refused(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();

	may_fail(EINVAL);
	POINTER(imx_dma_buffer_allocate, allocator, 0, 1, ERROR);
	may_fail(ENOMEM);
	may_fail(EINVAL);
	POINTER(imx_dma_buffer_allocate, allocator, SIZE_MAX / 4, 1, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void map(void)
{
	static unsigned int const flags[] = {0, READ | WRITE, WRITE};
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		use(POINTER(imx_dma_buffer_map, buffer, flags[i], ERROR), SIZE);
		VALUE(imx_dma_buffer_unmap, buffer);
	}
	POINTER(imx_dma_buffer_map, buffer, READ, ERROR);
	VALUE(imx_dma_buffer_unmap, buffer);
	VALUE(imx_dma_buffer_deallocate, buffer);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void map_nested(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);
	uint8_t *first = POINTER(imx_dma_buffer_map, buffer, 0, ERROR);
	uint8_t *second = POINTER(imx_dma_buffer_map, buffer, READ, ERROR);

	if (first && second != first)
		problem("a further map returned another pointer");
	VALUE(imx_dma_buffer_unmap, buffer);
	use(first, second ? SIZE : 1);
	VALUE(imx_dma_buffer_unmap, buffer);
	VALUE(imx_dma_buffer_unmap, buffer);
	VALUE(imx_dma_buffer_deallocate, buffer);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void map_refused(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);

	may_fail(EINVAL);
	POINTER(imx_dma_buffer_map, buffer, 1u << 20, ERROR);
	POINTER(imx_dma_buffer_map, buffer, READ, ERROR);
	may_fail(EACCES);
	if (POINTER(imx_dma_buffer_map, buffer, WRITE, ERROR))
		VALUE(imx_dma_buffer_unmap, buffer);
	VALUE(imx_dma_buffer_unmap, buffer);
	use(POINTER(imx_dma_buffer_map, buffer, 0, ERROR), SIZE);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void sessions(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);
	static unsigned int const flags[] = {MANUAL, MANUAL | READ, MANUAL | WRITE};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		uint8_t *address = POINTER(imx_dma_buffer_map, buffer, flags[i], ERROR);

		for (int round = 0; round < 2; round++) {
			VALUE(imx_dma_buffer_start_sync_session, buffer);
			if (flags[i] != (MANUAL | READ))
				use(address, SIZE);
			VALUE(imx_dma_buffer_stop_sync_session, buffer);
		}
		/* The last session is left open. */
		VALUE(imx_dma_buffer_start_sync_session, buffer);
		VALUE(imx_dma_buffer_unmap, buffer);
	}
	VALUE(imx_dma_buffer_deallocate, buffer);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void ranges(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);
	ImxDmaBufferRange const parts[] = {{0, 100}, {1000, 1}}, beyond = {0, SIZE + 1};

	if (POINTER(imx_dma_buffer_map, buffer, MANUAL, ERROR)) {
		STATUS(imx_dma_buffer_sync_for_device, buffer, parts, 2, IMX_DMA_BUFFER_TO_DEVICE, ERROR);
		STATUS(imx_dma_buffer_sync_for_cpu, buffer, parts, 2, IMX_DMA_BUFFER_FROM_DEVICE, ERROR);
		STATUS(imx_dma_buffer_sync_for_device, buffer, NULL, 0, IMX_DMA_BUFFER_BIDIRECTIONAL, ERROR);
		may_fail(EINVAL);
		STATUS(imx_dma_buffer_sync_for_cpu, buffer, &beyond, 1, IMX_DMA_BUFFER_BIDIRECTIONAL, ERROR);
	}
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void destroy_with_live_buffers(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *mapped = new_buffer(allocator, SIZE), *manual = new_buffer(allocator, SIZE);

	new_buffer(allocator, SIZE);
	use(POINTER(imx_dma_buffer_map, mapped, 0, ERROR), SIZE);
	POINTER(imx_dma_buffer_map, mapped, 0, ERROR);
	POINTER(imx_dma_buffer_map, manual, MANUAL, ERROR);
	VALUE(imx_dma_buffer_start_sync_session, manual);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void deallocate_mapped(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *mapped = new_buffer(allocator, SIZE), *manual = new_buffer(allocator, SIZE);

	use(POINTER(imx_dma_buffer_map, mapped, 0, ERROR), SIZE);
	POINTER(imx_dma_buffer_map, manual, MANUAL, ERROR);
	VALUE(imx_dma_buffer_start_sync_session, manual);
	VALUE(imx_dma_buffer_deallocate, mapped);
	VALUE(imx_dma_buffer_deallocate, manual);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void address(void)
{
	ImxDmaBufferAllocator *allocator = POINTER(imx_dma_buffer_allocator_new_by_name, board.allocator,
		IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS, ERROR);
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);
	ImxDmaBufferAddress found = {.struct_size = sizeof(found)};

	VALUE(imx_dma_buffer_get_physical_address, buffer);
	may_fail(ENOTSUP);
	if (STATUS(imx_dma_buffer_query_physical_address, buffer, &found, ERROR) == 0 && found.address == 0)
		problem("address 0 was returned as success");
	VALUE(imx_dma_buffer_address_source_name, found.source);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void properties(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);
	ImxDmaBufferProperties found = {.struct_size = sizeof(found)};

	STATUS(imx_dma_buffer_query_properties, buffer, &found, ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

static void address_of_descriptor(void)
{
	int fd = new_descriptor(SIZE);

	may_fail((fd < 0) ? EBADF : EINVAL);
	may_fail((fd < 0) ? 0 : ENOTSUP);
	ADDRESS(imx_dma_buffer_get_physical_address_from_dmabuf_fd, fd, ERROR);
	if (fd >= 0)
		close(fd);
}

static void export_and_import(void)
{
	int fd = new_descriptor(SIZE);
	ImxDmaBufferProperties found = {.struct_size = sizeof(found)};
	ImxDmaBuffer *buffer;

	may_fail((fd < 0) ? EBADF : EINVAL);
	buffer = POINTER(imx_dma_buffer_import_dmabuf, fd, 0, 0, ERROR);
	if (fd >= 0)
		close(fd);
	if (!buffer)
		return;
	/* No render node serves, or the exporter maintains no caches for attached devices. */
	may_fail(ENODEV);
	may_fail(ENOTSUP);
	STATUS(imx_dma_buffer_attach_device, buffer, ERROR);
	use(POINTER(imx_dma_buffer_map, buffer, 0, ERROR), SIZE);
	VALUE(imx_dma_buffer_unmap, buffer);
	STATUS(imx_dma_buffer_query_properties, buffer, &found, ERROR);
	fd = STATUS(imx_dma_buffer_export_fd, buffer, NULL, ERROR);
	if (fd >= 0)
		close(fd);
	POINTER(imx_dma_buffer_map, buffer, MANUAL, ERROR);
	VALUE(imx_dma_buffer_deallocate, buffer);
}

struct scenario const buffer_scenarios[] = {
	{"allocate", allocate},
	{"allocate with alignment", allocate_aligned},
	{"allocate what cannot be", allocate_refused},
	{"map", map},
	{"map again", map_nested},
	{"map what cannot be", map_refused},
	{"sync sessions", sessions},
	{"sync ranges", ranges},
	{"destroy with live buffers", destroy_with_live_buffers},
	{"deallocate while mapped", deallocate_mapped},
	{"query the address", address},
	{"properties", properties},
	{"address of a descriptor", address_of_descriptor},
	{"export and import", export_and_import},
	{NULL, NULL},
};
