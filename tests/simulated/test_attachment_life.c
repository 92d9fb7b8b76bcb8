/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kept attachments: who ends them, and when.
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attachment.h"

/* Detaching discards lines: it waits until no buffer in this process uses the DMA-BUF. */
static void test_the_last_buffer_detaches(void **state)
{
	ImxDmaBuffer *import;
	uint8_t *bytes;
	int copy;

	begin(HEAP "render etnaviv");
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	fill(buffer, 0x41);
	bytes = imx_dma_buffer_map(import, WRITE, NULL);
	memset(bytes, 0x42, SIZE);
	imx_dma_buffer_deallocate(buffer);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 0);
	assert_int_equal(bytes[0], 0x42);
	imx_dma_buffer_deallocate(import);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
	assert_device_sees(copy, 0x42);
	close(copy);
	finish();
}

/* Also what was written outside of sessions, in mappings of the program too. */
static void test_detaching_loses_nothing(void **state)
{
	uint8_t *bytes;
	int copy;

	begin(HEAP "render etnaviv");
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	fill(buffer, 0x51);
	bytes = imx_dma_buffer_map(buffer, MANUAL, NULL);
	memset(bytes, 0x52, SIZE);
	sim_reset_counts();
	imx_dma_buffer_deallocate(buffer);
	assert_string_equal(sim_sync_steps(), "end-rw");
	assert_device_sees(copy, 0x52);
	close(copy);
	finish();
}

/* Before Linux 5.3 nothing tells DMA-BUFs apart but the handle: the kernel returns the same one again. */
static void test_handles_are_counted(void **state)
{
	ImxDmaBuffer *import;

	begin(HEAP "render etnaviv; release 4.19.35");
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	fill(buffer, 0x61);
	assert_int_equal(imx_dma_buffer_attach_device(import, NULL), 0);
	assert_int_equal(sim_count(SIM_CALL_PRIME_IMPORT), 2);
	imx_dma_buffer_deallocate(import);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 0);
	fill(buffer, 0x62);
	assert_device_sees(fd, 0x62);
	finish();
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
}

static int in_child(void)
{
	int result = 0;

	sim_reset_counts();
	fill(buffer, 0x72);
	result |= (sim_count(SIM_CALL_PRIME_IMPORT) != 1) << 0;
	result |= (sim_count(SIM_CALL_GEM_CLOSE) != 0) << 1;
	result |= (strcmp(properties_of(buffer).attached_driver, "etnaviv") != 0) << 2;
	imx_dma_buffer_deallocate(buffer);
	result |= (sim_count(SIM_CALL_GEM_CLOSE) != 1) << 3;
	return result;
}

/* The ring of a daemon, which has no sessions. */
static int ring_in_child(void)
{
	int result;

	sim_reset_counts();
	result = imx_dma_buffer_sync_for_device(buffer, NULL, 0, IMX_DMA_BUFFER_TO_DEVICE, NULL) != 0;
	result |= (sim_count(SIM_CALL_PRIME_IMPORT) != 1) << 1;
	imx_dma_buffer_deallocate(buffer);
	return result;
}

static void assert_child_succeeds(int (*run)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(run());
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

/* The handles of the parent's open file are the parent's. */
static void test_a_child_attaches_anew(void **state)
{
	begin(HEAP "render etnaviv");
	fill(buffer, 0x71);
	assert_child_succeeds(in_child);
	assert_non_null(imx_dma_buffer_map(buffer, MANUAL, NULL));
	assert_child_succeeds(ring_in_child);
	imx_dma_buffer_unmap(buffer);
	fill(buffer, 0x73);
	assert_device_sees(fd, 0x73);
	finish();
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
}

static int find_node(void)
{
	for (int i = 3; i < 64; i++) {
		char link[40], path[64] = "";

		snprintf(link, sizeof(link), "/proc/self/fd/%d", i);
		if (readlink(link, path, sizeof(path) - 1) > 0 && strcmp(path, "/dev/dri/renderD128") == 0)
			return i;
	}
	return -1;
}

/* A daemon closes all descriptors that it does not know. The number then belongs to another node. */
static void test_a_program_may_close_the_node(void **state)
{
	ImxDmaBuffer *second, *idle, *later;
	int node, heap;

	begin(HEAP "render etnaviv");
	second = new_buffer(allocator, SIZE);
	idle = new_buffer(allocator, SIZE);
	fill(buffer, 0x81);
	fill(second, 0x82);
	fill(idle, 0x85);
	node = find_node();
	assert_true(node >= 0 && (fcntl(node, F_GETFD) & FD_CLOEXEC));
	heap = open("/dev/dma_heap/reserved", O_RDWR | O_CLOEXEC);
	assert_int_equal(dup2(heap, node), node);
	close(heap);
	sim_reset_counts();
	imx_dma_buffer_deallocate(second);
	assert_int_equal(sim_count(SIM_CALL_IOCTL), sim_count(SIM_CALL_SYNC));
	later = new_buffer(allocator, SIZE);
	fill(later, 0x83);
	assert_driver(later, "etnaviv");
	imx_dma_buffer_deallocate(idle);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 0);
	/* The kernel has detached the others. */
	sim_reset_counts();
	fill(buffer, 0x84);
	assert_int_equal(sim_count(SIM_CALL_PRIME_IMPORT), 1);
	imx_dma_buffer_deallocate(buffer);
	assert_true(fcntl(node, F_GETFD) >= 0);
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
	close(node);
	finish();
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 2);
}

/* Attaching cleans: a device may write to the address at once. */
static void test_an_address_is_of_clean_memory(void **state)
{
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	uint8_t data[SIZE];

	start_board(HEAP "render etnaviv");
	allocator = new_allocator(NULL, IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	buffer = new_buffer(allocator, SIZE);
	assert_int_equal(sim_count(SIM_CALL_PRIME_IMPORT), 0);
	assert_int_equal(imx_dma_buffer_query_physical_address(buffer, &address, NULL), 0);
	memset(data, 0x91, SIZE);
	assert_int_equal(sim_device_write(address.address, data, SIZE), 0);
	sim_evict(0, 0);
	assert_device_sees(imx_dma_buffer_get_fd(buffer), 0x91);
	finish();
}

/* Kernels up to about 5.19 keep the name of a DMA-BUF with attachments: that of the library makes way. */
static void test_names_of_attached_buffers(void **state)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	int error = 0;

	begin(HEAP "render etnaviv; names attached");
	fill(new_buffer(allocator, SIZE), 0xa0);
	fill(buffer, 0xa1);
	assert_int_equal(imx_dma_buffer_set_name(buffer, "camera", NULL), 0);
	assert_int_equal(imx_dma_buffer_get_name(buffer, name, sizeof(name), NULL), 0);
	assert_string_equal(name, "camera");
	assert_int_equal(sim_count(SIM_CALL_GEM_CLOSE), 1);
	assert_device_sees(fd, 0xa1);
	fill(buffer, 0xa2);
	assert_device_sees(fd, 0xa2);
	assert_int_equal(sim_count(SIM_CALL_PRIME_IMPORT), 3);
	/* Not while the CPU writes: detaching discards lines. */
	assert_non_null(imx_dma_buffer_map(buffer, WRITE, NULL));
	assert_int_equal(imx_dma_buffer_set_name(buffer, "screen", &error), -1);
	assert_int_equal(error, EBUSY);
	finish();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_the_last_buffer_detaches),
	cmocka_unit_test(test_detaching_loses_nothing),
	cmocka_unit_test(test_handles_are_counted),
	cmocka_unit_test(test_a_child_attaches_anew),
	cmocka_unit_test(test_a_program_may_close_the_node),
	cmocka_unit_test(test_an_address_is_of_clean_memory),
	cmocka_unit_test(test_names_of_attached_buffers),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
