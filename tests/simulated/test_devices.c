/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The IPU and the PxP: their memory is identified by its address, and their drivers return 0 for every ioctl.
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_ipu_allocator.h"
#include "imxdmabuffer/imxdmabuffer_pxp_allocator.h"

/* Exported since 1.x, but in no header. */
imx_physical_address_t imx_dma_buffer_ipu_allocate(int ipu_fd, size_t size, int *error);
void imx_dma_buffer_ipu_deallocate(int ipu_fd, imx_physical_address_t physical_address);

/* One call for each allocation, each free and each mapping. */
static void assert_one_call_each(char const *name, enum sim_call allocate, enum sim_call release)
{
	ImxDmaBufferAllocator *allocator = new_allocator(name, 0);

	/* The first block may need a search for the driver's version. */
	imx_dma_buffer_deallocate(new_buffer(allocator, 4096));
	for (int i = 0; i < 3; i++) {
		ImxDmaBuffer *buffer;

		sim_reset_counts();
		buffer = new_buffer(allocator, 100000);
		assert_int_equal(sim_count(allocate), 1);
		assert_int_equal(sim_count(SIM_CALL_ANY), 1);
		assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
		imx_dma_buffer_start_sync_session(buffer);
		/* The mapping is kept. */
		imx_dma_buffer_unmap(buffer);
		assert_int_equal(sim_count(SIM_CALL_ANY), 2);
		imx_dma_buffer_deallocate(buffer);
		assert_int_equal(sim_count(release), 1);
		assert_int_equal(sim_count(SIM_CALL_ANY), 4);
	}
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_one_call_each(void **state)
{
	start_board("ipu on");
	assert_one_call_each("ipu", SIM_CALL_IPU_ALLOC, SIM_CALL_IPU_FREE);
	start_board("pxp 3");
	assert_one_call_each("pxp", SIM_CALL_PXP_GET, SIM_CALL_PXP_PUT);
	start_board("pxp 2");
	assert_one_call_each("pxp", SIM_CALL_PXP_GET, SIM_CALL_PXP_PUT);
}

static void test_pxp_layout_is_found_once(void **state)
{
	ImxDmaBufferAllocator *allocator;

	start_board("pxp 2");
	allocator = new_allocator("pxp", 0);
	sim_reset_counts();
	new_buffer(allocator, 4096);
	/* The newest layout "succeeds" without effect, the next one works. */
	assert_int_equal(sim_count(SIM_CALL_PXP_GET), 2);
	new_buffer(allocator, 4096);
	assert_int_equal(sim_count(SIM_CALL_PXP_GET), 3);
	imx_dma_buffer_allocator_destroy(allocator);
	/* If the driver is out of memory (EPERM in this version), its layout is known from then on. */
	start_board("pxp 2 limit=1M");
	allocator = new_allocator("pxp", 0);
	assert_null(imx_dma_buffer_allocate(allocator, 2 << 20, 1, NULL));
	sim_reset_counts();
	new_buffer(allocator, 4096);
	assert_int_equal(sim_count(SIM_CALL_PXP_GET), 1);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

/* 32-bit addresses: those above 2 GiB are not negative, and map at the same place. */
static void assert_high_address(char const *board, char const *name)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	uint8_t *memory, byte = 0;

	start_board(board);
	allocator = new_allocator(name, 0);
	buffer = new_buffer(allocator, 4096);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), 0xfff00000ul);
	memory = imx_dma_buffer_map(buffer, 0, NULL);
	assert_non_null(memory);
	memory[77] = 42;
	assert_int_equal(sim_device_read(0xfff00000ul + 77, &byte, 1), 0);
	assert_int_equal(byte, 42);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_addresses_above_2_gib(void **state)
{
	assert_high_address("ipu on base=0xfff00000", "ipu");
	assert_high_address("pxp 3 base=0xfff00000", "pxp");
	assert_high_address("pxp 2 base=0xfff00000", "pxp");
}

static void assert_no_memory(char const *board, char const *name, char const *node)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board(board);
	allocator = new_allocator(name, 0);
	assert_null(imx_dma_buffer_allocate(allocator, 2 << 20, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence(node);
	assert_sentence("no memory left for 2097152 bytes");
	new_buffer(allocator, 4096);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_out_of_memory(void **state)
{
	assert_no_memory("ipu on limit=1M", "ipu", "/dev/mxc_ipu");
	/* EPERM in this version of the driver. */
	assert_no_memory("pxp 3 limit=1M", "pxp", "/dev/pxp_device");
	assert_no_memory("pxp 2 limit=1M", "pxp", "/dev/pxp_device");
}

/* Sizes beyond the range of the driver's integers are refused, not truncated. */
static void assert_limit(char const *name, size_t limit)
{
	ImxDmaBufferAllocator *allocator = new_allocator(name, 0);
	int error = 0;

	sim_reset_counts();
	assert_null(imx_dma_buffer_allocate(allocator, limit + 1, 1, &error));
	assert_int_equal(error, EINVAL);
	assert_sentence("the largest size is");
	assert_null(imx_dma_buffer_allocate(allocator, (size_t)UINT64_C(0x100000000), 1, &error));
	assert_null(imx_dma_buffer_allocate(allocator, ((size_t)UINT64_C(0x100000000)) + 4096, 1, &error));
	assert_null(imx_dma_buffer_allocate(allocator, 1, (size_t)UINT64_C(0x100000000), &error));
	assert_int_equal(sim_count(SIM_CALL_IOCTL), 0);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_sizes_that_cannot_be_expressed(void **state)
{
	start_board("ipu on; pxp 3");
	assert_limit("ipu", INT32_MAX - 4095);
	assert_limit("pxp", UINT32_MAX - 4095u);
}

/*
 * The memory is the parent's: a child that destroys inherited objects releases nothing. Allocators that the child
 * creates are separate users.
 */
static void assert_child(char const *board, char const *name)
{
	ImxDmaBufferAllocator *allocator, *other;
	int status = -1;
	pid_t child;

	start_board(board);
	allocator = new_allocator(name, 0);
	new_buffer(allocator, 4096);
	sim_reset_counts();
	child = fork();
	if (child == 0) {
		other = imx_dma_buffer_allocator_new_by_name(name, 0, NULL);
		if (!other || sim_count(SIM_CALL_OPEN) != 1)
			_exit(99);
		imx_dma_buffer_allocator_destroy(allocator);
		_exit((int)(sim_count(SIM_CALL_IPU_FREE) + sim_count(SIM_CALL_PXP_PUT)));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(sim_live_buffers(), 1);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_child_gives_nothing_back(void **state)
{
	assert_child("ipu on", "ipu");
	assert_child("pxp 3", "pxp");
}

typedef ImxDmaBufferAllocator *constructor(int fd, int *error);

static void assert_descriptor_refused(constructor *construct)
{
	ImxDmaBufferAllocator *allocator;
	int fd = dup(0), error = 0;

	close(fd);
	assert_null(construct(fd, &error));
	assert_int_equal(error, EBADF);
	/* A device without this call. */
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	allocator = construct(fd, &error);
	assert_non_null(allocator);
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	assert_int_equal(error, ENOTTY);
	imx_dma_buffer_allocator_destroy(allocator);
	close(fd);
}

static void test_other_descriptors_are_refused(void **state)
{
	start_board("ipu on; pxp 3");
	assert_descriptor_refused(imx_dma_buffer_ipu_allocator_new);
	assert_descriptor_refused(imx_dma_buffer_pxp_allocator_new);
	assert_nothing_left();
}

/* "Success" from a driver that does not implement the call gives no memory. */
static void assert_no_mistake(constructor *construct, char const *node, char const *sentence)
{
	int fd = open(node, O_RDWR | O_CLOEXEC), error = 0;
	ImxDmaBufferAllocator *allocator = construct(fd, &error);

	assert_non_null(allocator);
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	assert_int_equal(error, ENOTTY);
	assert_sentence(sentence);
	imx_dma_buffer_allocator_destroy(allocator);
	close(fd);
}

static void test_each_others_device_is_no_mistake(void **state)
{
	start_board("ipu on; pxp 3");
	assert_no_mistake(imx_dma_buffer_ipu_allocator_new, "/dev/pxp_device", "not the IPU's driver");
	assert_no_mistake(imx_dma_buffer_pxp_allocator_new, "/dev/mxc_ipu", "not the PxP's driver");
	assert_nothing_left();
}

static void test_node_that_is_closed_or_another(void **state)
{
	struct group const *group = some_group();

	start_board_of_group("ipu on open=EACCES; pxp 3", group, "mode=0660 open=EACCES");
	assert_no_allocator(EACCES, "/dev/mxc_ipu: this process may not open it");
	setenv("IMXDMABUFFER_ALLOCATOR", "pxp", 1);
	assert_no_allocator(EACCES, "mode 0660; add the user to group ");
	assert_sentence_with("add the user to group ", group);
	setenv("IMXDMABUFFER_ALLOCATOR", "ipu:pxp", 1);
	assert_no_allocator(EINVAL, "as in ipu:/dev/mxc_ipu");
	setenv("IMXDMABUFFER_ALLOCATOR", "ipu:/dev/mxc_ipu2", 1);
	assert_no_allocator(ENOENT, "/dev/mxc_ipu2: no such device");
}

/* A driver may refuse a layout that it does not have with either code. */
static void test_layouts_of_the_pxp_that_are_refused(void **state)
{
	static int const codes[] = {ENOTTY, EINVAL};

	for (size_t i = 0; i < 2; i++) {
		ImxDmaBufferAllocator *allocator;

		start_board("pxp 2");
		allocator = new_allocator("pxp", 0);
		sim_fail(SIM_CALL_PXP_GET, 1, codes[i], 1);
		new_buffer(allocator, 4096);
		new_buffer(allocator, 4096);
		imx_dma_buffer_allocator_destroy(allocator);
		assert_nothing_left();
	}
}

static void test_low_level_functions_of_the_ipu(void **state)
{
	imx_physical_address_t address;
	int error = 0, fd;

	start_board("ipu on base=0x90000000");
	fd = open("/dev/mxc_ipu", O_RDWR | O_CLOEXEC);
	address = imx_dma_buffer_ipu_allocate(fd, 5000, &error);
	assert_int_equal(address, 0x90000000ul);
	assert_int_equal(sim_heap_used("/dev/mxc_ipu"), 8192);
	imx_dma_buffer_ipu_deallocate(fd, address);
	assert_int_equal(imx_dma_buffer_ipu_allocate(fd, 0, &error), 0);
	assert_int_equal(error, EINVAL);
	assert_int_equal(imx_dma_buffer_ipu_allocate(-1, 4096, &error), 0);
	assert_int_equal(error, EBADF);
	assert_nothing_left();
	imx_dma_buffer_ipu_deallocate(fd, address);
	assert_sentence("freeing the memory at 0x90000000 failed");
	close(fd);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_one_call_each),
		cmocka_unit_test(test_pxp_layout_is_found_once),
		cmocka_unit_test(test_addresses_above_2_gib),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_sizes_that_cannot_be_expressed),
		cmocka_unit_test(test_child_gives_nothing_back),
		cmocka_unit_test(test_other_descriptors_are_refused),
		cmocka_unit_test(test_each_others_device_is_no_mistake),
		cmocka_unit_test(test_node_that_is_closed_or_another),
		cmocka_unit_test(test_layouts_of_the_pxp_that_are_refused),
		cmocka_unit_test(test_low_level_functions_of_the_ipu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
