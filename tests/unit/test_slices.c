/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Buffers that do not begin with their DMA-BUF: sent by a mechanism that exports its memory so, and received. And heap
 * memory that runs out while a vendor's library is taken into use.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/allocator.h"
#include "core/import.h"
#include "imxdmabuffer/imxdmabuffer_dwl_allocator.h"
#include "sim.h"
#include "support.h"
#include "base/error.h"
#include "base/sys.h"
#include "uapi/dma_heap.h"

#define BLOCK 65536

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool no_memory;
/* 1: the next one fails; 0: none. */
static unsigned int failing_calloc;

void *__wrap_calloc(size_t count, size_t size)
{
	if (no_memory || (failing_calloc > 0 && --failing_calloc == 0))
		return NULL;
	return __real_calloc(count, size);
}

/* As a vendor's driver: blocks have an address and are mapped by the node, and each is a slice of an exported DMA-BUF.
 */
static struct {
	char const *heap;
	size_t offset; /* of a block in its DMA-BUF */
} vendor;

static int vendor_open(struct imxd_device *device, struct imxd_options const *options)
{
	device->fd = imxd_sys_open(vendor.heap, O_RDWR);
	device->owns_fd = true;
	return (device->fd >= 0) ? 0 : imxd_fail(device->fd, "vendor: no node");
}

static int vendor_allocate(struct imxd_device *device, size_t size, struct imxd_block *block)
{
	struct imxd_dma_heap_allocation request = {.length = BLOCK, .fd_flags = O_RDWR | O_CLOEXEC};

	if (imxd_sys_ioctl(device->fd, IMXD_DMA_HEAP_ALLOCATE, &request) < 0)
		return imxd_fail(-ENOMEM, "vendor: no memory");
	block->map_fd = (int)request.fd;
	block->map_offset = (off_t)vendor.offset;
	block->size = size;
	block->address = (imx_physical_address_t)sim_physical_address(block->map_fd, vendor.offset);
	return 0;
}

static void vendor_free(struct imxd_device *device, struct imxd_block *block)
{
	imxd_sys_close(block->map_fd);
}

static int vendor_export(struct imxd_device *device, struct imxd_block const *block)
{
	return block->map_fd;
}

static struct imxd_backend const vendor_backend = {
	.name = "vendor",
	.open = vendor_open,
	.allocate = vendor_allocate,
	.free = vendor_free,
	.get_dmabuf = vendor_export,
};

static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffer;
static int pair[2];

/* 3000 bytes, aligned to 5000, in a block that begins 4096 bytes into its DMA-BUF. */
static void start_vendor(char const *board, char const *heap)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;
	struct imxd_allocator *own = NULL;

	sim_reset();
	assert_int_equal(sim_configure(board), 0);
	vendor.heap = heap;
	vendor.offset = 4096;
	assert_int_equal(imxd_allocator_new(&vendor_backend, &options, IMXD_ADDRESS_REQUIRED, NULL, &own), 0);
	allocator = &own->parent;
	buffer = imx_dma_buffer_allocate(allocator, 3000, 5000, NULL);
	assert_non_null(buffer);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

static void end_vendor(void)
{
	close(pair[0]);
	close(pair[1]);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_live_buffers(), 0);
}

static ImxDmaBuffer *pass(ImxDmaBuffer *sent)
{
	ImxDmaBuffer *arrived;

	if (imx_dma_buffer_send(sent, pair[0], NULL) != 0)
		fail_msg("%s", imx_dma_buffer_get_last_error());
	arrived = imx_dma_buffer_receive(pair[1], NULL);
	if (!arrived)
		fail_msg("%s", imx_dma_buffer_get_last_error());
	return arrived;
}

static size_t offset_of(ImxDmaBuffer *one)
{
	size_t offset = 0;
	int fd = imx_dma_buffer_export_fd(one, &offset, NULL);

	assert_true(fd > 0);
	close(fd);
	return offset;
}

static void test_slice_begins_where_the_buffer_does(void **state)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBuffer *arrived, *again;
	uint8_t *mine, *theirs;
	int error = 0;

	start_vendor("heap reserved; phys native", "/dev/dma_heap/reserved");
	arrived = pass(buffer);
	assert_int_equal(imx_dma_buffer_get_size(arrived), 3000);
	assert_true(offset_of(buffer) > 4096);
	assert_int_equal(offset_of(arrived), offset_of(buffer));
	assert_int_equal(imx_dma_buffer_get_physical_address(arrived), imx_dma_buffer_get_physical_address(buffer));
	assert_int_equal(imx_dma_buffer_get_physical_address(arrived) % 5000, 0);
	mine = imx_dma_buffer_map(buffer, 0, NULL);
	theirs = imx_dma_buffer_map(arrived, 0, NULL);
	assert_non_null(mine);
	assert_non_null(theirs);
	for (size_t i = 0; i < 3000; i++)
		mine[i] = (uint8_t)(i * 11);
	assert_memory_equal(theirs, mine, 3000);
	/* With the bare descriptor, a program would begin at another offset. */
	assert_int_equal(imx_dma_buffer_get_fd(arrived), -1);
	assert_int_equal(imx_dma_buffer_export_fd(arrived, NULL, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_int_equal(imx_dma_buffer_query_properties(arrived, &properties, NULL), 0);
	assert_true(properties.is_dmabuf == YES);
	assert_int_equal(properties.reserved_size, BLOCK);
	assert_int_equal(properties.contiguous, YES);
	assert_int_equal(imx_dma_buffer_set_name(arrived, "slice", NULL), 0);
	/* Send it on to the next process. */
	again = pass(arrived);
	assert_int_equal(offset_of(again), offset_of(buffer));
	assert_memory_equal(imx_dma_buffer_map(again, 0, NULL), mine, 3000);
	imx_dma_buffer_deallocate(again);
	imx_dma_buffer_deallocate(arrived);
	end_vendor();
}

/* Sessions work on the whole DMA-BUF, and so on the slice. */
static void test_sessions_of_a_slice(void **state)
{
	imx_physical_address_t address;
	ImxDmaBuffer *arrived;
	uint8_t seen[3000], *mapped;

	start_vendor("heap reserved; phys native", "/dev/dma_heap/reserved");
	arrived = pass(buffer);
	address = imx_dma_buffer_get_physical_address(arrived);
	memset(imx_dma_buffer_map(arrived, IMX_DMA_BUFFER_MAPPING_FLAG_WRITE, NULL), 0x5c, 3000);
	imx_dma_buffer_unmap(arrived);
	assert_int_equal(sim_device_read(address, seen, sizeof(seen)), 0);
	for (size_t i = 0; i < sizeof(seen); i++)
		assert_int_equal(seen[i], 0x5c);
	memset(seen, 0x33, sizeof(seen));
	mapped = imx_dma_buffer_map(arrived, IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, NULL);
	assert_int_equal(sim_device_write(address, seen, sizeof(seen)), 0);
	imx_dma_buffer_start_sync_session(arrived);
	assert_memory_equal(mapped, seen, sizeof(seen));
	imx_dma_buffer_stop_sync_session(arrived);
	imx_dma_buffer_deallocate(arrived);
	end_vendor();
}

static struct imxd_buffer *import(uint64_t offset, uint64_t size)
{
	int fd = imxd_sys_dup(imxd_own_buffer(buffer)->block.map_fd);
	struct imxd_buffer *slice = NULL;

	if (imxd_import_slice(fd, offset, size, &slice) != 0)
		fail_msg("%s", imxd_message());
	return slice;
}

/* In scattered memory, only the first piece has a known address. */
static void test_addresses_in_scattered_memory(void **state)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	struct imxd_buffer *slice;
	uint64_t begin;
	int error = 0;

	start_vendor("heap system scattered; phys native; pagemap privileged", "/dev/dma_heap/system");
	begin = sim_physical_address(imxd_own_buffer(buffer)->block.map_fd, 0);
	slice = import(50, 4000);
	assert_int_equal(imx_dma_buffer_get_physical_address(&slice->parent), begin + 50);
	imx_dma_buffer_deallocate(&slice->parent);
	slice = import(4000, 200);
	assert_int_equal(imx_dma_buffer_get_physical_address(&slice->parent), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(&slice->parent, &address, NULL), 0);
	assert_int_equal(address.address, begin + 4000);
	assert_int_equal(address.contiguous_length, 96);
	imx_dma_buffer_deallocate(&slice->parent);
	slice = import(4096, 200);
	assert_int_equal(imx_dma_buffer_get_physical_address(&slice->parent), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(&slice->parent, &address, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_sentence("scattered");
	imx_dma_buffer_deallocate(&slice->parent);
	end_vendor();
}

static void test_out_of_memory(void **state)
{
	int error = 0;

	start_vendor("heap reserved; phys native", "/dev/dma_heap/reserved");
	assert_int_equal(imx_dma_buffer_send(buffer, pair[0], NULL), 0);
	no_memory = true;
	assert_null(imx_dma_buffer_receive(pair[1], &error));
	no_memory = false;
	assert_int_equal(error, ENOMEM);
	assert_sentence("out of memory");
	/* The descriptor is closed, and the message is gone, too. */
	imx_dma_buffer_deallocate(buffer);
	assert_int_equal(sim_live_buffers(), 0);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	assert_null(imx_dma_buffer_receive(pair[1], &error));
	assert_int_equal(error, EAGAIN);
	end_vendor();
}

/* Not to be taken for a library that has no memory left to give. */
static void test_vendors_library_without_heap_memory(void **state)
{
	ImxDmaBufferAllocator *dwl = NULL;
	unsigned int nth;

	sim_reset();
	assert_int_equal(sim_configure("phys native; dwl on; heap linux,cma-uncached"), 0);
	for (nth = 1; !dwl; nth++) {
		int error = 0;

		failing_calloc = nth;
		dwl = imx_dma_buffer_dwl_allocator_new(&error);
		assert_int_equal(error, dwl ? 0 : ENOMEM);
		if (!dwl)
			assert_sentence("memory");
		assert_int_equal(sim_live_buffers(), 0);
	}
	assert_true(nth > 3);
	failing_calloc = 0;
	imx_dma_buffer_allocator_destroy(dwl);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_slice_begins_where_the_buffer_does),
		cmocka_unit_test(test_sessions_of_a_slice),
		cmocka_unit_test(test_addresses_in_scattered_memory),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_vendors_library_without_heap_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
