/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Under a filter that denies getdents64(), as in a container, the simulator cannot look for dead memory: all of it
 * counts as alive.
 */
#include "raw.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static bool deny_directory_reads(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getdents64, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Returns 0, or the number of the step that failed. A kernel without filters passes. */
static int use_memory(void)
{
	unsigned long address = 0;
	uint8_t byte = 0;
	int fd;

	if (!deny_directory_reads())
		return 0;
	fd = allocate("reserved", 4096);
	/* An allocation after a close sweeps. */
	for (int i = 0; i < 3; i++)
		if (close(allocate("reserved", 4096)) != 0)
			return 1;
	if (ioctl(fd, RAW_PHYS, &address) != 0 || address == 0)
		return 2;
	memset(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), 9, 4096);
	if (ioctl(fd, RAW_PHYS, &address) != 0 || sim_device_read(address, &byte, 1) != 0 || byte != 9)
		return 3;
	return 0;
}

static void test_filter_of_directory_reads(void **state)
{
	int status = -1;
	pid_t process;

	assert_int_equal(sim_configure("heap reserved; phys native"), 0);
	process = fork();
	if (process == 0)
		_exit(use_memory());
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_int_equal(status, 0);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_filter_of_directory_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
