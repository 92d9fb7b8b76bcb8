/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The choice of a heap by the dma-heap allocator, and the message if there is none.
 */
#include <fcntl.h>
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"

/* On this board the default allocator is dma-heap with this heap, cached or not. */
static void assert_choice(char const *board, char const *heap, int cached)
{
	ImxDmaBufferAllocatorInfo info;
	char path[64];

	if (board)
		start_board(board);
	info = query("dma-heap");
	if (info.error)
		print_error("%s\n", info.message);
	assert_int_equal(info.error, 0);
	snprintf(path, sizeof(path), "/dev/dma_heap/%s", heap);
	assert_string_equal(info.node, path);
	assert_int_equal(info.cached, cached ? YES : NO);
	assert_default_is("dma-heap");
}

static void test_order_of_names(void **state)
{
	static char const *const names[] = {"linux,cma-uncached", "default_cma_region-uncached", "reserved-uncached",
		"cma-uncached", "vpu-uncached", "linux,cma", "default_cma_region", "reserved", "default-pool", "cma"};

	/* All heaps, then without the first, and so on. The allocator does not search for `vpu`, but finds vpu-uncached. */
	start_board("phys native; heap system scattered; heap dsp; heap secure; heap vpu");
	for (size_t i = 0; i < 10; i++) {
		char text[64];

		snprintf(text, sizeof(text), "heap %s", names[i]);
		assert_int_equal(sim_configure(text), 0);
	}
	for (size_t i = 0; i < 10; i++) {
		char text[64];

		assert_choice(NULL, names[i], i >= 5);
		snprintf(text, sizeof(text), "heap %s remove", names[i]);
		assert_int_equal(sim_configure(text), 0);
	}
	assert_no_allocator(ENODEV, "dsp");
}

static void test_special_heaps_are_never_chosen(void **state)
{
	start_board("heap system scattered; heap system-uncached scattered; heap dsp; heap dsp-uncached; "
				"heap secure; heap secure-uncached; heap protected,x; heap protected,x-uncached; phys native");
	assert_no_allocator(ENODEV, "no CMA heap, only ");
	assert_sentence("system");
}

static void test_uncached_name_without_sibling_is_not_taken(void **state)
{
	start_board("heap other-uncached; phys native");
	assert_no_allocator(ENODEV, "other-uncached");
}

static void test_no_heaps(void **state)
{
	start_board("");
	assert_no_allocator(ENODEV, "CONFIG_DMABUF_HEAPS");
}

static void test_heap_that_cannot_be_opened_is_skipped(void **state)
{
	assert_choice("heap linux,cma-uncached open=EACCES; heap linux,cma; phys native", "linux,cma", 1);
	assert_choice("heap linux,cma-uncached open=EBUSY; heap reserved-uncached; phys native", "reserved-uncached", 0);
}

static void test_closed_heap_names_owner_and_mode(void **state)
{
	ImxDmaBufferAllocatorInfo info;
	struct group const *group = some_group();

	start_board("heap linux,cma-uncached open=EACCES owner=0:0 mode=0600; phys native");
	assert_no_allocator(EACCES, "/dev/dma_heap/linux,cma-uncached");
	assert_sentence("owner root, group root, mode 0600");
	assert_sentence("SUBSYSTEM==\"dma_heap\"");
	assert_null(strstr(imx_dma_buffer_get_last_error(), "add the user to group root"));
	info = query("dma-heap");
	assert_int_equal(info.error, EACCES);
	assert_string_equal(info.node, "/dev/dma_heap/linux,cma-uncached");
	assert_contains(info.message, "mode 0600");

	start_board_of_group("heap reserved open=EACCES", group, "mode=0660; phys native");
	assert_no_allocator(EACCES, "mode 0660; add the user to group ");
	assert_sentence_with("add the user to group ", group);
	/* A group without read permission does not help. */
	start_board_of_group("heap reserved open=EACCES", group, "mode=0600; phys native");
	assert_no_allocator(EACCES, "mode 0600; a udev rule");
	assert_sentence_with("owner root, group ", group);
	start_board("heap reserved open=EACCES owner=54321:54322 mode=0660; phys native");
	assert_no_allocator(EACCES, "owner 54321, group 54322");
}

static void test_reading_permission_is_enough(void **state)
{
	assert_choice("heap reserved open-write=EACCES mode=0664; phys native", "reserved", 1);
}

static void test_environment_names_a_heap(void **state)
{
	start_board("heap linux,cma-uncached; heap reserved; heap system scattered; phys native");
	setenv("IMXDMABUFFER_ALLOCATOR", "dma-heap:/dev/dma_heap/reserved", 1);
	assert_choice(NULL, "reserved", 1);
	setenv("IMXDMABUFFER_ALLOCATOR", "dma-heap:reserved", 1);
	assert_choice(NULL, "reserved", 1);
	/* The variable is binding: no other allocator is used instead. */
	setenv("IMXDMABUFFER_ALLOCATOR", "dma-heap:absent", 1);
	assert_no_allocator(ENOENT, "/dev/dma_heap/absent");
	assert_null(imx_dma_buffer_dma_heap_allocator_new(-1, 0, O_RDWR | O_CLOEXEC, NULL));
	setenv("IMXDMABUFFER_ALLOCATOR", "dma-heap:/dev/null", 1);
	assert_no_allocator(ENOTTY, "/dev/null: not a DMA-BUF heap");
	/* This constructor ignores the names of other allocators. */
	setenv("IMXDMABUFFER_ALLOCATOR", "host", 1);
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_dma_heap_allocator_new(-1, 0, O_RDWR | O_CLOEXEC, NULL));
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_choice_is_made_once(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board("heap linux,cma-uncached limit=64K; heap linux,cma; phys native");
	allocator = new_allocator(NULL, 0);
	assert_null(imx_dma_buffer_allocate(allocator, 128 * 1024, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence("/dev/dma_heap/linux,cma-uncached: no memory left for 131072 bytes");
	assert_sentence("CmaTotal ");
	assert_sentence("CmaFree ");
	imx_dma_buffer_allocator_destroy(allocator);
}

/* The CMA has enough free memory, but not in one piece. And a heap of single pages has nothing to do with the CMA. */
static void test_message_for_a_lack_of_memory(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board("heap linux,cma-uncached; phys native; heap system scattered limit=64K");
	allocator = new_allocator(NULL, 0);
	sim_fail(SIM_CALL_HEAP_ALLOC, 1, ENOMEM, 1);
	assert_null(imx_dma_buffer_allocate(allocator, 128 * 1024, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence(" kB, but not that much in one piece");
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = new_allocator("dma-heap:system", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	assert_null(imx_dma_buffer_allocate(allocator, 128 * 1024, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence("MemAvailable ");
	assert_null(strstr(imx_dma_buffer_get_last_error(), "Cma"));
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_descriptor_of_the_caller(void **state)
{
	int fd, error = 0;
	ImxDmaBufferAllocator *allocator;

	start_board("heap reserved-uncached; heap reserved; phys native");
	fd = open("/dev/dma_heap/reserved", O_RDONLY | O_CLOEXEC);
	allocator = imx_dma_buffer_dma_heap_allocator_new(fd, 0, O_RDWR | O_CLOEXEC, &error);
	assert_non_null(allocator);
	assert_int_equal(imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(allocator), fd);
	new_buffer(allocator, 4096);
	assert_int_equal(sim_heap_used("reserved"), 4096);
	imx_dma_buffer_allocator_destroy(allocator);
	/* The descriptor is still open. */
	assert_int_equal(close(fd), 0);
	assert_null(imx_dma_buffer_dma_heap_allocator_new(fd, 0, O_RDWR | O_CLOEXEC, &error));
	assert_int_equal(error, EBADF);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_null(imx_dma_buffer_dma_heap_allocator_new(fd, 0, O_RDWR | O_CLOEXEC, &error));
	assert_int_equal(error, ENOTTY);
	assert_null(imx_dma_buffer_dma_heap_allocator_new_from_fd(fd, 0, O_RDWR | O_CLOEXEC, 1));
	assert_sentence("not a DMA-BUF heap");
	close(fd);
	assert_null(imx_dma_buffer_dma_heap_allocator_new_from_fd(-1, 0, O_RDWR | O_CLOEXEC, 1));
	assert_sentence("EBADF");
	assert_int_equal(imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(NULL), -1);
}

/* The heap's name decides if memory is cached, unless the caller passes it. */
static void test_caller_may_state_caching(void **state)
{
	int fd;

	start_board("heap reserved-uncached; heap reserved; phys native");
	for (int cached = 0; cached <= 1; cached++) {
		ImxDmaBufferAllocator *allocator;
		ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

		fd = open(cached ? "/dev/dma_heap/reserved-uncached" : "/dev/dma_heap/reserved", O_RDONLY | O_CLOEXEC);
		allocator = imx_dma_buffer_dma_heap_allocator_new_from_fd(fd, 0, O_RDWR | O_CLOEXEC, cached * 7);
		imx_dma_buffer_query_properties(new_buffer(allocator, 4096), &properties, NULL);
		assert_int_equal(properties.cached, cached ? YES : NO);
		imx_dma_buffer_allocator_destroy(allocator);
		allocator = imx_dma_buffer_dma_heap_allocator_new(fd, 0, O_RDWR | O_CLOEXEC, NULL);
		imx_dma_buffer_query_properties(new_buffer(allocator, 4096), &properties, NULL);
		assert_int_equal(properties.cached, cached ? NO : YES);
		imx_dma_buffer_allocator_destroy(allocator);
		close(fd);
	}
}

static void test_node_is_opened_and_closed(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int fd;

	start_board("heap reserved; phys native");
	allocator = imx_dma_buffer_dma_heap_allocator_new(-1, 0, O_RDWR | O_CLOEXEC, NULL);
	fd = imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(allocator);
	assert_true(fd > 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void test_refusals_beyond_the_mode(void **state)
{
	start_board("heap reserved open=EPERM owner=0:54322 mode=0660; phys native");
	assert_no_allocator(EPERM, "a container, a device cgroup");
	start_board("heap reserved open=EACCES owner=0:54322 mode=0666; phys native");
	assert_no_allocator(EACCES, "a security module");
}

/* A heap without free memory remains the default. */
static void test_full_heap_is_the_default(void **state)
{
	ImxDmaBufferAllocatorInfo info;

	start_board("heap reserved limit=0; phys native");
	info = query("dma-heap");
	assert_int_equal(info.error, ENOMEM);
	assert_default_is("dma-heap");
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_order_of_names),
		cmocka_unit_test(test_special_heaps_are_never_chosen),
		cmocka_unit_test(test_uncached_name_without_sibling_is_not_taken),
		cmocka_unit_test(test_no_heaps),
		cmocka_unit_test(test_heap_that_cannot_be_opened_is_skipped),
		cmocka_unit_test(test_closed_heap_names_owner_and_mode),
		cmocka_unit_test(test_reading_permission_is_enough),
		cmocka_unit_test(test_environment_names_a_heap),
		cmocka_unit_test(test_choice_is_made_once),
		cmocka_unit_test(test_message_for_a_lack_of_memory),
		cmocka_unit_test(test_descriptor_of_the_caller),
		cmocka_unit_test(test_caller_may_state_caching),
		cmocka_unit_test(test_node_is_opened_and_closed),
		cmocka_unit_test(test_refusals_beyond_the_mode),
		cmocka_unit_test(test_full_heap_is_the_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
