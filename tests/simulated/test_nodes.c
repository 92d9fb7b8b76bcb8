/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes that the process opens once for all its allocators, and programs that close or reuse the descriptors.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"

/* The IPU's driver may assign the index of an open file twice, so the process uses one file. */
static void test_one_file_for_the_process(void **state)
{
	ImxDmaBufferAllocatorInfo *list;
	ImxDmaBufferAllocator *first, *second;

	start_board("ipu on close=index");
	first = new_allocator("ipu", 0);
	new_buffer(first, 4096);
	sim_reset_counts();
	second = new_allocator("ipu", 0);
	assert_int_equal(sim_count(SIM_CALL_OPEN), 0);
	new_buffer(second, 4096);
	list_entry(&list, "ipu");
	imx_dma_buffer_free_allocator_list(list);
	assert_int_equal(sim_live_buffers(), 2);
	imx_dma_buffer_allocator_destroy(first);
	assert_int_equal(sim_live_buffers(), 1);
	imx_dma_buffer_allocator_destroy(second);
	assert_nothing_left();
}

/* The IPU's driver confuses the owners of memory if it is opened and closed often. */
static void test_ipu_stays_open(void **state)
{
	start_board("ipu on; pxp 3");
	imx_dma_buffer_allocator_destroy(new_allocator("ipu", 0));
	imx_dma_buffer_allocator_destroy(new_allocator("pxp", 0));
	sim_reset_counts();
	imx_dma_buffer_allocator_destroy(new_allocator("ipu", 0));
	assert_int_equal(sim_count(SIM_CALL_OPEN), 0);
	assert_int_equal(sim_count(SIM_CALL_CLOSE), 0);
	imx_dma_buffer_allocator_destroy(new_allocator("pxp", 0));
	assert_int_equal(sim_count(SIM_CALL_OPEN), 1);
	assert_int_equal(sim_count(SIM_CALL_CLOSE), 1);
}

#define NUMBERS 64

/* Reuse all descriptor numbers for another file, as after a daemon has closed them all. */
static void take_all_numbers(void)
{
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(file > 2 && file < NUMBERS);
	for (int fd = 3; fd < NUMBERS; fd++)
		if (fd != file)
			assert_int_equal(dup2(file, fd), fd);
}

static bool give_numbers_back(void)
{
	bool untouched = true;

	for (int fd = 3; fd < NUMBERS; fd++)
		untouched &= close(fd) == 0;
	return untouched;
}

static void test_descriptor_that_the_program_has_closed(void **state)
{
	ImxDmaBufferAllocator *first, *second;

	/* The node is unused and stays open. */
	start_board("ipu on; pxp 3");
	imx_dma_buffer_allocator_destroy(new_allocator("ipu", 0));
	take_all_numbers();
	first = new_allocator("ipu", 0);
	new_buffer(first, 4096);
	imx_dma_buffer_allocator_destroy(first);
	assert_true(give_numbers_back());
	/* An allocator has lost its node. The next allocator must not use that descriptor. */
	first = new_allocator("pxp", 0);
	take_all_numbers();
	second = new_allocator("pxp", 0);
	new_buffer(second, 4096);
	imx_dma_buffer_allocator_destroy(first);
	new_buffer(second, 4096);
	imx_dma_buffer_allocator_destroy(second);
	assert_true(give_numbers_back());
	/* The descriptor is another file now. The allocator must not close it. */
	first = new_allocator("pxp", 0);
	take_all_numbers();
	imx_dma_buffer_allocator_destroy(first);
	assert_true(give_numbers_back());
	assert_nothing_left();
}

/* A child that closes all descriptors gets the same number for a node of its own. */
static void test_daemon_opens_its_own(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int status = -1;
	pid_t child;

	start_board("pxp 3");
	allocator = new_allocator("pxp", 0);
	child = fork();
	if (child == 0) {
		ImxDmaBufferAllocator *own;

		for (int fd = 3; fd < NUMBERS; fd++)
			close(fd);
		own = imx_dma_buffer_allocator_new_by_name("pxp", 0, NULL);
		imx_dma_buffer_allocator_destroy(allocator);
		_exit(imx_dma_buffer_allocate(own, 4096, 1, NULL) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void assert_advice(char const *mode, char const *member, char const *advice)
{
	struct group const *group = some_group();
	char rest[128];
	int error = 0;

	snprintf(rest, sizeof(rest), "open-write=EACCES mode=%s%s", mode, member);
	start_board_of_group("pxp 3", group, rest);
	assert_null(imx_dma_buffer_allocator_new_by_name("pxp", 0, &error));
	assert_int_equal(error, EACCES);
	assert_sentence(mode);
	assert_sentence(advice);
}

/* The advice depends on the access that is needed and on the process's groups. Drivers must be opened for writing. */
static void test_advice_is_for_the_access_that_is_needed(void **state)
{
	char member[32];

	snprintf(member, sizeof(member), "; member %u", (unsigned int)some_group()->gr_gid);
	assert_advice("0660", "", "add the user to group ");
	/* The mode that meta-freescale sets for the PxP. */
	assert_advice("0664", "", "add the user to group ");
	assert_advice("0640", "", "a udev rule can give it");
	assert_advice("0644", "", "a udev rule can give it");
	assert_advice("0666", "", "a security module forbids it");
	assert_advice("0660", member, "a security module forbids it");
	assert_advice("0640", member, "a udev rule can give it");
	assert_advice("0606", member, "a udev rule can give it");
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_one_file_for_the_process),
		cmocka_unit_test(test_ipu_stays_open),
		cmocka_unit_test(test_advice_is_for_the_access_that_is_needed),
		cmocka_unit_test(test_descriptor_that_the_program_has_closed),
		cmocka_unit_test(test_daemon_opens_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
