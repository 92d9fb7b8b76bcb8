/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * init of a test guest: mounts file systems, runs the programs of /vm/plan one after the other, and sends their output
 * and exit status to the runner.
 *
 * The plan is a sequence of zero-terminated texts, see plan() in run.py. The channel carries frames of one byte (the
 * kind), four bytes (the length, little endian) and the content:
 *   R  the guest is up         B  number of the program that begins
 *   O  standard output         E  standard error
 *   F  "NUMBER exit CODE MILLISECONDS", or signal or timeout instead of exit
 *   X  error message: the guest cannot continue     Z  all programs are done
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PLAN "/vm/plan"
#define MODULE "/vm/imx_devices.ko"
#define MAX_TEXTS 256

static int channel = -1;
static char *plan_position;
static char *plan_end;

static void write_all(char const *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(channel, data, length);

		if (written > 0) {
			data += written;
			length -= (size_t)written;
		} else if (errno != EINTR && errno != EAGAIN) {
			return;
		}
	}
}

static void frame(char kind, void const *data, size_t length)
{
	char head[5] = {kind, (char)length, (char)(length >> 8), (char)(length >> 16), (char)(length >> 24)};

	write_all(head, sizeof(head));
	write_all(data, length);
}

static void __attribute__((format(printf, 2, 3))) frame_text(char kind, char const *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	frame(kind, text, strlen(text));
}

/* The SABRE Lite cannot switch itself off: the runner ends QEMU after the last frame. */
static void __attribute__((noreturn)) leave(void)
{
	if (channel >= 0)
		tcdrain(channel);
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void __attribute__((noreturn, format(printf, 1, 2))) give_up(char const *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (channel >= 0)
		frame('X', text, strlen(text));
	else
		dprintf(STDERR_FILENO, "init: %s\n", text);
	leave();
}

static char *next_text(void)
{
	char *text = plan_position;

	if (text >= plan_end)
		give_up("the plan is too short");
	plan_position += strlen(text) + 1;
	return text;
}

static long next_number(void)
{
	return strtol(next_text(), NULL, 10);
}

/* Read a count and that many texts. NULL ends the list. */
static void next_list(char *list[MAX_TEXTS + 1])
{
	long count = next_number();

	if (count > MAX_TEXTS)
		give_up("more than %d texts in a list of the plan", MAX_TEXTS);
	for (long i = 0; i < count; i++)
		list[i] = next_text();
	list[count] = NULL;
}

static void read_plan(void)
{
	struct stat status;
	int fd = open(PLAN, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) < 0)
		give_up("cannot open %s: %s", PLAN, strerror(errno));
	plan_position = calloc(1, (size_t)status.st_size + 1);
	if (plan_position == NULL || read(fd, plan_position, (size_t)status.st_size) != status.st_size)
		give_up("cannot read %s", PLAN);
	plan_end = plan_position + status.st_size;
	close(fd);
}

static void mount_one(char const *type, char const *where, char const *options)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, options) < 0)
		give_up("cannot mount %s on %s: %s", type, where, strerror(errno));
}

static void make_link(char const *target, char const *path)
{
	if (symlink(target, path) < 0 && errno != EEXIST)
		give_up("cannot create %s: %s", path, strerror(errno));
}

static void mount_all(void)
{
	umask(0);
	mount_one("proc", "/proc", NULL);
	mount_one("sysfs", "/sys", NULL);
	mount_one("devtmpfs", "/dev", NULL);
	mount_one("debugfs", "/sys/kernel/debug", NULL);
	mount_one("tmpfs", "/dev/shm", "mode=1777");
	mount_one("tmpfs", "/run", NULL);
	make_link("/proc/self/fd", "/dev/fd");
	make_link("fd/0", "/dev/stdin");
	make_link("fd/1", "/dev/stdout");
	make_link("fd/2", "/dev/stderr");
	umask(022);
}

/* Serial lines are set to raw mode, as the terminal layer changes bytes otherwise. */
static void open_channel(char const *path)
{
	struct termios settings;

	channel = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (channel < 0)
		give_up("cannot open the channel %s: %s", path, strerror(errno));
	if (tcgetattr(channel, &settings) == 0) {
		cfmakeraw(&settings);
		settings.c_cflag |= CLOCAL;
		cfsetspeed(&settings, B4000000);
		tcsetattr(channel, TCSANOW, &settings);
	}
}

static void load_module(char const *arguments)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, arguments, 0) < 0)
		give_up("cannot load %s with \"%s\": %s", MODULE, arguments, strerror(errno));
	close(fd);
}

/* Each entry has four texts: path, access mode in octal, owner and group. */
static void set_access(void)
{
	for (long count = next_number(); count > 0; count--) {
		char const *path = next_text();
		mode_t mode = (mode_t)strtoul(next_text(), NULL, 8);
		uid_t user = (uid_t)next_number();
		gid_t group = (gid_t)next_number();

		if (chown(path, user, group) < 0 || chmod(path, mode) < 0)
			give_up("cannot change the access to %s: %s", path, strerror(errno));
	}
}

struct program {
	long number;
	uid_t user;
	gid_t group;
	gid_t groups[MAX_TEXTS];
	size_t num_groups;
	long timeout_ms;
	char *environment[MAX_TEXTS + 1];
	char *arguments[MAX_TEXTS + 1];
};

static void next_program(struct program *program)
{
	char *groups[MAX_TEXTS + 1];

	program->user = (uid_t)next_number();
	program->group = (gid_t)next_number();
	next_list(groups);
	for (program->num_groups = 0; groups[program->num_groups] != NULL; program->num_groups++)
		program->groups[program->num_groups] = (gid_t)strtoul(groups[program->num_groups], NULL, 10);
	program->timeout_ms = next_number() * 1000;
	next_list(program->environment);
	next_list(program->arguments);
}

static void __attribute__((noreturn)) become(struct program *program, int output, int errors)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	if (setgroups(program->num_groups, program->groups) < 0 || setgid(program->group) < 0 ||
		setuid(program->user) < 0 || chdir("/tmp") < 0)
		_exit(126);
	execve(program->arguments[0], program->arguments, program->environment);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", program->arguments[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/* Forward the available output. Return 0 at the end of the pipe. */
static int forward(int fd, char kind)
{
	static char buffer[16384];
	ssize_t length = read(fd, buffer, sizeof(buffer));

	if (length > 0)
		frame(kind, buffer, (size_t)length);
	return length > 0 || (length < 0 && errno == EINTR);
}

/* Reap all processes that have ended. Return 1 if the program is one of them. */
static int reap(pid_t program, int *status)
{
	int any_status, ended = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &any_status, WNOHANG)) > 0) {
		if (pid == program) {
			*status = any_status;
			ended = 1;
		}
	}
	return ended;
}

/* Forward output until the program ends. Return 0 if the deadline passes first. */
static int watch(pid_t pid, int pipes[2], int signals, long deadline, int *status)
{
	struct pollfd polled[3] = {{pipes[0], POLLIN, 0}, {pipes[1], POLLIN, 0}, {signals, POLLIN, 0}};
	struct signalfd_siginfo info;

	for (;;) {
		long left = deadline - now_ms();

		if (left <= 0)
			return 0;
		if (poll(polled, 3, (int)left) < 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (polled[i].revents != 0 && !forward(polled[i].fd, "OE"[i]))
				polled[i].fd = -1;
		if (polled[2].revents != 0 && read(signals, &info, sizeof(info)) > 0 && reap(pid, status))
			return 1;
	}
}

/* Kill all processes that the program left behind, and forward the rest of the output. */
static void clean_up(int pipes[2])
{
	kill(-1, SIGKILL);
	for (int i = 0; i < 2; i++) {
		while (forward(pipes[i], "OE"[i]))
			;
		close(pipes[i]);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void report(long number, int ended, int status, long duration)
{
	if (!ended)
		frame_text('F', "%ld timeout 0 %ld", number, duration);
	else if (WIFSIGNALED(status))
		frame_text('F', "%ld signal %d %ld", number, WTERMSIG(status), duration);
	else
		frame_text('F', "%ld exit %d %ld", number, WEXITSTATUS(status), duration);
}

static void run(struct program *program, int signals)
{
	int output[2], errors[2], status = 0, ended;
	long begin;
	pid_t pid;

	if (pipe2(output, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		give_up("cannot create a pipe: %s", strerror(errno));
	frame_text('B', "%ld", program->number);
	begin = now_ms();
	pid = fork();
	if (pid < 0)
		give_up("cannot fork: %s", strerror(errno));
	if (pid == 0)
		become(program, output[1], errors[1]);
	close(output[1]);
	close(errors[1]);
	ended = watch(pid, (int[2]){output[0], errors[0]}, signals, begin + program->timeout_ms, &status);
	clean_up((int[2]){output[0], errors[0]});
	report(program->number, ended, status, now_ms() - begin);
}

static int block_child_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(void)
{
	static struct program program;
	char const *module_arguments;
	int signals;
	long count;

	read_plan();
	mount_all();
	open_channel(next_text());
	signals = block_child_signal();
	/* An empty text means no module. Otherwise the arguments follow an equals sign. */
	module_arguments = next_text();
	if (module_arguments[0] == '=')
		load_module(module_arguments + 1);
	set_access();
	frame('R', "", 0);
	count = next_number();
	for (program.number = 0; program.number < count; program.number++) {
		next_program(&program);
		run(&program, signals);
	}
	frame('Z', "", 0);
	leave();
}
