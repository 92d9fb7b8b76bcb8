/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fails in the given way, for tests of the runner.
 * usage: misbehave exit N | signal N | sleep | panic | complain | freeze | bytes | orphan | whoami
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void sysrq(char key)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, &key, 1) != 1)
		perror("/proc/sysrq-trigger");
}

/* A report in the kernel's log, as by the kernel itself. */
static void complain(void)
{
	static char const report[] = "<3>WARNING: CPU: 0 PID: 1 at misbehave.c\n";
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, report, sizeof(report) - 1) < 0)
		perror("/dev/kmsg");
}

/* Occupy every processor, so that no other process in the guest runs. */
static void freeze(void)
{
	struct sched_param highest = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
	int limit = open("/proc/sys/kernel/sched_rt_runtime_us", O_WRONLY | O_CLOEXEC);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (limit < 0 || write(limit, "-1", 2) != 2)
		perror("/proc/sys/kernel/sched_rt_runtime_us");
	puts("freezing");
	fflush(stdout);
	sleep(1);
	for (long i = 1; i < processors; i++)
		if (fork() == 0)
			break;
	sched_setscheduler(0, SCHED_FIFO, &highest);
	for (;;)
		;
}

/* Write all byte values, as terminals change some of them. */
static void bytes(void)
{
	unsigned char all[256];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	for (int i = 0; i < 1000; i++)
		fwrite(all, 1, sizeof(all), stdout);
	fputs("to standard error\n", stderr);
}

/* Leave a process behind that keeps standard output open. */
static void orphan(void)
{
	puts("left behind");
	fflush(stdout);
	if (fork() != 0)
		return;
	setsid();
	for (;;)
		pause();
}

static void whoami(int argc, char **argv)
{
	gid_t groups[32];
	int count = getgroups(32, groups);

	printf("%d:%d", (int)getuid(), (int)getgid());
	for (int i = 0; i < count; i++)
		printf(",%d", (int)groups[i]);
	for (int i = 2; i < argc; i++)
		printf(" [%s]", argv[i]);
	printf(" %s\n", getenv("WORD") != NULL ? getenv("WORD") : "-");
}

int main(int argc, char **argv)
{
	char const *command = argc > 1 ? argv[1] : "";
	int number = argc > 2 ? atoi(argv[2]) : 0;

	if (strcmp(command, "exit") == 0)
		return number;
	if (strcmp(command, "signal") == 0)
		kill(getpid(), number);
	else if (strcmp(command, "sleep") == 0)
		sleep(1000);
	else if (strcmp(command, "panic") == 0)
		sysrq('c');
	else if (strcmp(command, "complain") == 0)
		complain();
	else if (strcmp(command, "freeze") == 0)
		freeze();
	else if (strcmp(command, "bytes") == 0)
		bytes();
	else if (strcmp(command, "orphan") == 0)
		orphan();
	else if (strcmp(command, "whoami") == 0)
		whoami(argc, argv);
	else
		return 2;
	return 0;
}
