/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory files of the host allocator: the limits of cgroups, and signals. Linked with --wrap.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/available.h"
#include "base/memory_file.h"
#include "base/sys.h"
#include "support.h"

#define MIB (1024ull * 1024)

struct file {
	char const *path;
	char const *text;
};

/* The files of a machine; NULL: the real ones. */
static struct file const *files;

ssize_t __real_imxd_sys_read_text(char const *path, char *text, size_t size);
ssize_t __wrap_imxd_sys_read_text(char const *path, char *text, size_t size);
ssize_t __wrap_imxd_sys_read_text(char const *path, char *text, size_t size)
{
	if (!files)
		return __real_imxd_sys_read_text(path, text, size);
	text[0] = '\0';
	for (struct file const *file = files; file->path; file++)
		if (strcmp(file->path, path) == 0)
			return snprintf(text, size, "%s", file->text);
	return -ENOENT;
}

/* How fallocate() behaves: many kernels give up at a signal that can be delivered. */
static unsigned int calls, largest_mib;

int __wrap_fallocate64(int fd, int mode, off_t offset, off_t length);
int __wrap_fallocate64(int fd, int mode, off_t offset, off_t length)
{
	sigset_t blocked;

	calls++;
	if ((unsigned int)(length / (off_t)MIB) > largest_mib)
		largest_mib = (unsigned int)(length / (off_t)MIB);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	if (sigismember(&blocked, SIGALRM))
		return 0;
	errno = EINTR;
	return -1;
}

/* The failures of a filter of system calls. */
static int create_code, truncate_code;

int __real_memfd_create(char const *name, unsigned int flags);
int __wrap_memfd_create(char const *name, unsigned int flags);
int __wrap_memfd_create(char const *name, unsigned int flags)
{
	errno = create_code;
	return create_code ? -1 : __real_memfd_create(name, flags);
}

int __real_ftruncate64(int fd, off_t length);
int __wrap_ftruncate64(int fd, off_t length);
int __wrap_ftruncate64(int fd, off_t length)
{
	errno = truncate_code;
	return truncate_code ? -1 : __real_ftruncate64(fd, length);
}

static void assert_available(struct file const *machine, unsigned long long bytes, char const *limit)
{
	struct imxd_available available;

	files = machine;
	imxd_available(&available);
	files = NULL;
	assert_int_equal(available.bytes, bytes);
	assert_string_equal(available.limit, limit);
}

#define MEMINFO {"/proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable:    1048576 kB\n"}

static void test_without_cgroups(void **state)
{
	struct file const machine[] = {MEMINFO, {NULL, NULL}}, nothing[] = {{NULL, NULL}};

	assert_available(machine, 1024 * MIB, "MemAvailable");
	assert_available(nothing, ULLONG_MAX, "MemAvailable");
}

/* Page cache up to the limit is no usage: 10 MiB of 256 are. */
static void test_version_2(void **state)
{
	struct file const machine[] = {
		MEMINFO,
		{"/proc/self/cgroup", "0::/user.slice/app\n"},
		{"/sys/fs/cgroup/user.slice/app/memory.max", "268435456\n"},
		{"/sys/fs/cgroup/user.slice/app/memory.current", "268435456\n"},
		{"/sys/fs/cgroup/user.slice/app/memory.stat",
			"anon 10485760\nfile 257949696\ninactive_file 157286400\nactive_file 99614720\nslab_reclaimable 1048576\n"},
		{"/sys/fs/cgroup/user.slice/memory.max", "max\n"},
		{NULL, NULL},
	};

	assert_available(machine, 246 * MIB, "/sys/fs/cgroup/user.slice/app");
}

static void test_cgroup_above_decides(void **state)
{
	struct file const machine[] = {
		MEMINFO,
		{"/proc/self/cgroup", "0::/a/b\n"},
		{"/sys/fs/cgroup/a/b/memory.max", "536870912\n"},
		{"/sys/fs/cgroup/a/b/memory.current", "1048576\n"},
		{"/sys/fs/cgroup/a/memory.max", "104857600\n"},
		{"/sys/fs/cgroup/a/memory.current", "103809024\n"},
		{"/sys/fs/cgroup/a/memory.stat", "inactive_file 0\nactive_file 0\n"},
		{NULL, NULL},
	};

	assert_available(machine, 1 * MIB, "/sys/fs/cgroup/a");
}

/* The path is one of the host: the container sees its cgroup as the topmost. Nothing is left of it. */
static void test_container(void **state)
{
	struct file const machine[] = {
		MEMINFO,
		{"/proc/self/cgroup", "0::/../../docker/0123\n"},
		{"/sys/fs/cgroup/memory.max", "67108864\n"},
		{"/sys/fs/cgroup/memory.current", "70000000\n"},
		{NULL, NULL},
	};

	assert_available(machine, 0, "/sys/fs/cgroup");
}

static void test_version_1(void **state)
{
	struct file const machine[] = {
		MEMINFO,
		{"/proc/self/cgroup", "11:cpu,cpuacct:/x\n4:hugetlb,memory:/lxc/box\n0::/\n"},
		{"/sys/fs/cgroup/memory/lxc/box/memory.limit_in_bytes", "9223372036854771712\n"},
		{"/sys/fs/cgroup/memory/lxc/box/memory.usage_in_bytes", "33554432\n"},
		{"/sys/fs/cgroup/memory/lxc/box/memory.stat",
			"inactive_file 0\nhierarchical_memory_limit 67108864\ntotal_inactive_file 8388608\ntotal_active_file 0\n"},
		{NULL, NULL},
	};

	assert_available(machine, 40 * MIB, "/sys/fs/cgroup/memory/lxc/box");
}

/* What cannot be read, or makes no sense, does not count. */
static void test_strange_files(void **state)
{
	static char const *const lines[] = {"", "\n", "0", "0:", "0::", "::", "4:memory:", "garbage\n", "0::/a",
		"4:memory:a\n", "1:memoryx:/a\n"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct file const machine[] = {
			MEMINFO,
			{"/proc/self/cgroup", lines[i]},
			{"/sys/fs/cgroup/a/memory.max", "garbage"},
			{"/sys/fs/cgroup/a/memory.current", "1"},
			{"/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "4096"},
			{NULL, NULL},
		};

		assert_available(machine, 1024 * MIB, "MemAvailable");
	}
}

static void test_host_refuses_what_the_cgroup_does_not_have(void **state)
{
	struct file const machine[] = {
		MEMINFO,
		{"/proc/self/cgroup", "0::/\n"},
		{"/sys/fs/cgroup/memory.max", "67108864\n"},
		{"/sys/fs/cgroup/memory.current", "1048576\n"},
		{NULL, NULL},
	};
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name("host:memfd", 0, NULL);
	ImxDmaBuffer *buffer;
	int error = 0;

	assert_non_null(allocator);
	files = machine;
	assert_null(imx_dma_buffer_allocate(allocator, 64 * MIB, 1, &error));
	assert_int_equal(error, ENOMEM);
	assert_sentence("/sys/fs/cgroup leaves 64512 kB");
	buffer = imx_dma_buffer_allocate(allocator, 63 * MIB, 1, &error);
	assert_non_null(buffer);
	files = NULL;
	imx_dma_buffer_deallocate(buffer);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* The message names the filter, not a lack of memory. */
static void test_filtered_system_calls(void **state)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name("host:memfd", 0, NULL);
	int error = 0;

	create_code = EPERM;
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	assert_int_equal(error, EPERM);
	assert_sentence("a filter of system calls (seccomp)");
	create_code = 0;
	truncate_code = EPERM;
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	assert_int_equal(error, EPERM);
	assert_sentence("a filter of system calls (seccomp)");
	truncate_code = 0;
	imx_dma_buffer_allocator_destroy(allocator);
}

/* Without /proc the size of huge pages is unknown. */
static void test_hidden_proc(void **state)
{
	struct file const nothing[] = {{NULL, NULL}};
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	files = nothing;
	allocator = imx_dma_buffer_allocator_new_by_name("host:hugetlb", 0, NULL);
	assert_non_null(allocator);
	assert_null(imx_dma_buffer_allocate(allocator, 4096, 1, &error));
	files = NULL;
	assert_int_equal(error, ENOMEM);
	assert_sentence("/proc/meminfo is hidden");
	imx_dma_buffer_allocator_destroy(allocator);
}

/* Signals wait while memory is reserved, in pieces that are reserved soon. */
static void test_signals_do_not_undo_the_reservation(void **state)
{
	int fd;

	calls = largest_mib = 0;
	fd = imxd_memory_file("memory", 0, (size_t)(200 * MIB), 0);
	assert_true(fd >= 0);
	assert_int_equal(calls, 4);
	assert_int_equal(largest_mib, 64);
	close(fd);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_without_cgroups),
		cmocka_unit_test(test_version_2),
		cmocka_unit_test(test_cgroup_above_decides),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_strange_files),
		cmocka_unit_test(test_host_refuses_what_the_cgroup_does_not_have),
		cmocka_unit_test(test_filtered_system_calls),
		cmocka_unit_test(test_hidden_proc),
		cmocka_unit_test(test_signals_do_not_undo_the_reservation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
