/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ION: its two interfaces, its heaps, and the library's calls.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"

#define NEW "phys native; ion new heap linux,cma id=1 heap system id=0 type=system"
#define LEGACY "phys absent; release 4.9.88; ion legacy clients=1 heap user id=0"
#define CACHED 1

static ImxDmaBufferAllocator *new_ion(int fd, unsigned int mask, unsigned int flags)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_ion_allocator_new(fd, mask, flags, NULL);

	if (!allocator)
		print_error("%s\n", imx_dma_buffer_get_last_error());
	assert_non_null(allocator);
	return allocator;
}

static void test_new_interface_makes_one_call_and_one_for_the_address(void **state)
{
	ImxDmaBufferAllocator *allocator;

	start_board(NEW);
	allocator = new_allocator("ion", 0);
	assert_int_equal(sim_count(SIM_CALL_ION_QUERY), 1);
	for (int i = 0; i < 3; i++) {
		sim_reset_counts();
		new_buffer(allocator, 100000);
		assert_int_equal(sim_count(SIM_CALL_ION_ALLOC), 1);
		assert_int_equal(sim_count(SIM_CALL_PHYS), 1);
		/* The encoding of DMA_BUF_IOCTL_PHYS is found once in a process, at the latest with the first buffer. */
		assert_int_equal(sim_count(SIM_CALL_ANY), 2);
	}
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_legacy_interface_makes_three_calls_and_one_for_the_address(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBuffer *buffer;

	start_board(LEGACY);
	allocator = new_allocator("ion", 0);
	sim_reset_counts();
	buffer = new_buffer(allocator, 100000);
	assert_int_equal(sim_count(SIM_CALL_ION_ALLOC), 1);
	assert_int_equal(sim_count(SIM_CALL_ION_SHARE), 1);
	assert_int_equal(sim_count(SIM_CALL_ION_FREE), 1);
	assert_int_equal(sim_count(SIM_CALL_ION_CUSTOM), 1);
	assert_int_equal(sim_count(SIM_CALL_ANY), 4);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
	assert_int_equal(address.source, IMX_DMA_BUFFER_ADDRESS_SOURCE_DRIVER);
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_allocator("ion", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	sim_reset_counts();
	new_buffer(allocator, 100000);
	assert_int_equal(sim_count(SIM_CALL_ANY), 3);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_live_buffers(), 0);
}

/* A buffer of the allocator is in this heap. */
static void assert_heap(ImxDmaBufferAllocator *allocator, char const *heap)
{
	ImxDmaBuffer *buffer = new_buffer(allocator, 4096);

	if (sim_heap_used(heap) != 4096)
		print_error("%s holds %u bytes\n", heap, (unsigned int)sim_heap_used(heap));
	assert_int_equal(sim_heap_used(heap), 4096);
	imx_dma_buffer_deallocate(buffer);
}

static void test_ordinary_heaps_come_before_those_set_aside(void **state)
{
	ImxDmaBufferAllocator *allocator;

	/* ION itself tries the highest number first. */
	start_board("phys native; ion new heap gpu_cma id=7 limit=1M heap linux,cma id=2 limit=64K heap system id=0 "
				"type=system");
	allocator = new_ion(-1, 1 << 0, 0);
	assert_heap(allocator, "/dev/ion/linux,cma");
	/* If this heap is full, the other one is used, but scattered memory never is. */
	new_buffer(allocator, 65536);
	assert_heap(allocator, "/dev/ion/gpu_cma");
	new_buffer(allocator, 1 << 20);
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, NULL));
	assert_sentence("no memory left for 4096 bytes");
	imx_dma_buffer_allocator_destroy(allocator);
	start_board("phys native; ion new heap gpu_cma id=7 heap carved id=3 type=carveout");
	allocator = new_ion(-1, 1 << 0, 0);
	assert_heap(allocator, "/dev/ion/gpu_cma");
	imx_dma_buffer_allocator_destroy(allocator);
	start_board("phys absent; dmabuf-imx on; ion new gki heap other id=4 type=custom heap reserved id=1");
	allocator = new_ion(-1, 1 << 0, 0);
	assert_heap(allocator, "/dev/ion/reserved");
	imx_dma_buffer_allocator_destroy(allocator);
	/* NXP's Android 5.4 has the ioctl of the new types, and the old types. */
	start_board("phys absent; dmabuf-imx on; ion new abi heap carved id=9 type=carveout heap reserved id=8");
	allocator = new_ion(-1, 1 << 0, 0);
	assert_heap(allocator, "/dev/ion/reserved");
	imx_dma_buffer_allocator_destroy(allocator);
}

/* The CPU must not access some memory. */
static void test_forbidden_heaps_are_never_taken(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board("phys native; ion new heap secure id=1 heap linux,cma id=2 limit=4K");
	allocator = new_ion(-1, 1 << 0, 0);
	assert_null(imx_dma_buffer_allocate(allocator, 8192, 1, &error));
	assert_int_equal(error, ENOMEM);
	imx_dma_buffer_allocator_destroy(allocator);
	start_board("phys native; ion new heap secure id=1 heap dsp_reserved id=2");
	assert_null(imx_dma_buffer_ion_allocator_new(-1, 1, 0, &error));
	assert_int_equal(error, ENODEV);
}

static void test_no_contiguous_heap(void **state)
{
	int error = 0;

	start_board("phys native; ion new heap system id=0 type=system heap chunky id=1 type=chunk");
	assert_null(imx_dma_buffer_ion_allocator_new(-1, 1, 0, &error));
	assert_int_equal(error, ENODEV);
	assert_sentence("chunky (type 3), system (type 0)");
	assert_sentence("CONFIG_ION_CMA_HEAP");
	start_board("phys native; ion new");
	assert_null(imx_dma_buffer_ion_allocator_new(-1, 1, 0, &error));
	assert_sentence("it has: none");
	assert_no_allocator(ENODEV, "ion: /dev/ion: ION has no heap");
}

static void test_legacy_interface_takes_the_callers_mask(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board("phys absent; release 4.9.88; ion legacy heap user id=0 heap display id=1 base=0x60000000");
	allocator = new_ion(-1, 1 << 1, 0);
	assert_heap(allocator, "/dev/ion/display");
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_ion(-1, 1 << 0, 0);
	assert_heap(allocator, "/dev/ion/user");
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_ion(-1, 1 << 5, 0);
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	assert_int_equal(error, ENODEV);
	assert_sentence("mask 0x20");
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(sim_live_buffers(), 0);
}

/* Only the kernel has the properties of heaps other than the CMA's. */
static void test_legacy_heaps_promise_nothing(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	start_board("phys absent; release 4.9.88; ion legacy heap user id=0 heap pages id=1 type=system");
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	for (unsigned int id = 0; id < 2; id++) {
		allocator = new_ion(-1, 1 << id, 0);
		assert_int_equal(imx_dma_buffer_query_properties(new_buffer(allocator, 100000), &properties, NULL), 0);
		assert_int_equal(properties.contiguous, (id == 0) ? YES : UNKNOWN);
		assert_int_equal(properties.zeroed, (id == 0) ? YES : UNKNOWN);
		imx_dma_buffer_allocator_destroy(allocator);
	}
	unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
}

/* A fixed area may have any alignment, which cannot be checked without an address. */
static void test_fixed_area_promises_no_alignment(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board("phys absent; ion new heap carved id=4 type=carveout");
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	allocator = new_ion(-1, 1 << 0, 0);
	assert_null(imx_dma_buffer_allocate(allocator, 100000, 65536, &error));
	assert_int_equal(error, ENOTSUP);
	imx_dma_buffer_allocator_destroy(allocator);
	start_board("phys absent; ion new heap reserved id=4");
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	allocator = new_ion(-1, 1 << 0, 0);
	assert_non_null(imx_dma_buffer_allocate(allocator, 100000, 65536, &error));
	imx_dma_buffer_allocator_destroy(allocator);
	unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
}

static void test_reading_permission_is_enough(void **state)
{
	ImxDmaBufferAllocator *allocator;

	start_board("phys native; ion new open-write=EACCES heap reserved id=1");
	allocator = new_ion(-1, 1 << 0, 0);
	assert_heap(allocator, "/dev/ion/reserved");
	imx_dma_buffer_allocator_destroy(allocator);
}

/* The ioctl succeeds without an address if the memory cannot be mapped for a device in one piece. */
static void test_legacy_interface_without_an_address(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board("phys absent; release 4.9.88; ion legacy phys-dma=unattached heap user id=0");
	allocator = new_ion(-1, 1 << 0, 0);
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	assert_int_equal(error, ENOTSUP);
	assert_sentence("ION_IOC_PHYS_DMA");
	assert_int_equal(sim_live_buffers(), 0);
	imx_dma_buffer_allocator_destroy(allocator);
	/* An address that covers less than the buffer is not used. */
	start_board("phys absent; release 4.9.88; ion legacy phys-dma=piece heap user id=0");
	allocator = new_ion(-1, 1 << 0, 0);
	assert_null(imx_dma_buffer_allocate(allocator, 8192, 1, &error));
	assert_int_equal(error, ENOTSUP);
	imx_dma_buffer_deallocate(new_buffer(allocator, 4096));
	imx_dma_buffer_allocator_destroy(allocator);
	start_board("phys absent; release 4.9.88; ion legacy heap pages id=0 type=system");
	allocator = new_ion(-1, 1 << 0, 0);
	assert_null(imx_dma_buffer_allocate(allocator, 8192, 1, &error));
	assert_int_equal(error, ENOTSUP);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* The older interface allows one user for each process: the list and a second allocator share the file of the first. */
static void test_one_file_serves_all_allocators_of_the_process(void **state)
{
	ImxDmaBufferAllocator *first, *second;
	int fd;

	start_board(LEGACY);
	first = new_ion(-1, 1 << 0, 0);
	fd = imx_dma_buffer_ion_allocator_get_ion_fd(first);
	assert_true(fd > 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	second = new_ion(-1, 1 << 0, 0);
	assert_int_equal(imx_dma_buffer_ion_allocator_get_ion_fd(second), fd);
	assert_int_equal(query("ion").error, 0);
	imx_dma_buffer_allocator_destroy(first);
	new_buffer(second, 4096);
	imx_dma_buffer_allocator_destroy(second);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void test_other_descriptors_are_refused(void **state)
{
	int error = 0, fd, other;

	start_board(LEGACY "; heap reserved");
	fd = open("/dev/ion", O_RDONLY | O_CLOEXEC);
	close(fd);
	assert_null(imx_dma_buffer_ion_allocator_new(fd, 1, 0, &error));
	assert_int_equal(error, EBADF);
	other = open("/dev/dma_heap/reserved", O_RDONLY | O_CLOEXEC);
	assert_null(imx_dma_buffer_ion_allocator_new(other, 1, 0, &error));
	assert_int_equal(error, ENOTTY);
	assert_sentence("not an ION device");
	close(other);
	other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_null(imx_dma_buffer_ion_allocator_new(other, 1, 0, &error));
	assert_int_equal(error, ENOTTY);
	assert_sentence("neither the older nor the newer interface");
	close(other);
	assert_int_equal(imx_dma_buffer_ion_allocator_get_ion_fd(NULL), -1);
}

/* Cached memory is synchronised like any cached DMA-BUF. */
static void test_cached_memory_is_synchronised(void **state)
{
	ImxDmaBufferAllocator *allocator;
	uint8_t *memory, byte = 0;
	ImxDmaBuffer *buffer;

	start_board(NEW);
	allocator = new_ion(-1, 1 << 0, CACHED);
	buffer = new_buffer(allocator, 4096);
	memory = imx_dma_buffer_map(buffer, 0, NULL);
	assert_non_null(memory);
	memory[100] = 42;
	imx_dma_buffer_unmap(buffer);
	assert_int_equal(sim_device_read(imx_dma_buffer_get_physical_address(buffer) + 100, &byte, 1), 0);
	assert_int_equal(byte, 42);
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_ion(-1, 1 << 0, 0);
	buffer = new_buffer(allocator, 4096);
	assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
	assert_int_equal(sim_count(SIM_CALL_SYNC), 2);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* The low-level functions detect the interface of the descriptor. */
static void assert_low_level(char const *board)
{
	int error = 0, ion, fd;

	start_board(board);
	ion = open("/dev/ion", O_RDONLY | O_CLOEXEC);
	fd = imx_dma_buffer_ion_allocate_dmabuf(ion, 1000, 65536, 1 << 0, 0, &error);
	assert_true(fd > 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(ion, fd, NULL),
		sim_physical_address(fd, 0));
	assert_int_equal(sim_physical_address(fd, 0) % 65536, 0);
	assert_int_equal(imx_dma_buffer_ion_allocate_dmabuf(ion, 0, 0, 1 << 0, 0, &error), -1);
	assert_int_equal(error, EINVAL);
	assert_int_equal(imx_dma_buffer_ion_allocate_dmabuf(-1, 4096, 0, 1 << 0, 0, &error), -1);
	assert_int_equal(error, EBADF);
	sim_reset_counts();
	imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(ion, fd, NULL);
	assert_int_equal(sim_count(SIM_CALL_ION_QUERY), 0);
	close(fd);
	assert_int_equal(imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(ion, ion, &error), 0);
	assert_int_equal(error, EINVAL);
	assert_int_equal(imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(ion, -1, &error), 0);
	assert_int_equal(error, EBADF);
	close(ion);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
}

static void test_low_level_functions(void **state)
{
	assert_low_level(NEW);
	assert_low_level(LEGACY);
}

static void test_low_level_alignment_that_does_not_fit(void **state)
{
	int error = 0, ion;

	start_board("phys native; ion new heap carved id=1 type=carveout base=0x4c001000 alignment=4K");
	ion = open("/dev/ion", O_RDONLY | O_CLOEXEC);
	assert_int_equal(imx_dma_buffer_ion_allocate_dmabuf(ion, 1000, 65536, 1 << 0, 0, &error), -1);
	assert_int_equal(error, ENOTSUP);
	close(ion);
	assert_int_equal(sim_live_buffers(), 0);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_new_interface_makes_one_call_and_one_for_the_address),
		cmocka_unit_test(test_legacy_interface_makes_three_calls_and_one_for_the_address),
		cmocka_unit_test(test_ordinary_heaps_come_before_those_set_aside),
		cmocka_unit_test(test_forbidden_heaps_are_never_taken),
		cmocka_unit_test(test_no_contiguous_heap),
		cmocka_unit_test(test_legacy_interface_takes_the_callers_mask),
		cmocka_unit_test(test_legacy_heaps_promise_nothing),
		cmocka_unit_test(test_fixed_area_promises_no_alignment),
		cmocka_unit_test(test_reading_permission_is_enough),
		cmocka_unit_test(test_legacy_interface_without_an_address),
		cmocka_unit_test(test_one_file_serves_all_allocators_of_the_process),
		cmocka_unit_test(test_other_descriptors_are_refused),
		cmocka_unit_test(test_cached_memory_is_synchronised),
		cmocka_unit_test(test_low_level_functions),
		cmocka_unit_test(test_low_level_alignment_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
