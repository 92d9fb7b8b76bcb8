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

#define IPU_ALLOC _IOWR('I', 3, int)

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
	int value = 4096, node = open("/dev/mxc_ipu", O_RDWR | O_CLOEXEC);
	void *memory;

	if (!deny_directory_reads())
		return 0;
	if (ioctl(node, IPU_ALLOC, &value) != 0)
		return 1;
	/* An allocation after a close sweeps. */
	for (int i = 0; i < 3; i++)
		if (close(allocate("reserved", 4096)) != 0)
			return 2;
	/* The driver knows the memory of this open file. */
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, node, (off_t)(uint32_t)value);
	return (memory == MAP_FAILED) ? 3 : 0;
}

static void test_filter_of_directory_reads(void **state)
{
	int status = -1;
	pid_t process;

	assert_int_equal(sim_configure("heap reserved; ipu on close=index"), 0);
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
