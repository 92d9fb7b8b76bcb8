/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The documented errors: code and message, and nothing stays behind.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"

static ImxDmaBufferAllocator *allocator;

static int start(void **state)
{
	start_board("heap reserved limit=1M; phys native");
	allocator = new_allocator("dma-heap:reserved", 0);
	return 0;
}

static int end(void **state)
{
	imx_dma_buffer_allocator_destroy(allocator);
	return sim_live_buffers() == 0 ? 0 : -1;
}

static void test_allocation_fails_with_the_kernels_code(void **state)
{
	static struct {
		int code;
		char const *text;
	} const cases[] = {
		{ENOMEM, "CmaFree"},
		{EMFILE, "EMFILE, Too many open files"},
		{ENFILE, "ENFILE"},
		{EBUSY, "not set up yet"},
		{EFAULT, "EFAULT"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int error = 0;

		sim_fail(SIM_CALL_HEAP_ALLOC, 1, cases[i].code, 1);
		assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
		assert_int_equal(error, cases[i].code);
		assert_sentence("/dev/dma_heap/reserved");
		assert_sentence(cases[i].text);
		/* The next call works. */
		imx_dma_buffer_deallocate(new_buffer(allocator, 4096));
	}
}

/* A full heap gives ENOMEM for every alignment that heaps provide by size. Larger alignments are not supported. */
static void test_full_heap_is_enomem_for_every_alignment(void **state)
{
	int error = 0;

	imx_dma_buffer_allocator_destroy(allocator);
	start_board("heap linux,cma limit=64K; phys native");
	allocator = new_allocator(NULL, 0);
	new_buffer(allocator, 65536);
	for (size_t alignment = 1; alignment <= 1 << 20; alignment *= 4) {
		assert_null(imx_dma_buffer_allocate(allocator, 10, alignment, &error));
		assert_int_equal(error, ENOMEM);
		assert_sentence("no memory left");
	}
	assert_null(imx_dma_buffer_allocate(allocator, 10, 4 << 20, &error));
	assert_int_equal(error, ENOTSUP);
}

static void test_exhaustion_is_final_until_something_is_freed(void **state)
{
	ImxDmaBuffer *first = new_buffer(allocator, 768 * 1024);
	int error = 0;

	assert_null(imx_dma_buffer_allocate(allocator, 768 * 1024, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence("786432 bytes");
	imx_dma_buffer_deallocate(first);
	assert_non_null(imx_dma_buffer_allocate(allocator, 768 * 1024, 1, &error));
}

static void test_address_failure_gives_the_block_back(void **state)
{
	int error = 0;

	sim_fail(SIM_CALL_PHYS, 1, EFAULT, 1);
	assert_null(imx_dma_buffer_allocate(allocator, 768 * 1024, 1, &error));
	assert_int_equal(error, EFAULT);
	assert_int_equal(sim_live_buffers(), 0);
	assert_non_null(imx_dma_buffer_allocate(allocator, 768 * 1024, 1, &error));
}

static void test_flags_that_the_kernel_refuses(void **state)
{
	unsigned int const flags[][2] = {{1, O_RDWR | O_CLOEXEC}, {0x80000000, O_RDWR}, {0, O_NONBLOCK}, {0, 0xffffffff}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		ImxDmaBufferAllocator *other = imx_dma_buffer_dma_heap_allocator_new(-1, flags[i][0], flags[i][1], NULL);
		int error = 0;

		assert_non_null(other);
		assert_null(imx_dma_buffer_allocate(other, 4096, 1, &error));
		assert_int_equal(error, EINVAL);
		assert_sentence("heap flags 0x");
		imx_dma_buffer_allocator_destroy(other);
	}
}

static void test_read_only_descriptor_cannot_be_written(void **state)
{
	ImxDmaBufferAllocator *other = imx_dma_buffer_dma_heap_allocator_new(-1, 0, O_RDONLY | O_CLOEXEC, NULL);
	ImxDmaBuffer *buffer = new_buffer(other, 4096);
	int error = 0;

	assert_null(imx_dma_buffer_map(buffer, 0, &error));
	assert_int_equal(error, EACCES);
	assert_sentence("O_RDWR");
	assert_non_null(imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, &error));
	imx_dma_buffer_allocator_destroy(other);
}

static void test_mapping_failures(void **state)
{
	ImxDmaBuffer *buffer = new_buffer(allocator, 4096);
	uint8_t *address;
	int error = 0;

	/* The limit is read again. */
	setenv("IMXDMABUFFER_KEEP_MAPPINGS", "0", 1);
	imx_dma_buffer_allocator_destroy(new_allocator(NULL, 0));
	sim_fail(SIM_CALL_MMAP, 1, ENOMEM, 1);
	assert_null(imx_dma_buffer_map(buffer, 0, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence("mapping 4096 bytes");
	sim_fail(SIM_CALL_PHYS, 1, EFAULT, 1);
	assert_null(imx_dma_buffer_map(buffer, 0, &error));
	assert_int_equal(error, EFAULT);
	assert_sentence("caches are not synchronised");
	assert_int_equal(sim_count(SIM_CALL_MUNMAP), 1);
	/* A failure at the end of a session is reported in the message only. */
	assert_non_null(imx_dma_buffer_map(buffer, 0, &error));
	sim_fail(SIM_CALL_SYNC, 1, EIO, 1);
	imx_dma_buffer_unmap(buffer);
	assert_sentence("DMA_BUF_IOCTL_SYNC");
	sim_fail(SIM_CALL_SYNC, 1, ENXIO, 1);
	address = imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC, &error);
	imx_dma_buffer_start_sync_session(buffer);
	assert_sentence("ENXIO");
	sim_fail(SIM_CALL_MUNMAP, 1, EINVAL, 1);
	imx_dma_buffer_unmap(buffer);
	assert_sentence("unmapping 4096 bytes failed");
	munmap(address, 4096);
}

static void test_low_level_allocation(void **state)
{
	int heap = imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(allocator), error = 0, fd;

	fd = imx_dma_buffer_dma_heap_allocate_dmabuf(heap, 5000, 0, O_RDWR | O_CLOEXEC, &error);
	assert_true(fd > 0);
	assert_int_equal(error, 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 8192);
	close(fd);
	assert_int_equal(imx_dma_buffer_dma_heap_allocate_dmabuf(heap, 0, 0, O_RDWR, &error), -1);
	assert_int_equal(error, EINVAL);
	assert_int_equal(imx_dma_buffer_dma_heap_allocate_dmabuf(heap, 4096, 8, O_RDWR, &error), -1);
	assert_int_equal(error, EINVAL);
	assert_int_equal(imx_dma_buffer_dma_heap_allocate_dmabuf(heap, 2 << 20, 0, O_RDWR, &error), -1);
	assert_int_equal(error, ENOMEM);
	assert_int_equal(imx_dma_buffer_dma_heap_allocate_dmabuf(-1, 4096, 0, O_RDWR, &error), -1);
	assert_int_equal(error, EBADF);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(imx_dma_buffer_dma_heap_allocate_dmabuf(fd, 4096, 0, O_RDWR, &error), -1);
	assert_int_equal(error, ENOTTY);
	close(fd);
	assert_int_equal(imx_dma_buffer_dma_heap_allocate_dmabuf(-1, 4096, 0, O_RDWR, NULL), -1);
}

static void test_descriptors_run_out(void **state)
{
	ImxDmaBuffer *buffer = new_buffer(allocator, 4096);
	int fd = imx_dma_buffer_get_fd(buffer), error = 0;

	sim_fail(SIM_CALL_DUP, 1, EMFILE, 2);
	assert_null(imx_dma_buffer_import_dmabuf(fd, 0, 0, &error));
	assert_int_equal(error, EMFILE);
	error = 0;
	assert_int_equal(imx_dma_buffer_export_fd(buffer, NULL, &error), -1);
	assert_int_equal(error, EMFILE);
	assert_int_equal(sim_live_buffers(), 1);
	sim_fail(SIM_CALL_OPEN, 1, EMFILE, 0);
	error = 0;
	assert_null(imx_dma_buffer_allocator_new(&error));
	assert_int_equal(error, EMFILE);
	assert_sentence("ulimit -n");
}

static void test_creation_fails_with_the_kernels_code(void **state)
{
	ImxDmaBufferAllocatorInfo info;
	int error = 0;

	sim_fail(SIM_CALL_OPEN, 1, EIO, 0);
	assert_null(imx_dma_buffer_allocator_new(&error));
	assert_int_equal(error, EIO);
	assert_sentence("EIO");
	sim_reset();
	assert_int_equal(sim_configure("heap reserved limit=1M; phys absent"), 0);
	info = query("dma-heap");
	assert_int_equal(info.error, 0);
	assert_int_equal(info.has_physical_address, NO);
	assert_contains(info.message, "no DMA_BUF_IOCTL_PHYS");
	sim_fail(SIM_CALL_HEAP_ALLOC, 2, ENOMEM, 1);
	info = query("dma-heap");
	assert_int_equal(info.error, ENOMEM);
	assert_contains(info.message, "no memory left");
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_success_hides_failed_attempts(void **state)
{
	int error = 0;

	assert_null(imx_dma_buffer_allocate(allocator, 0, 65536, &error));
	assert_int_equal(error, EINVAL);
	assert_int_equal(strncmp(imx_dma_buffer_get_last_error(), "a buffer of 0 bytes", 19), 0);
	assert_null(imx_dma_buffer_allocate(allocator, 0, 1, &error));
	assert_sentence("0 bytes");
	sim_reset();
	assert_int_equal(sim_configure("heap linux,cma open=EACCES; heap reserved; phys native"), 0);
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_allocator_new(&error));
	assert_sentence("0 bytes");
}

static void test_alignment_that_needs_too_much(void **state)
{
	int error = 0;

	assert_null(imx_dma_buffer_allocate(allocator, 4096, 8 << 20, &error));
	assert_int_equal(error, ENOTSUP);
	assert_sentence("4096 bytes with an alignment of 8388608 need a block of 8388608 bytes: ");
}

/* The alignment makes the block larger than the memory or than the mechanism's limit, and the message contains it. */
static void test_alignment_of_memory_without_descriptors(void **state)
{
	static char const *const boards[][2] = {{"ipu", "ipu on"}, {"pxp", "pxp 3"}};
	int error = 0;

	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
		imx_dma_buffer_allocator_destroy(allocator);
		start_board(boards[i][1]);
		allocator = new_allocator(boards[i][0], 0);
		assert_null(imx_dma_buffer_allocate(allocator, 4096, 1 << 30, &error));
		assert_int_equal(error, ENOMEM);
		assert_sentence("4096 bytes with an alignment of 1073741824 need a block of 1073745919 bytes: ");
		assert_null(imx_dma_buffer_allocate(allocator, 1 << 30, 4096, &error));
		assert_int_equal(error, ENOMEM);
		assert_null(strstr(imx_dma_buffer_get_last_error(), "alignment"));
#if SIZE_MAX > UINT32_MAX
		assert_null(imx_dma_buffer_allocate(allocator, 4096, (size_t)1 << 33, &error));
		assert_int_equal(error, EINVAL);
		assert_sentence("4096 bytes with an alignment of 8589934592 need a block of 8589938687 bytes: ");
#endif
	}
}

/* The kernel would end the process with SIGXFSZ. */
static void test_limit_of_file_sizes(void **state)
{
	ImxDmaBufferAllocator *host = new_allocator("host:memfd", 0);
	struct rlimit before, limit;
	int error = 0;

	getrlimit(RLIMIT_FSIZE, &before);
	limit = (struct rlimit){.rlim_cur = 65536, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_null(imx_dma_buffer_allocate(host, 1 << 20, 1, &error));
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(error, EFBIG);
	imx_dma_buffer_allocator_destroy(host);
}

static void test_heap_directory_that_cannot_be_read(void **state)
{
	int error = 0;

	start_board("heap board_memory");
	sim_fail(SIM_CALL_OPENDIR, 1, EMFILE, 1);
	assert_null(imx_dma_buffer_dma_heap_allocator_new(-1, 0, O_RDWR | O_CLOEXEC, &error));
	assert_int_equal(error, EMFILE);
	assert_sentence("/dev/dma_heap: cannot be searched");
	assert_null(imx_dma_buffer_dma_heap_allocator_new(-1, 0, O_RDWR | O_CLOEXEC, &error));
	assert_int_equal(error, ENODEV);
}

static ImxDmaBuffer *wrap(ImxWrappedDmaBuffer *wrapped, int fd, size_t size)
{
	imx_dma_buffer_init_wrapped_buffer(wrapped);
	wrapped->fd = fd;
	wrapped->size = size;
	return &wrapped->parent;
}

/* Half a huge page would be mapped, and could not be unmapped. */
static void test_file_whose_size_cannot_be_asked(void **state)
{
	ImxWrappedDmaBuffer wrapped;
	int error = 0, fd;

	start_board("hugepages 1");
	fd = memfd_create("huge", MFD_HUGETLB | MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, 2 << 20), 0);
	sim_fail(SIM_CALL_STAT, 1, ENOMEM, 0);
	assert_null(imx_dma_buffer_map(wrap(&wrapped, fd, 4096), 0, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence("the query of its size failed");
	close(fd);
	assert_int_equal(sim_huge_pages_used(), 0);
}

/* The first buffer was freed without unmapping. A failure to clean it up is not the second buffer's error. */
static void test_success_hides_failure_of_another_buffer(void **state)
{
	int first = imx_dma_buffer_dma_heap_allocate_dmabuf(imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(allocator),
			4096, 0, O_RDWR | O_CLOEXEC, NULL),
		second = imx_dma_buffer_dma_heap_allocate_dmabuf(imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(allocator),
			8192, 0, O_RDWR | O_CLOEXEC, NULL);
	ImxWrappedDmaBuffer wrapped;

	assert_non_null(imx_dma_buffer_map(wrap(&wrapped, first, 4096), 0, NULL));
	assert_null(imx_dma_buffer_map(NULL, 0, NULL));
	wrapped.fd = second;
	wrapped.size = 8192;
	sim_reset_counts();
	/* The end of the first buffer's session fails, which is not reported. */
	sim_fail(SIM_CALL_SYNC, 1, EIO, 1);
	assert_non_null(imx_dma_buffer_map(&wrapped.parent, 0, NULL));
	assert_sentence("map: the object is NULL");
	imx_dma_buffer_unmap(&wrapped.parent);
	close(first);
	close(second);
}

#define error_test(function) cmocka_unit_test_setup_teardown(function, start, end)

int main(void)
{
	struct CMUnitTest const tests[] = {
		error_test(test_allocation_fails_with_the_kernels_code),
		error_test(test_full_heap_is_enomem_for_every_alignment),
		error_test(test_exhaustion_is_final_until_something_is_freed),
		error_test(test_address_failure_gives_the_block_back),
		error_test(test_flags_that_the_kernel_refuses),
		error_test(test_read_only_descriptor_cannot_be_written),
		error_test(test_mapping_failures),
		error_test(test_low_level_allocation),
		error_test(test_descriptors_run_out),
		error_test(test_creation_fails_with_the_kernels_code),
		error_test(test_success_hides_failed_attempts),
		error_test(test_alignment_that_needs_too_much),
		error_test(test_alignment_of_memory_without_descriptors),
		error_test(test_limit_of_file_sizes),
		cmocka_unit_test(test_heap_directory_that_cannot_be_read),
		cmocka_unit_test(test_file_whose_size_cannot_be_asked),
		error_test(test_success_hides_failure_of_another_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
