/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools: the proofs that nobody holds a buffer, and what they cost.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool.h"

static void test_unknown_descriptors_cost_no_call(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);

	imx_dma_buffer_map(buffer, 0, NULL);
	imx_dma_buffer_deallocate(buffer);
	sim_reset_counts();
	for (int i = 0; i < 100; i++) {
		buffer = new_buffer(pool, SIZE);
		assert_non_null(imx_dma_buffer_map(buffer, 0, NULL));
		assert_true(imx_dma_buffer_get_physical_address(buffer) != 0);
		imx_dma_buffer_deallocate(buffer);
	}
	assert_int_equal(sim_count(SIM_CALL_ANY), 0);
	assert_int_equal(stats_of(pool).hits, 100);
	destroy(pool);
}

/* Open, read and close fdinfo, and poll. */
static void test_known_descriptors_cost_four_calls(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});

	for (unsigned long i = 0; i < 10; i++) {
		ImxDmaBuffer *buffer = new_buffer(pool, SIZE);

		if (i > 1) {
			assert_int_equal(sim_count(SIM_CALL_POLL), 1);
			assert_int_equal(sim_count(SIM_CALL_OPEN), 1);
			assert_int_equal(sim_count(SIM_CALL_CLOSE), 1);
			assert_int_equal(sim_count(SIM_CALL_PREAD), 1);
			assert_int_equal(sim_count(SIM_CALL_ANY), 4);
		}
		imx_dma_buffer_map(buffer, 0, NULL);
		assert_true(imx_dma_buffer_get_fd(buffer) >= 0);
		imx_dma_buffer_deallocate(buffer);
		assert_int_equal(stats_of(pool).hits, i);
		sim_reset_counts();
	}
	destroy(pool);
}

static void take_and_show(ImxDmaBufferAllocator *pool)
{
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);

	imx_dma_buffer_get_fd(buffer);
	imx_dma_buffer_deallocate(buffer);
}

static void test_fences_hold_a_buffer(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);
	int fd = imx_dma_buffer_get_fd(buffer);

	for (unsigned int i = 1; i < 4; i++) {
		sim_set_fences(fd, i & 1, i >> 1);
		imx_dma_buffer_deallocate(buffer);
		take_and_show(pool);
		assert_int_equal(stats_of(pool).held_buffers, 1);
		/* Devices have finished. */
		sim_set_fences(fd, 0, 0);
		buffer = new_buffer(pool, SIZE);
		imx_dma_buffer_deallocate(buffer);
		imx_dma_buffer_pool_trim(pool, 0);
		buffer = new_buffer(pool, SIZE);
		fd = imx_dma_buffer_get_fd(buffer);
	}
	imx_dma_buffer_deallocate(buffer);
	destroy(pool);
}

/* Before Linux 6.0, a look at fences can stop the kernel. */
static void test_old_kernels_are_not_polled(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool("heap reserved-uncached; phys native; release 5.15.0",
		(ImxDmaBufferPoolConfig){0});

	take_and_show(pool);
	take_and_show(pool);
	assert_int_equal(stats_of(pool).hits, 0);
	assert_int_equal(sim_count(SIM_CALL_POLL), 0);
	destroy(pool);
	pool = new_pool("heap reserved-uncached; phys native; release 5.15.0",
		(ImxDmaBufferPoolConfig){.flags = IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES});
	take_and_show(pool);
	take_and_show(pool);
	assert_int_equal(stats_of(pool).hits, 1);
	assert_int_equal(sim_count(SIM_CALL_POLL), 0);
	destroy(pool);
}

/* A program may split a mapping: the library unmaps it and looks again. */
static void test_split_mappings_are_no_holders(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);
	uint8_t *address = imx_dma_buffer_map(buffer, 0, NULL);

	imx_dma_buffer_get_fd(buffer);
	assert_int_equal(mprotect(address, 4096, PROT_READ), 0);
	imx_dma_buffer_deallocate(buffer);
	new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 1);
	destroy(pool);
}

static void test_without_proc_nothing_known_is_given_out(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);

	imx_dma_buffer_get_fd(buffer);
	imx_dma_buffer_deallocate(buffer);
	sim_fail(SIM_CALL_OPEN, 1, EACCES, 0);
	buffer = new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 0);
	assert_int_equal(stats_of(pool).idle_buffers, 0);
	/* One whose references could not be counted. */
	sim_forget_failures();
	imx_dma_buffer_get_fd(buffer);
	imx_dma_buffer_deallocate(buffer);
	buffer = new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 0);
	imx_dma_buffer_deallocate(buffer);
	new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 1);
	destroy(pool);
}

/* The library's own device has references, too. */
static void test_attached_device_is_no_holder(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool("heap reserved; phys absent; pagemap privileged; render etnaviv; release "
										   "6.1.0",
		(ImxDmaBufferPoolConfig){0});

	for (unsigned long i = 0; i < 4; i++) {
		ImxDmaBuffer *buffer = new_buffer(pool, SIZE);
		ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

		assert_int_equal(stats_of(pool).hits, i);
		imx_dma_buffer_map(buffer, 0, NULL);
		assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
		assert_string_equal(properties.attached_driver, "etnaviv");
		imx_dma_buffer_get_fd(buffer);
		imx_dma_buffer_deallocate(buffer);
	}
	destroy(pool);
}

/* A child does not give out its parent's memory. */
static void test_child_begins_without_idle_buffers(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	int status;
	pid_t child;

	imx_dma_buffer_deallocate(new_buffer(pool, SIZE));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		ImxDmaBuffer *buffer = imx_dma_buffer_allocate(pool, SIZE, 1, NULL);

		status = !buffer || stats_of(pool).hits != 0 || stats_of(pool).idle_buffers != 0;
		imx_dma_buffer_deallocate(buffer);
		imx_dma_buffer_allocator_destroy(pool);
		_exit(status);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	destroy(pool);
}

/* The device goes, and its references must not hide those of others. */
static void assert_seen_without_device(char const *board, void (*detach)(ImxDmaBuffer *buffer))
{
	ImxDmaBufferAllocator *pool = new_pool(board, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);
	int fd;

	detach(buffer);
	fd = imx_dma_buffer_export_fd(buffer, NULL, NULL);
	assert_true(fd >= 0);
	imx_dma_buffer_deallocate(buffer);
	new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 0);
	assert_int_equal(stats_of(pool).held_buffers, 1);
	close(fd);
	new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 1);
	destroy(pool);
}

static void name_it(ImxDmaBuffer *buffer)
{
	assert_int_equal(imx_dma_buffer_set_name(buffer, "camera", NULL), 0);
}

static void close_render_node(ImxDmaBuffer *buffer)
{
	char path[40], target[100];

	for (int fd = 3; fd < 64; fd++) {
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, target, sizeof(target) - 1);
		target[(length > 0) ? length : 0] = '\0';
		if (strstr(target, "renderD"))
			close(fd);
	}
}

static void test_device_that_goes_hides_nobody(void **state)
{
	assert_seen_without_device("heap reserved; phys absent; pagemap privileged; render etnaviv; names attached; "
							   "release 6.1.0",
		name_it);
	assert_seen_without_device("heap reserved; phys absent; pagemap privileged; render etnaviv; release 6.1.0",
		close_render_node);
}

static void test_first_session_after_get_fd(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool("heap reserved; phys absent; render etnaviv; release 6.1.0",
		(ImxDmaBufferPoolConfig){.flags = NO_ADDRESS});

	for (unsigned long i = 0; i < 5; i++) {
		ImxDmaBuffer *buffer = new_buffer(pool, SIZE);

		assert_int_equal(stats_of(pool).hits, i);
		imx_dma_buffer_get_fd(buffer);
		imx_dma_buffer_map(buffer, 0, NULL);
		imx_dma_buffer_deallocate(buffer);
	}
	destroy(pool);
}

/* Devices, and a descriptor on its way. */
static void test_attached_devices_and_messages_hold(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffer = new_buffer(pool, SIZE);
	int fd = dup(imx_dma_buffer_get_fd(buffer));

	assert_int_equal(sim_attach(fd), 0);
	close(fd);
	fd = imx_dma_buffer_get_fd(buffer);
	imx_dma_buffer_deallocate(buffer);
	new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).held_buffers, 1);
	sim_detach(fd);
	new_buffer(pool, SIZE);
	assert_int_equal(stats_of(pool).hits, 1);
	destroy(pool);
}

/* Somebody had the new descriptor for a moment: nothing can be proved. */
static void test_uncertain_count_at_first(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});

	sim_fail(SIM_CALL_PREAD, 1, EIO, 3);
	take_and_show(pool);
	take_and_show(pool);
	assert_int_equal(stats_of(pool).hits, 0);
	assert_int_equal(stats_of(pool).idle_buffers, 1);
	take_and_show(pool);
	assert_int_equal(stats_of(pool).hits, 1);
	/* A shortage passes. */
	sim_fail(SIM_CALL_OPEN, 1, EMFILE, 1);
	take_and_show(pool);
	assert_int_equal(stats_of(pool).idle_buffers, 2);
	destroy(pool);
}

/* Looks at many that are held cost calls. */
static void test_looks_are_limited(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *buffers[20];
	int fds[20];

	for (int i = 0; i < 20; i++) {
		buffers[i] = new_buffer(pool, SIZE);
		fds[i] = imx_dma_buffer_export_fd(buffers[i], NULL, NULL);
	}
	for (int i = 0; i < 20; i++)
		imx_dma_buffer_deallocate(buffers[i]);
	sim_reset_counts();
	new_buffer(pool, SIZE);
	assert_true(sim_count(SIM_CALL_OPEN) <= 6);
	for (int i = 0; i < 20; i++)
		close(fds[i]);
	destroy(pool);
}

/* A child may hold what its parent had at the fork, whether or not the program knows the descriptor. */
static void test_fork_demands_a_proof(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *used = new_buffer(pool, SIZE), *idle = new_buffer(pool, SIZE);
	pid_t child;

	imx_dma_buffer_deallocate(idle);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	sim_reset_counts();
	idle = new_buffer(pool, SIZE);
	assert_int_equal(sim_count(SIM_CALL_POLL), 1);
	imx_dma_buffer_deallocate(used);
	new_buffer(pool, SIZE);
	assert_int_equal(sim_count(SIM_CALL_POLL), 2);
	/* Once it is proved, the fork is forgotten. */
	imx_dma_buffer_deallocate(idle);
	new_buffer(pool, SIZE);
	assert_int_equal(sim_count(SIM_CALL_POLL), 2);
	destroy(pool);
}

/* Structures are used again, but not at once. */
static void test_second_deallocation_much_later(void **state)
{
	ImxDmaBufferAllocator *pool = new_pool(UNCACHED, (ImxDmaBufferPoolConfig){0});
	ImxDmaBuffer *first = new_buffer(pool, SIZE);

	imx_dma_buffer_deallocate(first);
	for (int i = 0; i < 60; i++) {
		ImxDmaBuffer *buffer = new_buffer(pool, SIZE);

		assert_ptr_not_equal(buffer, first);
		imx_dma_buffer_deallocate(buffer);
	}
	imx_dma_buffer_deallocate(first);
	assert_sentence("deallocated before");
	assert_int_equal(stats_of(pool).idle_buffers, 1);
	for (int i = 0; i < 1000; i++)
		imx_dma_buffer_deallocate(new_buffer(pool, SIZE));
	destroy(pool);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_unknown_descriptors_cost_no_call),
		cmocka_unit_test(test_known_descriptors_cost_four_calls),
		cmocka_unit_test(test_fences_hold_a_buffer),
		cmocka_unit_test(test_old_kernels_are_not_polled),
		cmocka_unit_test(test_split_mappings_are_no_holders),
		cmocka_unit_test(test_without_proc_nothing_known_is_given_out),
		cmocka_unit_test(test_attached_device_is_no_holder),
		cmocka_unit_test(test_child_begins_without_idle_buffers),
		cmocka_unit_test(test_device_that_goes_hides_nobody),
		cmocka_unit_test(test_first_session_after_get_fd),
		cmocka_unit_test(test_attached_devices_and_messages_hold),
		cmocka_unit_test(test_uncertain_count_at_first),
		cmocka_unit_test(test_looks_are_limited),
		cmocka_unit_test(test_fork_demands_a_proof),
		cmocka_unit_test(test_second_deallocation_much_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
