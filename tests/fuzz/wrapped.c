/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wrapped buffers and allocators of a program, of any content: descriptors of all kinds, sizes and functions.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"
#include "sim.h"

#define MEMORY 65536

static uint8_t memory[MEMORY];

static uint8_t *map_by_program(ImxWrappedDmaBuffer *wrapped, unsigned int flags, int *error)
{
	if (wrapped->size % 3 != 0)
		return memory;
	*error = (int)(wrapped->size % 7);
	return NULL;
}

static void unmap_by_program(ImxWrappedDmaBuffer *wrapped)
{
	memory[0] = (uint8_t)wrapped->size;
}

static int make_descriptor(struct input *input)
{
	int heap, fd;

	switch (pick(input, 9)) {
	case 0:
		return -1 - (int)pick(input, 3);
	case 1:
		return 100000 + (int)pick(input, 3);
	case 2:
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		ftruncate(fd, (off_t)(take_number(input) % MEMORY));
		return fd;
	case 3:
		return epoll_create1(EPOLL_CLOEXEC);
	case 4:
		return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	case 5:
		return open("/", O_RDONLY | O_CLOEXEC);
	case 6:
		return open("/dev/dma_heap/linux,cma", O_PATH | O_CLOEXEC);
	default:
		heap = open("/dev/dma_heap/linux,cma", O_RDONLY | O_CLOEXEC);
		fd = imx_dma_buffer_dma_heap_allocate_dmabuf(heap, 1 + take_number(input) % MEMORY, 0,
			(take(input) & 1) ? O_RDWR : O_RDONLY, NULL);
		close(heap);
		return fd;
	}
}

static size_t take_size(struct input *input)
{
	return (take(input) & 1) ? take_number(input) % MEMORY : (size_t)take_number(input);
}

/* Every function for buffers. The mapping is accessed only if the memory must be there. */
static void use(ImxDmaBuffer *buffer, struct input *input)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	uint8_t *map;
	size_t offset;
	int fd;

	switch (pick(input, 8)) {
	case 0:
		properties.struct_size -= pick(input, sizeof(properties) + 1);
		imx_dma_buffer_query_properties(buffer, &properties, NULL);
		break;
	case 1:
		imx_dma_buffer_query_physical_address(buffer, &address, NULL);
		break;
	case 2:
		fd = imx_dma_buffer_export_fd(buffer, &offset, NULL);
		if (fd >= 0)
			close(fd);
		break;
	case 3:
		imx_dma_buffer_set_name(buffer, "fuzz", NULL);
		imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL);
		break;
	case 4:
		imx_dma_buffer_start_sync_session(buffer);
		imx_dma_buffer_stop_sync_session(buffer);
		break;
	case 5:
		imx_dma_buffer_unmap(buffer);
		break;
	default:
		map = imx_dma_buffer_map(buffer, pick(input, 16), NULL);
		if (map && imx_dma_buffer_get_size(buffer) > 0)
			(void)*(uint8_t volatile *)map;
		break;
	}
}

/* A program's allocator with some of the functions only. */
static ImxDmaBuffer *allocate_by_program(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error)
{
	if (error)
		*error = ENOMEM;
	return NULL;
}

static void destroy_by_program(ImxDmaBufferAllocator *allocator)
{
}

static size_t get_size_by_program(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return MEMORY;
}

static int get_fd_by_program(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer)
{
	return -1;
}

static void use_own_allocator(struct input *input)
{
	unsigned int functions = take(input);
	ImxDmaBufferAllocator own = {
		.destroy = functions & 1 ? destroy_by_program : NULL,
		.allocate = functions & 2 ? allocate_by_program : NULL,
		.get_size = functions & 4 ? get_size_by_program : NULL,
		.get_fd = functions & 8 ? get_fd_by_program : NULL,
	};
	ImxDmaBuffer buffer = {.allocator = functions & 16 ? NULL : &own};
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};

	imx_dma_buffer_allocate(&own, take_size(input), take_size(input), NULL);
	imx_dma_buffer_allocator_get_info(&own, &info, NULL);
	imx_dma_buffer_get_physical_address(&buffer);
	imx_dma_buffer_get_fd(&buffer);
	use(&buffer, input);
	imx_dma_buffer_deallocate(&buffer);
	imx_dma_buffer_allocator_destroy(&own);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
	struct input input = {data, size};
	ImxWrappedDmaBuffer wrapped[3];
	int fds[3] = {-1, -1, -1};
	unsigned int before;

	sim_reset();
	REQUIRE(sim_configure("heap linux,cma; phys native") == 0, "%s", sim_message());
	before = count_descriptors();
	for (size_t i = 0; i < 3; i++)
		imx_dma_buffer_init_wrapped_buffer(&wrapped[i]);
	while (input.size > 0) {
		size_t which = pick(&input, 3);

		switch (pick(&input, 5)) {
		case 0:
			if (fds[which] >= 0)
				close(fds[which]);
			wrapped[which].fd = fds[which] = make_descriptor(&input);
			wrapped[which].size = take_size(&input);
			break;
		case 1:
			wrapped[which].physical_address = (imx_physical_address_t)take_number(&input);
			wrapped[which].map = take(&input) & 1 ? map_by_program : NULL;
			wrapped[which].unmap = take(&input) & 1 ? unmap_by_program : NULL;
			break;
		case 2:
			use_own_allocator(&input);
			break;
		default:
			use(&wrapped[which].parent, &input);
		}
	}
	for (size_t i = 0; i < 3; i++) {
		wrapped[i].map = NULL;
		imx_dma_buffer_deallocate(&wrapped[i].parent);
		if (fds[i] >= 0)
			close(fds[i]);
	}
	REQUIRE(count_descriptors() == before, "descriptors are left");
	REQUIRE(sim_live_buffers() == 0, "buffers are left");
	return 0;
}
