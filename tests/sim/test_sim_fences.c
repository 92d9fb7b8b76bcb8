/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fences of DMA-BUFs: poll, sync files, and the count of references.
 */
#include "raw.h"

#include <poll.h>
#include <stdlib.h>

struct sync_file {
	uint32_t flags;
	int32_t fd;
};

#define EXPORT _IOWR('b', 2, struct sync_file)

/* Return the events of a poll that does not wait. */
static int look(int fd)
{
	struct pollfd file = {.fd = fd, .events = POLLIN | POLLOUT};

	assert_true(poll(&file, 1, 0) >= 0);
	return file.revents;
}

static void test_poll_waits_for_fences(void **state)
{
	struct pollfd files[2] = {{.events = POLLOUT}, {.fd = -1, .events = POLLIN}};
	int fd;

	configure("heap a");
	fd = allocate("a", 4096);
	assert_int_equal(look(fd), POLLIN | POLLOUT);
	assert_int_equal(sim_set_fences(fd, 1, 0), 0);
	assert_int_equal(look(fd), POLLIN);
	assert_int_equal(sim_set_fences(fd, 0, 1), 0);
	assert_int_equal(look(fd), 0);
	files[0].fd = fd;
	assert_int_equal(poll(files, 2, 5), 0);
	assert_int_equal(sim_set_fences(fd, 0, 0), 0);
	assert_int_equal(poll(files, 2, -1), 1);
	assert_int_equal(files[0].revents, POLLOUT);
	sim_fail(SIM_CALL_POLL, 1, EINTR, 1);
	assert_fails(EINTR, poll(files, 2, 0));
	assert_int_equal(sim_set_fences(-1, 0, 0), -1);
	close(fd);
}

static void test_sync_files_exist_since_6_0(void **state)
{
	struct sync_file file = {.flags = 0, .fd = -1};
	int fd;

	configure("heap a; release 5.19.0");
	fd = allocate("a", 4096);
	assert_fails(ENOTTY, ioctl(fd, EXPORT, &file));
	close(fd);
	configure("release 6.0.0");
	fd = allocate("a", 4096);
	assert_fails(EINVAL, ioctl(fd, EXPORT, &file));
	file.flags = 4;
	assert_fails(EINVAL, ioctl(fd, EXPORT, &file));
	assert_fails(EFAULT, ioctl(fd, EXPORT, NULL));
	file.flags = 1;
	sim_set_fences(fd, 1, 0);
	assert_int_equal(ioctl(fd, EXPORT, &file), 0);
	assert_int_equal(look(file.fd) & POLLIN, POLLIN);
	close(file.fd);
	file.flags = 2;
	assert_int_equal(ioctl(fd, EXPORT, &file), 0);
	assert_int_equal(look(file.fd) & POLLIN, 0);
	close(file.fd);
	close(fd);
}

static unsigned int count_of(int fd)
{
	char path[40], text[512] = "";
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY);
	assert_true(info >= 0);
	assert_true(read(info, text, sizeof(text) - 1) > 0);
	close(info);
	assert_non_null(strstr(text, "count:\t"));
	return (unsigned int)atoi(strstr(text, "count:\t") + strlen("count:\t"));
}

static void assert_counts(int fd)
{
	uint8_t *first = map_buffer(fd, 4096), *second;
	int copy = dup(fd);

	assert_int_equal(count_of(fd), 3);
	second = map_buffer(copy, 4096);
	assert_int_equal(count_of(fd), 4);
	munmap(first, 4096);
	assert_int_equal(count_of(copy), 3);
	close(copy);
	munmap(second, 4096);
	assert_int_equal(count_of(fd), 1);
	assert_int_equal(sim_attach(fd), 0);
	assert_int_equal(count_of(fd), 2);
	sim_detach(fd);
	assert_int_equal(count_of(fd), 1);
	close(fd);
}

static void test_references_are_counted(void **state)
{
	configure("heap a");
	assert_counts(allocate("a", 4096));
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_poll_waits_for_fences),
		cmocka_unit_test(test_sync_files_exist_since_6_0),
		cmocka_unit_test(test_references_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
