/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Physical addresses: each resolver, each invalid result, each policy.
 */
#include <fcntl.h>
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"

#define NO_ADDRESS IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS

/* On this board a buffer has its true address, from this source. */
static void assert_source(char const *board, ImxDmaBufferAddressSource source)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBuffer *buffer;

	start_board(board);
	allocator = new_allocator(NULL, 0);
	buffer = new_buffer(allocator, 3110400);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
	assert_int_equal(address.source, source);
	assert_int_equal(address.address, sim_physical_address(imx_dma_buffer_get_fd(buffer), 0));
	assert_int_equal(address.contiguous_length, 3110400);
	assert_true(address.is_pinned);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), address.address);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_sources(void **state)
{
	assert_source("heap reserved; phys native", IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL);
	assert_source("heap reserved; phys u64", IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL);
	assert_source("heap reserved; phys absent; dmabuf-imx on", IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IMX);
	assert_source("heap reserved; phys absent; pagemap privileged", IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP);
	assert_source("heap reserved; phys zero; pagemap privileged", IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP);
	assert_source("heap reserved; phys fault; pagemap privileged", IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP);
	assert_string_equal(imx_dma_buffer_address_source_name(IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP), "pagemap");
	assert_string_equal(imx_dma_buffer_address_source_name((ImxDmaBufferAddressSource)77), "none");
	assert_string_equal(imx_dma_buffer_address_source_name((ImxDmaBufferAddressSource)-1), "none");
}

static void test_high_addresses(void **state)
{
	assert_source("base 0xcc000000; heap reserved; phys native", IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL);
	assert_source("base 0xcc000000; heap reserved; phys absent; pagemap privileged",
		IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP);
	if (sizeof(imx_physical_address_t) < 8)
		SKIP_BECAUSE("addresses of this machine have 4 bytes");
	assert_source("base 0x240000000; heap reserved; phys native", IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL);
	assert_source("base 0x240000000; heap reserved; phys absent; pagemap privileged",
		IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP);
}

/* On this board allocation fails without an address, with this message. Nothing stays behind. */
static void assert_fails(char const *board, char const *name, int code, char const *why)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board(board);
	allocator = new_allocator(name, 0);
	assert_null(imx_dma_buffer_allocate(allocator, 100000, 1, &error));
	assert_int_equal(error, code);
	assert_sentence(why);
	assert_sentence("dma-heap");
	assert_int_equal(sim_live_buffers(), 0);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void assert_unknown(char const *board, char const *name, char const *why)
{
	assert_fails(board, name, ENOTSUP, why);
}

static void count_losses(void *count, ImxDmaBufferLogLevel level, char const *message)
{
	if (level == IMX_DMA_BUFFER_LOG_LEVEL_WARNING && strstr(message, "loses 256 bytes"))
		++*(unsigned int *)count;
}

/* One warning in a process: this test must be the first with a session. */
static void test_kernel_5_15_loses_memory(void **state)
{
	ImxDmaBufferAllocator *allocator;
	unsigned int losses = 0;

	imx_dma_buffer_set_log_handler(count_losses, &losses, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
	start_board("release 5.15.32-lts; heap linux,cma-uncached; heap linux,cma; phys native");
	allocator = new_allocator("dma-heap:linux,cma-uncached", 0);
	assert_non_null(imx_dma_buffer_map(new_buffer(allocator, 4096), 0, NULL));
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(losses, 0);
	allocator = new_allocator("dma-heap:linux,cma", 0);
	for (int i = 0; i < 2; i++)
		assert_non_null(imx_dma_buffer_map(new_buffer(allocator, 4096), 0, NULL));
	assert_int_equal(losses, 1);
	imx_dma_buffer_allocator_destroy(allocator);
	imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
}

/* A kernel with the ioctl has a reason of its own. Only if it has no such ioctl, the address cannot be known. */
static void test_failing_phys_gives_its_code(void **state)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	int error = 0;

	assert_fails("heap reserved; phys native; fail phys 1 EIO 0", NULL, EIO, "DMA_BUF_IOCTL_PHYS failed (EIO");
	assert_fails("heap reserved; phys native; fail phys 1 ENOMEM 0", NULL, ENOMEM, "DMA_BUF_IOCTL_PHYS failed (ENOMEM");
	assert_fails("heap reserved; phys fault", NULL, EFAULT, "EFAULT");
	/* Memory that is not contiguous has no address, whatever the ioctl returns. */
	assert_fails("heap system scattered; phys fault", "dma-heap:system", ENOTSUP, "single pages");
	start_board("heap reserved; phys fault");
	allocator = new_allocator("dma-heap", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	buffer = new_buffer(allocator, 100000);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, &error), -1);
	assert_int_equal(error, EFAULT);
	assert_int_equal(imx_dma_buffer_get_physical_address_from_dmabuf_fd(imx_dma_buffer_get_fd(buffer), &error), 0);
	assert_int_equal(error, EFAULT);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_unknown_is_an_error(void **state)
{
	assert_unknown("heap reserved; phys absent", NULL, "this kernel has no DMA_BUF_IOCTL_PHYS");
	assert_unknown("heap reserved; phys absent; pagemap pfnmap", NULL, "the driver maps this memory without pages");
	assert_unknown("heap reserved; phys absent; pagemap unprivileged", NULL, "they are hidden without CAP_SYS_ADMIN");
	assert_unknown("heap reserved; phys zero", NULL, "returned address 0x0");
	assert_unknown("heap reserved; phys absent; dmabuf-imx on open=EACCES", NULL, "/dev/dmabuf_imx: EACCES");
	assert_unknown("heap reserved; phys absent; dmabuf-imx on bounce", NULL, "the address of a bounce buffer");
	assert_unknown("heap reserved; phys absent; fail pread 1 EIO", NULL, "/proc/self/pagemap: EIO");
}

/* PHYS succeeds on scattered memory, with the address of the first piece. */
static void test_first_piece_is_no_address(void **state)
{
	assert_unknown("heap system scattered; phys native", "dma-heap:system", "is not known to be contiguous");
	assert_unknown("heap system scattered; phys absent; dmabuf-imx on", "dma-heap:system", "has no DMA_BUF_IOCTL_PHYS");
	assert_unknown("heap system scattered; phys absent; pagemap privileged", "dma-heap:system",
		"not contiguous: 4096 of 100000");
	assert_unknown("heap dsp; phys native", "dma-heap:dsp", "is not known to be contiguous");
}

static void test_one_page_is_contiguous_anywhere(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;

	start_board("heap system scattered; phys native");
	allocator = new_allocator("dma-heap:system", 0);
	buffer = new_buffer(allocator, 4096);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer),
		sim_physical_address(imx_dma_buffer_get_fd(buffer), 0));
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_optional_address(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBuffer *buffer;
	int error = 0;

	start_board("heap reserved; phys absent");
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	allocator = imx_dma_buffer_allocator_new(NULL);
	buffer = new_buffer(allocator, 100000);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, &error), -1);
	assert_int_equal(error, ENOTSUP);
	assert_sentence("this kernel has no DMA_BUF_IOCTL_PHYS");
	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
	assert_int_equal(properties.contiguous, YES);
	assert_int_equal(properties.coherency, IMX_DMA_BUFFER_COHERENCY_IMPORTER);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_unwanted_address_is_not_resolved(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBuffer *buffer;

	start_board("heap reserved; phys native");
	allocator = new_allocator(NULL, NO_ADDRESS);
	buffer = new_buffer(allocator, 100000);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0);
	assert_int_equal(sim_count(SIM_CALL_PHYS), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
	assert_int_equal(address.address, sim_physical_address(imx_dma_buffer_get_fd(buffer), 0));
	/* The getter returns the result of the allocation. */
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_scattered_memory_has_a_contiguous_length(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBuffer *buffer;

	start_board("heap system scattered; phys absent; pagemap privileged");
	setenv("IMXDMABUFFER_ALLOCATOR", "dma-heap:system", 1);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	allocator = imx_dma_buffer_allocator_new(NULL);
	unsetenv("IMXDMABUFFER_ALLOCATOR");
	buffer = new_buffer(allocator, 100000);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
	assert_int_equal(address.address, sim_physical_address(imx_dma_buffer_get_fd(buffer), 0));
	assert_int_equal(address.contiguous_length, 4096);
	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
	assert_int_equal(properties.contiguous, NO);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* The functions of 1.x that accept any DMA-BUF. */
static void test_address_from_descriptor(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	int fd, error = 0;

	start_board("heap reserved; heap system scattered; heap vendor exporter=some_driver; phys native");
	allocator = new_allocator("dma-heap:reserved", NO_ADDRESS);
	buffer = new_buffer(allocator, 100000);
	fd = imx_dma_buffer_get_fd(buffer);
	assert_int_equal(imx_dma_buffer_get_physical_address_from_dmabuf_fd(fd, &error), sim_physical_address(fd, 0));
	assert_int_equal(imx_dma_buffer_dma_heap_get_physical_address_from_dmabuf_fd(fd, &error),
		sim_physical_address(fd, 0));
	imx_dma_buffer_allocator_destroy(allocator);
	/* Unknown exporter: the caller is responsible. */
	allocator = new_allocator("dma-heap:vendor", NO_ADDRESS);
	fd = imx_dma_buffer_get_fd(new_buffer(allocator, 100000));
	assert_int_equal(imx_dma_buffer_get_physical_address_from_dmabuf_fd(fd, &error), sim_physical_address(fd, 0));
	imx_dma_buffer_allocator_destroy(allocator);
	/* Exporter that is known to scatter: refused. */
	allocator = new_allocator("dma-heap:system", NO_ADDRESS);
	fd = imx_dma_buffer_get_fd(new_buffer(allocator, 100000));
	assert_int_equal(imx_dma_buffer_get_physical_address_from_dmabuf_fd(fd, &error), 0);
	assert_int_equal(error, ENOTSUP);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_imports_are_judged_by_their_exporter(void **state)
{
	char const *const heaps[] = {"reserved", "vendor", "system", "reserved-uncached"};
	int const known[] = {1, 0, 0, 1};
	ImxDmaBufferTristate const cached[] = {YES, UNKNOWN, YES, NO}, contiguous[] = {YES, UNKNOWN, NO, YES};

	start_board("heap reserved; heap reserved-uncached; heap system scattered; heap vendor exporter=some_driver; "
				"phys native");
	for (size_t i = 0; i < 4; i++) {
		char name[64];
		ImxDmaBufferAllocator *allocator;
		ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
		ImxDmaBuffer *import;

		snprintf(name, sizeof(name), "dma-heap:%s", heaps[i]);
		allocator = new_allocator(name, NO_ADDRESS);
		import = imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(new_buffer(allocator, 100000)), 0, 0, NULL);
		assert_non_null(import);
		assert_int_equal(imx_dma_buffer_get_size(import), 102400);
		assert_int_equal(imx_dma_buffer_get_physical_address(import) != 0, known[i]);
		assert_int_equal(imx_dma_buffer_query_properties(import, &properties, NULL), 0);
		assert_int_equal(properties.cached, cached[i]);
		assert_int_equal(properties.contiguous, contiguous[i]);
		assert_int_equal(properties.zeroed, UNKNOWN);
		/* The import keeps the memory alive after the original is gone. */
		imx_dma_buffer_allocator_destroy(allocator);
		assert_int_equal(sim_live_buffers(), 1);
		assert_non_null(imx_dma_buffer_map(import, 0, NULL));
		imx_dma_buffer_deallocate(import);
		assert_int_equal(sim_live_buffers(), 0);
	}
}

/* The message gives the reason: scattered memory by kind, no matter how the kernel provides addresses. */
static void test_imports_without_an_address_have_a_reason(void **state)
{
	char const *const boards[] = {"phys native", "phys absent", "phys absent; pagemap pfnmap", "phys fault"};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};

	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
		char board[128];
		ImxDmaBufferAllocator *allocators[2];

		snprintf(board, sizeof(board), "heap system scattered; udmabuf on; %s", boards[i]);
		start_board(board);
		allocators[0] = new_allocator("dma-heap:system", NO_ADDRESS);
		allocators[1] = new_allocator("host:udmabuf", NO_ADDRESS);
		for (size_t j = 0; j < 2; j++) {
			int error = 0, fd = imx_dma_buffer_get_fd(new_buffer(allocators[j], 100000));
			ImxDmaBuffer *import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);

			assert_non_null(import);
			assert_int_equal(imx_dma_buffer_get_physical_address(import), 0);
			assert_int_equal(imx_dma_buffer_query_physical_address(import, &address, &error), -1);
			assert_int_equal(error, ENOTSUP);
			assert_sentence("the memory is not contiguous");
			imx_dma_buffer_deallocate(import);
			imx_dma_buffer_allocator_destroy(allocators[j]);
		}
	}
}

static void test_imports_of_other_files(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int channel[2], heap, error = 0;

	start_board("heap reserved; phys native");
	allocator = new_allocator("host:memfd", NO_ADDRESS);
	assert_int_equal(pipe2(channel, O_CLOEXEC), 0);
	heap = open("/dev/dma_heap/reserved", O_RDONLY | O_CLOEXEC);
	assert_null(imx_dma_buffer_import_dmabuf(imx_dma_buffer_get_fd(new_buffer(allocator, 4096)), 0, 0, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("not a DMA-BUF");
	error = 0;
	assert_null(imx_dma_buffer_import_dmabuf(channel[0], 0, 0, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("not a DMA-BUF");
	error = 0;
	assert_null(imx_dma_buffer_import_dmabuf(heap, 0, 0, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("not a DMA-BUF");
	close(channel[0]);
	close(channel[1]);
	close(heap);
	assert_null(imx_dma_buffer_import_dmabuf(heap, 0, 0, &error));
	assert_int_equal(error, EBADF);
	assert_sentence("not open");
	imx_dma_buffer_allocator_destroy(allocator);
}

/* If a descriptor's path cannot be read, it may belong to any heap. */
static void test_heap_without_a_name_promises_nothing(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int fd, error = 0;

	start_board("heap system scattered; phys native; fail readlink 1 EACCES");
	fd = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);
	allocator = imx_dma_buffer_dma_heap_allocator_new(fd, 0, O_RDWR | O_CLOEXEC, NULL);
	assert_non_null(allocator);
	assert_null(imx_dma_buffer_allocate(allocator, 65536, 1, &error));
	assert_int_equal(error, ENOTSUP);
	imx_dma_buffer_allocator_destroy(allocator);
	close(fd);
}

/* If PHYS could not map the memory, it did not synchronise it either. */
static void test_address_zero_is_no_flush(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	start_board("heap reserved; phys zero");
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", "optional", 1);
	allocator = new_allocator(NULL, 0);
	assert_int_equal(imx_dma_buffer_query_properties(new_buffer(allocator, 4096), &properties, NULL), 0);
	assert_int_equal(properties.coherency, IMX_DMA_BUFFER_COHERENCY_IMPORTER);
	imx_dma_buffer_allocator_destroy(allocator);
	unsetenv("IMXDMABUFFER_PHYSICAL_ADDRESS");
	allocator = new_allocator(NULL, NO_ADDRESS);
	assert_int_equal(imx_dma_buffer_query_properties(new_buffer(allocator, 4096), &properties, NULL), 0);
	assert_int_equal(properties.coherency, IMX_DMA_BUFFER_COHERENCY_IMPORTER);
	imx_dma_buffer_allocator_destroy(allocator);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_kernel_5_15_loses_memory),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_high_addresses),
		cmocka_unit_test(test_failing_phys_gives_its_code),
		cmocka_unit_test(test_unknown_is_an_error),
		cmocka_unit_test(test_first_piece_is_no_address),
		cmocka_unit_test(test_one_page_is_contiguous_anywhere),
		cmocka_unit_test(test_optional_address),
		cmocka_unit_test(test_unwanted_address_is_not_resolved),
		cmocka_unit_test(test_scattered_memory_has_a_contiguous_length),
		cmocka_unit_test(test_address_from_descriptor),
		cmocka_unit_test(test_imports_are_judged_by_their_exporter),
		cmocka_unit_test(test_imports_without_an_address_have_a_reason),
		cmocka_unit_test(test_imports_of_other_files),
		cmocka_unit_test(test_heap_without_a_name_promises_nothing),
		cmocka_unit_test(test_address_zero_is_no_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
