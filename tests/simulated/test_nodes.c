/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes that the process opens once for all its allocators.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board.h"

/* The IPU's driver may assign the index of an open file twice, so the process uses one file. */
static void test_one_file_for_the_process(void **state)
{
	ImxDmaBufferAllocator *first, *second;

	start_board("ipu on close=index");
	first = new_allocator("ipu", 0);
	new_buffer(first, 4096);
	sim_reset_counts();
	second = new_allocator("ipu", 0);
	assert_int_equal(sim_count(SIM_CALL_OPEN), 0);
	new_buffer(second, 4096);
	query("ipu");
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

/* A FIFO would wait for a writer, and a terminal would become the controlling one. */
static void test_other_files_than_devices(void **state)
{
	char directory[] = "/tmp/imxdmabuffer-XXXXXX", name[64];
	static char const *const allocators[] = {"dma-heap", "ion", "ipu", "pxp"};
	int error = 0;

	start_board("");
	assert_non_null(mkdtemp(directory));
	snprintf(name, sizeof(name), "%s/fifo", directory);
	assert_int_equal(mkfifo(name, 0600), 0);
	for (size_t i = 0; i < 4; i++) {
		char text[128];

		snprintf(text, sizeof(text), "%s:%s", allocators[i], name);
		assert_null(imx_dma_buffer_allocator_new_by_name(text, 0, &error));
		assert_int_equal(error, ENOTTY);
		assert_sentence("not a device");
	}
	unlink(name);
	rmdir(directory);
}

/* Programs write to descriptors 1 and 2 without a look, the library's own log included. */
static void test_descriptors_are_never_standard_streams(void **state)
{
	static char const *const boards[][2] = {{"heap reserved; phys native", "dma-heap"}, {"", "host:memfd"},
		{"phys native; ion new heap reserved id=1", "ion"}};
	int kept[3];

	for (int fd = 0; fd < 3; fd++) {
		kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		close(fd);
	}
	for (size_t i = 0; i < 3; i++) {
		ImxDmaBufferAllocator *allocator;
		ImxDmaBuffer *buffer;
		int fd;

		start_board(boards[i][0]);
		allocator = imx_dma_buffer_allocator_new_by_name(boards[i][1], 0, NULL);
		buffer = imx_dma_buffer_allocate(allocator, 4096, 1, NULL);
		fd = imx_dma_buffer_get_fd(buffer);
		if (fd > 2)
			fd = imx_dma_buffer_export_fd(buffer, NULL, NULL);
		imx_dma_buffer_allocator_destroy(allocator);
		close(fd);
		if (fd <= 2 || fcntl(0, F_GETFD) >= 0 || fcntl(1, F_GETFD) >= 0 || fcntl(2, F_GETFD) >= 0)
			kept[0] = -1;
	}
	for (int fd = 0; fd < 3; fd++) {
		dup2(kept[fd], fd);
		close(kept[fd]);
	}
	assert_true(kept[0] > 2);
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
		cmocka_unit_test(test_other_files_than_devices),
		cmocka_unit_test(test_descriptors_are_never_standard_streams),
		cmocka_unit_test(test_advice_is_for_the_access_that_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
