/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counters, scripted failures, and errors of sim_configure().
 */
#include "raw.h"

#include <dirent.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>

static void expect_counts(enum sim_call const *calls, unsigned long const *expected, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sim_count(calls[i]) != expected[i])
			fail_msg("%s: %lu calls, not %lu", sim_call_name(calls[i]), sim_count(calls[i]), expected[i]);
}

static void test_each_call_is_counted(void **state)
{
	static enum sim_call const calls[] = {SIM_CALL_OPEN, SIM_CALL_CLOSE, SIM_CALL_STAT, SIM_CALL_ACCESS,
		SIM_CALL_READLINK, SIM_CALL_OPENDIR, SIM_CALL_DUP, SIM_CALL_FCNTL, SIM_CALL_LSEEK, SIM_CALL_READ,
		SIM_CALL_PREAD, SIM_CALL_MMAP, SIM_CALL_MUNMAP, SIM_CALL_MEMFD_CREATE, SIM_CALL_FALLOCATE, SIM_CALL_FTRUNCATE,
		SIM_CALL_IOCTL, SIM_CALL_HEAP_ALLOC, SIM_CALL_SYNC, SIM_CALL_PHYS, SIM_CALL_UDMABUF};
	static unsigned long const expected[] = {2, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5, 1, 1, 1, 1};
	struct stat status;
	char text[64], link[8];
	uint8_t *memory;
	int fd, file, udmabuf;

	configure("heap a; udmabuf on");
	fd = allocate("a", 4096); /* open, heap-alloc, close */
	stat("/dev/dma_heap/a", &status);
	fstat(fd, &status);
	access("/dev/dma_heap/a", R_OK);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	assert_int_equal(readlink(text, link, 8), 8);
	closedir(opendir("/dev/dma_heap"));
	close(dup(fd));
	fcntl(fd, F_GETFL);
	lseek(fd, 0, SEEK_END);
	assert_int_equal(read(fd, text, 1), -1);
	assert_int_equal(pread(fd, text, 1, 0), -1);
	memory = map_buffer(fd, 4096);
	munmap(memory, 4096);
	file = memfd_create("file", 0);
	fallocate(file, 0, 0, 4096);
	assert_int_equal(ftruncate(file, 8192), 0);
	sync_buffer(fd, RAW_READ);
	get_phys(fd);
	ioctl(fd, RAW_SET_NAME, "x");
	udmabuf = open("/dev/udmabuf", O_RDWR);
	ioctl(udmabuf, RAW_UDMABUF, NULL);
	close(file);
	close(udmabuf);
	expect_counts(calls, expected, sizeof(calls) / sizeof(calls[0]));
	close(fd);
}

static void test_other_objects_count_in_total_only(void **state)
{
	unsigned long before;
	struct stat status;
	void *memory;
	int fd;

	configure("heap a");
	sim_reset_counts();
	fd = open("/dev/zero", O_RDWR);
	memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	munmap(memory, 4096);
	fstat(fd, &status);
	close(fd);
	assert_int_equal(sim_count(SIM_CALL_ANY), 5);
	for (enum sim_call call = SIM_CALL_ANY + 1; call < SIM_CALLS; call++)
		assert_int_equal(sim_count(call), 0);
	before = sim_count(SIM_CALL_ANY);
	assert_int_equal(sim_count(SIM_CALL_ANY), before);
}

/* The real kernel handles sockets. Only calls on Unix sockets can be scripted to fail. */
static void test_calls_on_sockets(void **state)
{
	static enum sim_call const calls[] = {SIM_CALL_SENDMSG, SIM_CALL_RECVMSG, SIM_CALL_GETSOCKOPT, SIM_CALL_POLL};
	static unsigned long const none[] = {0, 0, 0, 0}, one_each[] = {1, 1, 1, 1};
	char byte = 'x';
	struct iovec bytes = {&byte, 1};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
	struct pollfd files[2] = {{.events = POLLIN}, {.events = POLLIN}};
	int pair[2], pipes[2], value = 0;
	socklen_t length = sizeof(value);

	assert_int_equal(pipe(pipes), 0);
	files[0].fd = pipes[0];
	files[1].fd = -1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_fails(ENOTSOCK, sendmsg(pipes[1], &message, 0));
	assert_fails(ENOTSOCK, recvmsg(pipes[0], &message, 0));
	assert_fails(ENOTSOCK, getsockopt(pipes[0], SOL_SOCKET, SO_TYPE, &value, &length));
	assert_int_equal(poll(files, 2, 0), 0);
	expect_counts(calls, none, 4);
	files[1].fd = pair[1];
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(sim_fail(calls[i], 1, EIO, 1), 0);
	assert_fails(EIO, sendmsg(pair[0], &message, 0));
	assert_fails(EIO, poll(files, 2, 0));
	assert_fails(EIO, recvmsg(pair[1], &message, 0));
	assert_fails(EIO, getsockopt(pair[1], SOL_SOCKET, SO_TYPE, &value, &length));
	expect_counts(calls, one_each, 4);
	assert_int_equal(sendmsg(pair[0], &message, 0), 1);
	assert_int_equal(poll(files, 2, 0), 1);
	assert_int_equal(recvmsg(pair[1], &message, MSG_DONTWAIT), 1);
	assert_int_equal(getsockopt(pair[1], SOL_SOCKET, SO_TYPE, &value, &length), 0);
	assert_int_equal(value, SOCK_STREAM);
	for (size_t i = 0; i < 2; i++) {
		close(pair[i]);
		close(pipes[i]);
	}
}

static void test_calls_about_the_system(void **state)
{
	static enum sim_call const calls[] = {SIM_CALL_UNAME, SIM_CALL_GETRLIMIT};
	static unsigned long const expected[] = {2, 2};
	struct utsname name;
	struct rlimit limit;

	configure("release 4.9.88; fail uname 1 EPERM; fail getrlimit 1 EINVAL");
	assert_fails(EPERM, uname(&name));
	assert_int_equal(uname(&name), 0);
	assert_string_equal(name.release, "4.9.88");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_fails(EINVAL, getrlimit(RLIMIT_FSIZE, &limit));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	expect_counts(calls, expected, 2);
}

/* Calls of the simulator itself do not count. */
static void test_own_work_is_not_counted(void **state)
{
	int fd;

	configure("heap a limit=4K");
	fd = allocate("a", 4096);
	sim_reset_counts();
	sim_live_buffers();
	sim_heap_used("a");
	sim_evict(0, 0);
	sim_attach(fd);
	sim_detach(fd);
	configure("heap b");
	assert_int_equal(sim_count(SIM_CALL_ANY), 0);
	assert_fails(ENOMEM, allocate("a", 1));
	assert_int_equal(sim_count(SIM_CALL_ANY), 3);
	close(fd);
}

static void test_the_nth_call_fails(void **state)
{
	int fd;

	configure("heap a");
	fd = allocate("a", 4096);
	assert_int_equal(sim_fail(SIM_CALL_SYNC, 2, EINTR, 2), 0);
	assert_int_equal(sync_buffer(fd, RAW_READ), 0);
	get_phys(fd);
	assert_fails(EINTR, sync_buffer(fd, RAW_READ));
	get_phys(fd);
	assert_fails(EINTR, sync_buffer(fd, RAW_READ));
	assert_int_equal(sync_buffer(fd, RAW_READ), 0);
	assert_int_equal(sim_count(SIM_CALL_SYNC), 4);
	close(fd);
}

static void test_failures_without_end(void **state)
{
	int fd;

	configure("heap a");
	assert_int_equal(sim_fail(SIM_CALL_HEAP_ALLOC, 1, EBUSY, 0), 0);
	for (int i = 0; i < 20; i++)
		assert_fails(EBUSY, allocate("a", 4096));
	assert_int_equal(sim_live_buffers(), 0);
	sim_reset();
	configure("heap a");
	fd = allocate("a", 4096);
	assert_true(fd >= 0);
	close(fd);
}

static void test_each_kind_can_fail(void **state)
{
	char text[40], byte;
	struct stat status;
	int fd, file;

	configure("heap a; udmabuf on");
	fd = allocate("a", 4096);
	file = memfd_create("file", 0);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	for (enum sim_call call = SIM_CALL_ANY; call < SIM_CALLS; call++)
		assert_int_equal(sim_fail(call, 1, ECHILD, 1), 0);
	/* Both scripts match the first call, one of them through ANY. */
	assert_fails(ECHILD, open("/dev/udmabuf", O_RDWR));
	assert_fails(ECHILD, stat("/dev/udmabuf", &status));
	assert_fails(ECHILD, access("/dev/udmabuf", R_OK));
	assert_fails(ECHILD, readlink(text, &byte, 1));
	assert_null(opendir("/dev/dma_heap"));
	assert_fails(ECHILD, dup(fd));
	assert_fails(ECHILD, fcntl(fd, F_GETFL));
	assert_fails(ECHILD, lseek(fd, 0, SEEK_END));
	assert_fails(ECHILD, read(fd, &byte, 1));
	assert_fails(ECHILD, pread(fd, &byte, 1, 0));
	assert_map_fails(ECHILD, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	assert_fails(ECHILD, memfd_create("file", 0));
	assert_fails(ECHILD, fallocate(file, 0, 0, 4096));
	assert_fails(ECHILD, ftruncate(file, 0));
	assert_fails(ECHILD, ioctl(fd, RAW_SYNC, NULL));
	assert_fails(ECHILD, ioctl(fd, RAW_PHYS, NULL));
	assert_fails(EFAULT, ioctl(fd, RAW_SYNC, NULL));
	/* The descriptor is closed nevertheless. */
	assert_fails(ECHILD, close(fd));
	assert_fails(EBADF, close(fd));
	assert_int_equal(sim_live_buffers(), 0);
	close(file);
}

/* SIM_CALL_ANY matches calls on all simulated objects, and no others. */
static void test_any_call_can_fail(void **state)
{
	struct stat status;
	int fd;

	configure("heap a");
	fd = allocate("a", 4096);
	assert_int_equal(sim_fail(SIM_CALL_ANY, 2, EIO, 1), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 4096);
	assert_int_equal(stat("/", &status), 0);
	assert_fails(EIO, sync_buffer(fd, RAW_READ));
	assert_int_equal(sync_buffer(fd, RAW_READ), 0);
	close(fd);
}

static void test_failing_munmap_leaves_the_mapping(void **state)
{
	uint8_t *memory;
	int fd;

	configure("heap a");
	fd = allocate("a", 4096);
	memory = map_buffer(fd, 4096);
	sim_fail(SIM_CALL_MUNMAP, 1, ENOMEM, 1);
	assert_fails(ENOMEM, munmap(memory, 4096));
	memory[0] = 1;
	assert_int_equal(munmap(memory, 4096), 0);
	close(fd);
}

static void test_failures_of_one_kind_add_up(void **state)
{
	int fd;

	configure("heap a; fail sync 1 EINTR; fail sync 3 EAGAIN 2; fail ioctl 6 EIO");
	fd = allocate("a", 4096);
	assert_fails(EINTR, sync_buffer(fd, RAW_READ));
	assert_int_equal(sync_buffer(fd, RAW_READ), 0);
	assert_fails(EAGAIN, sync_buffer(fd, RAW_READ));
	assert_fails(EAGAIN, sync_buffer(fd, RAW_READ));
	assert_fails(EIO, sync_buffer(fd, RAW_READ));
	assert_int_equal(sync_buffer(fd, RAW_READ), 0);
	close(fd);
}

static void test_bad_failures(void **state)
{
	assert_int_equal(sim_fail(SIM_CALLS, 1, EIO, 1), -1);
	assert_int_equal(sim_fail(SIM_CALL_OPEN, 0, EIO, 1), -1);
	assert_int_equal(sim_fail(SIM_CALL_OPEN, 1, 0, 1), -1);
}

static void test_names(void **state)
{
	assert_string_equal(sim_call_name(SIM_CALL_HEAP_ALLOC), "heap-alloc");
	for (enum sim_call call = SIM_CALL_ANY; call < SIM_CALLS; call++)
		assert_non_null(sim_call_name(call));
	assert_null(sim_call_name(SIM_CALLS));
}

static void test_good_texts(void **state)
{
	configure("");
	configure(" ; ;\n;");
	configure("heap\tlinux,cma   limit=1G base=0x80000000 owner=0:44 mode=0660 open=none open-write=EACCES cached cma\n"
			  "phys u64; pagemap privileged; exporter module; base 0x10000000; cma-alignment 64K\n"
			  "hugepages 0x10 apart base=0x100000000; udmabuf on huge=refuse limit=1M; dmabuf-imx on mode=0666 bounce;"
			  "cpu other; cpu arm64 line=128 granule=2K midr=0x410fd034;"
			  "fail open 1 EACCES; fail any 100000 EIO 0");
	assert_string_equal(sim_message(), "");
}

static void test_bad_texts(void **state)
{
	static char const *const texts[] = {"heep a", "heap", "heap a/b", "heap ..", "heap a bigger",
		"heap a limit=", "heap a limit=1X", "heap a limit=-1", "heap a limit=99999999999G", "heap a base=1",
		"heap a base=0", "heap a owner=0", "heap a owner=a:b", "heap a mode=9", "heap a mode=77777",
		"heap a open=EVERYTHING", "heap a remove now", "phys", "phys maybe", "phys native u64", "names x", "names",
		"pagemap", "pagemap x", "exporter x", "base", "base 5", "base 0", "base 4096 8192", "cma-alignment 5000",
		"cma-alignment 0", "cpu", "cpu x", "cpu other line=64", "cpu arm64 line=48", "cpu arm64 granule=4K",
		"cpu arm64 x", "hugepages", "hugepages x", "hugepages 4 near", "hugepages 4 base=4096", "udmabuf",
		"udmabuf maybe", "udmabuf on limit=x", "udmabuf on huge=maybe", "udmabuf off limit=1M",
		"dmabuf-imx on limit=1M", "dmabuf-imx on mode=x", "fail", "fail open", "fail open 1", "fail open 0 EIO",
		"fail open 1 EX", "fail open 1 none", "fail never 1 EIO", "fail open 1 EIO 1 1", "fail open x EIO",
		"fail open 1 EIO x", "fail open 5000000000 EIO"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (sim_configure(texts[i]) != -1)
			fail_msg("\"%s\" was taken", texts[i]);
		assert_true(strlen(sim_message()) > 5);
	}
}

/* Statements before the bad one have been applied, those after it have not. */
static void test_bad_statement_ends_the_text(void **state)
{
	struct stat status;

	assert_int_equal(sim_configure("heap a; nonsense; heap b"), -1);
	assert_non_null(strstr(sim_message(), "nonsense"));
	assert_int_equal(stat("/dev/dma_heap/a", &status), 0);
	assert_fails(ENOENT, stat("/dev/dma_heap/b", &status));
}

static void test_reset(void **state)
{
	int fd;

	configure("heap a base=0x1000000; phys zero; udmabuf on; hugepages 5; fail open 2 EIO 0");
	fd = allocate("a", 4096);
	sim_reset();
	assert_int_equal(sim_count(SIM_CALL_ANY), 0);
	assert_int_equal(sim_count(SIM_CALL_OPEN), 0);
	assert_int_equal(sim_live_buffers(), 0);
	assert_fails(ENOENT, open("/dev/udmabuf", O_RDWR));
	assert_fails(ENOENT, open("/dev/dma_heap/a", O_RDONLY));
	assert_fails(ENOENT, open("/dev/dma_heap", O_RDONLY));
	/* The DMA-BUF counts again after its first use. */
	assert_int_equal(get_phys(fd), 0x1000000);
	assert_int_equal(sim_live_buffers(), 1);
	close(fd);
	assert_int_equal(sim_live_buffers(), 0);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_each_call_is_counted),
		TEST(test_other_objects_count_in_total_only),
		TEST(test_calls_on_sockets),
		TEST(test_calls_about_the_system),
		TEST(test_own_work_is_not_counted),
		TEST(test_the_nth_call_fails),
		TEST(test_failures_without_end),
		TEST(test_each_kind_can_fail),
		TEST(test_any_call_can_fail),
		TEST(test_failing_munmap_leaves_the_mapping),
		TEST(test_failures_of_one_kind_add_up),
		TEST(test_bad_failures),
		TEST(test_names),
		TEST(test_good_texts),
		TEST(test_bad_texts),
		TEST(test_bad_statement_ends_the_text),
		TEST(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
