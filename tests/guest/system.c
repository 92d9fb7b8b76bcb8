/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program imxdmabuffer on a real kernel: holders of DMA-BUFs, leaks, free memory of CMA, faults of the board.
 * usage: system holders | system areas | system doctor ID | system check DEVICE
 * ID: of the first finding, or "none". DEVICE: the witness, as for --witness.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "guest.h"

#define PROGRAM "/usr/bin/imxdmabuffer"
#define MIB ((size_t)1 << 20)
#define MAX_BUFFERS 128

/* The program, and its output so far. */
struct run {
	pid_t pid;
	int output, errors;
	char text[65536];
};

static void start(struct run *run, char **arguments)
{
	int output[2], errors[2];

	memset(run, 0, sizeof(*run));
	if (pipe2(output, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0)
		abort();
	run->pid = fork();
	if (run->pid == 0) {
		dup2(output[1], STDOUT_FILENO);
		dup2(errors[1], STDERR_FILENO);
		execv(PROGRAM, arguments);
		_exit(127);
	}
	close(output[1]);
	close(errors[1]);
	run->output = output[0];
	run->errors = errors[0];
}

/* Read all that follows, and return the exit code. */
static int finish(struct run *run)
{
	size_t length = 0;
	ssize_t count;
	int status = -1;

	while ((count = read(run->output, run->text + length, sizeof(run->text) - 1 - length)) > 0)
		length += (size_t)count;
	run->text[length] = '\0';
	close(run->output);
	close(run->errors);
	waitpid(run->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Start the program with words that are separated by blanks. */
static void start_program(struct run *run, char const *words)
{
	char copy[128], *rest = NULL, *arguments[8];
	size_t count = 0;

	snprintf(copy, sizeof(copy), PROGRAM " %s", words);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		arguments[count++] = word;
	arguments[count] = NULL;
	start(run, arguments);
}

static int run_program(struct run *run, char const *words)
{
	start_program(run, words);
	return finish(run);
}

/* A child process that does one thing at each signal, and says so. */
struct child {
	pid_t pid;
	int done;
};

static void act(int done, void (*step)(void *context), void *context)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	for (;;) {
		step(context);
		if (write(done, "x", 1) != 1 || sigwait(&set, &number) != 0)
			_exit(1);
	}
}

static struct child start_child(char const *name, void (*step)(void *context), void *context)
{
	struct child child;
	int ends[2];
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (pipe2(ends, O_CLOEXEC) != 0)
		abort();
	child.pid = fork();
	if (child.pid == 0) {
		prctl(PR_SET_NAME, name);
		act(ends[1], step, context);
	}
	close(ends[1]);
	child.done = ends[0];
	return child;
}

static bool wait_for(struct child *child)
{
	char byte;

	return read(child->done, &byte, 1) == 1;
}

static void do_nothing(void *context)
{
	(void)context;
}

/* Map the DMA-BUF, and close the descriptor: only the mapping holds it. */
static void map_only(void *context)
{
	int fd = imx_dma_buffer_export_fd(context, NULL, NULL);
	size_t size = imx_dma_buffer_get_size(context);

	if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
		_exit(1);
	imx_dma_buffer_deallocate(context);
	close(fd);
}

static void leak(void *context)
{
	for (int i = 0; i < 3; i++)
		if (!imx_dma_buffer_allocate(context, 256 << 10, 1, NULL))
			_exit(1);
}

static size_t count_lines(char const *text, char const *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

static void check_holders(struct run *run, pid_t sharer, pid_t mapper)
{
	char wanted[128];

	tap(run_program(run, "top --once") == 0, "top: %s", run->text);
	snprintf(wanted, sizeof(wanted), "sharer[%d] 1 fd", (int)sharer);
	tap(count_lines(run->text, " shared ") == 1 && strstr(run->text, wanted), "one line for the shared buffer, with %s",
		wanted);
	snprintf(wanted, sizeof(wanted), "system[%d] 1 fd", (int)getpid());
	tap(strstr(run->text, wanted) != NULL, "the shared buffer has the holder %s", wanted);
	snprintf(wanted, sizeof(wanted), "mapper[%d] 1 map\n", (int)mapper);
	tap(count_lines(run->text, " mapped ") == 1 && strstr(run->text, wanted), "one line for the mapped buffer, with %s",
		wanted);
}

static void check_leak(struct run *run, struct child *leaker)
{
	char note[256] = "", wanted[64];
	char const *found, *first;

	start_program(run, "top --diff 600");
	/* This note comes after the first survey. */
	if (read(run->errors, note, sizeof(note) - 1) <= 0)
		note[0] = '\0';
	tap(strstr(note, "note: ") != NULL, "a note: %s", note);
	kill(leaker->pid, SIGUSR1);
	wait_for(leaker);
	kill(run->pid, SIGINT);
	tap(finish(run) == 0, "top --diff: %s", run->text);
	snprintf(wanted, sizeof(wanted), "leaker[%d]", (int)leaker->pid);
	first = strstr(run->text, "\n+");
	found = first ? strstr(first, wanted) : NULL;
	tap(found && !memchr(first + 1, '\n', (size_t)(found - first - 1)) && strstr(run->text, ": 3 new DMA-BUFs"),
		"the first process that grew is %s", wanted);
}

static void test_holders(void)
{
	ImxDmaBufferAllocator *allocator = need_allocator("dma-heap", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	ImxDmaBuffer *shared = need_buffer(allocator, 4 * MIB, 1), *mapped;
	static struct run run;
	struct child sharer, mapper, leaker;

	if (!shared)
		return;
	imx_dma_buffer_set_name(shared, "shared", NULL);
	sharer = start_child("sharer", do_nothing, NULL);
	mapped = need_buffer(allocator, MIB, 1);
	imx_dma_buffer_set_name(mapped, "mapped", NULL);
	mapper = start_child("mapper", map_only, mapped);
	if (!wait_for(&sharer) || !wait_for(&mapper))
		abort();
	imx_dma_buffer_deallocate(mapped);
	leaker = start_child("leaker", leak, allocator);
	wait_for(&leaker);
	check_holders(&run, sharer.pid, mapper.pid);
	check_leak(&run, &leaker);
	kill(sharer.pid, SIGKILL);
	kill(mapper.pid, SIGKILL);
	kill(leaker.pid, SIGKILL);
	imx_dma_buffer_allocator_destroy(allocator);
}

/* Allocate buffers until it fails. Returns how many. */
static size_t fill(ImxDmaBufferAllocator *allocator, size_t size, ImxDmaBuffer *buffers[MAX_BUFFERS])
{
	size_t count = 0;

	while (count < MAX_BUFFERS && (buffers[count] = imx_dma_buffer_allocate(allocator, size, 1, NULL)))
		count++;
	return count;
}

/* Compare the forecast with the number of buffers that the heap gives. */
static void check_forecast(ImxDmaBufferAllocator *allocator, size_t size, char const *argument)
{
	ImxDmaBuffer *buffers[MAX_BUFFERS];
	static struct run run;
	char words[32], wanted[64];
	size_t count;

	snprintf(words, sizeof(words), "map %s", argument);
	tap(run_program(&run, words) == 0, "map %s: %s", argument, run.text);
	count = fill(allocator, size, buffers);
	snprintf(wanted, sizeof(wanted), " fits %zu time", count);
	tap(strstr(run.text, count ? wanted : " does not fit") != NULL, "%zu buffers of %s fit, as foretold", count,
		argument);
	for (size_t i = 0; i < count; i++)
		imx_dma_buffer_deallocate(buffers[i]);
}

/* A heap in 1 MiB pieces, of which every other one is free. */
static void test_areas(void)
{
	ImxDmaBufferAllocator *allocator = need_allocator("dma-heap", IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	ImxDmaBuffer *buffers[MAX_BUFFERS];
	static struct run run;
	size_t count = fill(allocator, MIB, buffers);

	tap(count > 32, "the heap gave %zu MiB", count);
	for (size_t i = 0; i < count; i += 2)
		imx_dma_buffer_deallocate(buffers[i]);
	check_forecast(allocator, 8 * MIB, "8M");
	check_forecast(allocator, MIB, "1M");
	tap(strstr((run_program(&run, "map"), run.text), " free in ") != NULL, "the picture: %s", run.text);
	tap(run_program(&run, "doctor --json") == 4 && strstr(run.text, "\"cma-fragmented\""),
		"doctor sees that the heap is fragmented");
	for (size_t i = 1; i < 26; i += 2)
		imx_dma_buffer_deallocate(buffers[i]);
	check_forecast(allocator, 8 * MIB, "8M");
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_doctor(char const *wanted)
{
	static struct run run;
	int code = run_program(&run, "doctor --json");
	char const *found = strstr(run.text, "\"id\":");
	char id[64] = "none";

	if (found)
		sscanf(found, "\"id\": \"%63[^\"]\"", id);
	tap(strcmp(id, wanted) == 0, "the first finding is %s, expected is %s", id, wanted);
	tap(code == (found ? 4 : 0), "exit code %d", code);
	if (strcmp(id, wanted) != 0)
		printf("# %s\n", run.text);
}

/* QEMU has no caches: no trial may find a wrong line. */
static void test_check(char const *device)
{
	static struct run run;
	char words[64];

	snprintf(words, sizeof(words), "check --json --witness %s", device);
	tap(run_program(&run, words) == 0, "check --witness %s finds coherent memory", device);
	tap(strstr(run.text, "\"verdict\":\"coherent\"") != NULL, "the document says so");
	if (!strstr(run.text, "\"verdict\":\"coherent\""))
		printf("# %s\n", run.text);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "holders") == 0)
		test_holders();
	else if (argc == 2 && strcmp(argv[1], "areas") == 0)
		test_areas();
	else if (argc == 3 && strcmp(argv[1], "doctor") == 0)
		test_doctor(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "check") == 0)
		test_check(argv[2]);
	else
		return 2;
	return tap_done();
}
