/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Forked processes, passed descriptors, threads, and the preloaded library.
 *
 * usage: test_sim_processes PRELOAD-LIBRARY CHILD-PROGRAM LIBRARY-PATH
 */
#include "raw.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

static char const *preload, *child, *libraries;

/*
 * Run a function in a forked process. It returns the line of the failing check, or 0, because assertions do not work
 * there.
 */
static void expect_in_fork(int (*function)(int fd), int fd)
{
	int status;
	pid_t process = fork();

	if (process == 0)
		_exit(function(fd) != 0);
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define CHECK(condition)                                                                                               \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
			return __LINE__;                                                                                           \
		}                                                                                                              \
	} while (0)

static int use_inherited(int fd)
{
	unsigned long address = 0;
	uint8_t byte = 5;
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(memory != MAP_FAILED);
	memset(memory, 7, 4096);
	CHECK(sim_device_read_fd(fd, 0, &byte, 1) == 0 && byte == SIM_GARBAGE);
	CHECK(ioctl(fd, RAW_PHYS, &address) == 0 && address == 0x4c000000);
	CHECK(sim_device_read_fd(fd, 0, &byte, 1) == 0 && byte == 7);
	CHECK(sim_attach(fd) == 0);
	return 0;
}

static void test_fork_shares_buffers_and_their_state(void **state)
{
	uint8_t byte = 0;
	int fd;

	configure("heap a");
	fd = allocate("a", 4096);
	expect_in_fork(use_inherited, fd);
	/* The memory, its caches and its attachments have the child's changes. */
	assert_int_equal(sim_device_read_fd(fd, 0, &byte, 1), 0);
	assert_int_equal(byte, 7);
	assert_int_equal(sim_detach(fd), 0);
	assert_int_equal(sim_detach(fd), -1);
	close(fd);
	assert_int_equal(sim_live_buffers(), 0);
}

static int configure_anew(int fd)
{
	struct raw_alloc data = {.len = 4096, .fd_flags = O_RDWR};

	CHECK(sim_configure("heap b; heap a limit=4K") == 0);
	CHECK(open("/dev/dma_heap/b", O_RDONLY) >= 0);
	/* A node that was opened before the fork stays the node. */
	CHECK(ioctl(fd, RAW_ALLOC, &data) == 0);
	data = (struct raw_alloc){.len = 4096, .fd_flags = O_RDWR};
	CHECK(ioctl(fd, RAW_ALLOC, &data) == -1 && errno == ENOMEM);
	sim_reset();
	CHECK(open("/dev/dma_heap/a", O_RDONLY) == -1);
	CHECK(opendir("/dev/dma_heap") == NULL);
	exit(0);
}

static int only_reset(int fd)
{
	sim_reset();
	CHECK(open("/dev/dma_heap/a", O_RDONLY) == -1);
	exit(0);
}

static void test_after_fork_machines_are_separate(void **state)
{
	int heap;

	configure("heap a");
	heap = open_heap("a");
	expect_in_fork(configure_anew, heap);
	assert_fails(ENOENT, open("/dev/dma_heap/b", O_RDONLY));
	expect_in_fork(only_reset, heap);
	close(open_heap("a"));
	close(heap);
	close(allocate("a", 8192));
}

static void send_descriptor(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	char byte = 'x';
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	assert_int_equal(sendmsg(socket, &message, 0), 1);
}

static int receive_descriptor(int socket)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int fd;

	if (recvmsg(socket, &message, 0) != 1)
		return -1;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static int use_received(int socket)
{
	unsigned long address = 0;
	uint8_t byte = 0;
	void *memory;
	int fd = receive_descriptor(socket);

	CHECK(fd >= 0);
	CHECK(lseek(fd, 0, SEEK_END) == 8192);
	memory = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(memory != MAP_FAILED && *(uint8_t *)memory == 3);
	CHECK(ioctl(fd, RAW_PHYS, &address) == 0 && address == 0x4c000000);
	CHECK(sim_device_read_fd(fd, 0, &byte, 1) == 0 && byte == 3);
	CHECK(sim_live_buffers() == 1);
	return 0;
}

/* The child was forked before the buffer existed, and receives only the descriptor, once read-only. */
static void test_descriptors_passed_by_socket(void **state)
{
	configure("heap a");
	for (int i = 0; i < 2; i++) {
		int sockets[2], fd, status;
		uint8_t byte = 3;
		pid_t process;

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
		process = fork();
		if (process == 0)
			_exit(use_received(sockets[1]) != 0);
		fd = allocate_flags("a", 8192, (i == 0) ? O_RDWR : O_RDONLY);
		get_phys(fd);
		sim_device_write_fd(fd, 0, &byte, 1);
		get_phys(fd);
		send_descriptor(sockets[0], fd);
		close(fd);
		assert_int_equal(waitpid(process, &status, 0), process);
		assert_int_equal(status, 0);
		close(sockets[0]);
		close(sockets[1]);
		assert_int_equal(sim_live_buffers(), 0);
	}
}

/* Only a message in a socket holds the descriptor. */
static void test_descriptor_in_a_socket(void **state)
{
	int sockets[2], fd;

	configure("heap a");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	fd = allocate("a", 4096);
	send_descriptor(sockets[0], fd);
	close(fd);
	assert_int_equal(sim_live_buffers(), 0);
	fd = receive_descriptor(sockets[1]);
	assert_int_equal(get_phys(fd), 0x4c000000);
	assert_int_equal(sim_live_buffers(), 1);
	assert_int_equal(sim_heap_used("a"), 4096);
	close(fd);
	close(sockets[0]);
	close(sockets[1]);
}

static void *work(void *data)
{
	bool *failed = data;

	for (int i = 0; i < 200; i++) {
		int fd = allocate("a", 8192);
		uint8_t *memory = map_buffer(fd, 8192), byte = 0;

		memory[4096] = 9;
		*failed = *failed || get_phys(fd) == 0 || sim_device_read_fd(fd, 4096, &byte, 1) != 0 || byte != 9;
		sync_buffer(fd, RAW_READ);
		munmap(memory, 8192);
		close(fd);
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[4];
	bool failed[4] = {false};

	configure("heap a limit=64K");
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &failed[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_false(failed[i]);
	}
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_count(SIM_CALL_HEAP_ALLOC), 800);
}

/* Run the child program with the preload library. Returns its exit status and its output. */
static int run_child(char const *machine, char const *argument, char *output, size_t size)
{
	int ends[2], status;
	pid_t process;
	ssize_t length, used = 0;

	assert_int_equal(pipe(ends), 0);
	process = fork();
	if (process == 0) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		setenv("LD_PRELOAD", preload, 1);
		if (machine)
			setenv("IMXDMABUFFER_SIM", machine, 1);
		else
			unsetenv("IMXDMABUFFER_SIM");
		execl(child, child, argument, (char *)NULL);
		_exit(99);
	}
	close(ends[1]);
	while ((length = read(ends[0], output + used, size - 1 - (size_t)used)) > 0)
		used += length;
	output[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(process, &status, 0), process);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_preloaded(void **state)
{
	char output[4096];

	assert_int_equal(run_child("heap linux,cma base=0x50000000; phys native", "alloc", output, sizeof(output)), 0);
	assert_string_equal(output, "linux,cma\n/dev/dma_heap/linux,cma\n0x50000000\nexp_name:\tlinux,cma\n");
	assert_int_equal(run_child("heap linux,cma; fail heap-alloc 1 EBUSY", "alloc", output, sizeof(output)), EBUSY);
	assert_int_equal(run_child(NULL, "alloc", output, sizeof(output)), ENOENT);
}

static void test_preloaded_with_drivers(void **state)
{
	char output[4096];

	assert_int_equal(run_child("ipu on base=0x90000000; pxp 2", "drivers", output, sizeof(output)), 0);
	assert_string_equal(output, "0x90000000\n0x4c000000\n");
	assert_int_equal(run_child("ipu on", "drivers", output, sizeof(output)), EBADF);
}

static void test_preloaded_with_libraries(void **state)
{
	char output[4096];
	char const *board = "g2d on base=0x90000000; dwl on; heap linux,cma-uncached";

	setenv("LD_LIBRARY_PATH", libraries, 1);
	assert_int_equal(run_child(board, "libraries", output, sizeof(output)), 0);
	assert_string_equal(output, "0x90000000\n0x4c000000\n");
	assert_int_equal(run_child("dwl on; heap linux,cma-uncached", "libraries", output, sizeof(output)), ENOMEM);
	unsetenv("LD_LIBRARY_PATH");
	assert_int_equal(run_child(board, "libraries", output, sizeof(output)), ENOENT);
}

static void test_preloaded_with_bad_text(void **state)
{
	char output[4096];

	assert_int_equal(run_child("heap", "alloc", output, sizeof(output)), 127);
	assert_non_null(strstr(output, "IMXDMABUFFER_SIM: heap needs a valid name"));
}

static int count_directories(char const *parent)
{
	DIR *directory = opendir(parent);
	struct dirent *entry;
	int count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)))
		count += strncmp(entry->d_name, "imxdmabuffer-sim-", strlen("imxdmabuffer-sim-")) == 0;
	closedir(directory);
	return count;
}

/* No directory is left over. The next program removes the directory of a killed one. */
static void test_private_directories_go_away(void **state)
{
	char directory[] = "/tmp/test-sim-XXXXXX", output[4096];

	assert_non_null(mkdtemp(directory));
	setenv("TMPDIR", directory, 1);
	assert_int_equal(run_child("heap linux,cma", "alloc", output, sizeof(output)), 0);
	assert_int_equal(count_directories(directory), 0);
	assert_int_equal(run_child("heap linux,cma", "exec", output, sizeof(output)), 0);
	assert_string_equal(output, "linux,cma\n/dev/dma_heap/linux,cma\n0x4c000000\nexp_name:\tlinux,cma\n");
	assert_int_equal(count_directories(directory), 0);
	assert_int_equal(run_child("heap linux,cma; udmabuf on", "kill", output, sizeof(output)), -1);
	assert_int_equal(count_directories(directory), 1);
	assert_int_equal(run_child("heap linux,cma", "alloc", output, sizeof(output)), 0);
	assert_int_equal(count_directories(directory), 0);
	unsetenv("TMPDIR");
	assert_int_equal(rmdir(directory), 0);
}

int main(int count, char **arguments)
{
	struct CMUnitTest const tests[] = {
		TEST(test_fork_shares_buffers_and_their_state),
		TEST(test_after_fork_machines_are_separate),
		TEST(test_descriptors_passed_by_socket),
		TEST(test_descriptor_in_a_socket),
		TEST(test_threads),
		TEST(test_preloaded),
		TEST(test_preloaded_with_drivers),
		TEST(test_preloaded_with_libraries),
		TEST(test_preloaded_with_bad_text),
		TEST(test_private_directories_go_away),
	};

	if (count != 4) {
		fprintf(stderr, "usage: %s PRELOAD-LIBRARY CHILD-PROGRAM LIBRARY-PATH\n", arguments[0]);
		return 2;
	}
	preload = arguments[1];
	child = arguments[2];
	libraries = arguments[3];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
