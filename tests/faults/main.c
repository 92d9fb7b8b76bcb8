/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes every call in the library fail in turn: system calls and vendor calls that the simulator sees, and allocations
 * with malloc().
 *
 * Each scenario runs once without a failure, to count the calls of each kind. Then it runs again, in a fork, for each
 * kind, each position and each error of that kind, with that failure alone: once, and with the first error of the kind
 * also from there on. Each time, the caller must get an error, nothing may stay behind, and the scenario right after it
 * must pass as in the first run.
 *
 * With FAULTS=some in the environment each position fails with every third error only, and the next position with
 * another third.
 *
 * usage: faults ALLOCATOR POLICY BOARD [SCENARIO]   with ALLOCATOR as for new_allocator_of_board()
 *        faults --functions ALLOCATOR POLICY BOARD   only the names of the functions that the scenarios call
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errors.h"
#include "heap.h"
#include "scenarios.h"
#include "sim.h"

/* Besides the kinds of the simulator. */
#define HEAP SIM_CALLS
#define KINDS (SIM_CALLS + 1)

/* Fewer points than this mean that the counting does not work. */
#define FEWEST 300

struct fault {
	int kind; /* enum sim_call, or HEAP */
	unsigned int nth; /* 0: none */
	int code;
	bool for_good;
	bool hidden; /* the caller must not notice */
};

/* The results of the run without a failure, in memory that forks share. */
static struct {
	unsigned int counts[KINDS];
	struct trace trace;
} * reference;

static struct {
	size_t descriptors;
	unsigned int mappings;
} before;

static char const *kind_name(int kind)
{
	return (kind == HEAP) ? "malloc" : sim_call_name((enum sim_call)kind);
}

static void start_board(void)
{
	sim_reset();
	if (sim_configure(board.configuration) == 0)
		return;
	fprintf(stderr, "%s: %s\n", board.configuration, sim_message());
	exit(2);
}

static size_t count_descriptors(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Count the mappings of memory files: the simulator has no other memory. */
static unsigned int count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned int count = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		count += strstr(line, "/memfd:") != NULL;
	if (maps)
		fclose(maps);
	return count;
}

/* Once opened, the node of the IPU stays open, and the library keeps a record of it: one descriptor, one block. */
static unsigned int count_kept_nodes(void)
{
	char link[32], path[32];
	unsigned int kept = 0;

	for (int fd = 0; fd < 256 && kept == 0; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		memset(path, 0, sizeof(path));
		kept = readlink(link, path, sizeof(path) - 1) > 0 && strcmp(path, "/dev/mxc_ipu") == 0;
	}
	return kept;
}

static void check_leaks(enum left left)
{
	unsigned int live, huge, kept, blocks;
	void const *caller = NULL;
	size_t size = 0;

	sim_forget_failures();
	live = sim_live_buffers();
	huge = sim_huge_pages_used();
	kept = count_kept_nodes();
	if (left == LEFT_BY_VENDOR)
		return;

	/*
	 * The dynamic linker keeps the text of the last failure until dlerror() returns it, and its record until the next
	 * call.
	 */
	dlerror();
	dlerror();
	blocks = heap_left(&size, &caller);
	if (blocks != kept)
		problem("%u malloc'd blocks are left, one of %zu bytes from %p", blocks, size, caller);
	if (count_descriptors() != before.descriptors + kept)
		problem("%zu descriptors are open instead of %zu", count_descriptors(), before.descriptors);
	if (left == LEFT_MEMORY)
		return;
	if (count_mappings() != before.mappings)
		problem("%u memory files are mapped instead of %u", count_mappings(), before.mappings);
	if (live != 0 || huge != 0)
		problem("%u buffers and %u huge pages are left", live, huge);
}

/* Run the scenario with the failure, and record the results in the trace. */
static void run(struct scenario const *scenario, struct fault const *fault, struct trace *trace)
{
	start_board();
	check_start(trace, fault->nth == 0);
	heap_watch();
	if (fault->nth != 0 && fault->kind == HEAP)
		heap_fail(fault->nth, fault->for_good);
	else if (fault->nth != 0)
		sim_fail((enum sim_call)fault->kind, fault->nth, fault->code, fault->for_good ? 0 : 1);
	scenario->run();
}

static void compare(struct trace const *trace, char const *when)
{
	unsigned int i = 0;

	while (i < trace->length && i < reference->trace.length && trace->calls[i].code == reference->trace.calls[i].code)
		i++;
	if (i < trace->length && i < reference->trace.length)
		problem("%s, call %u, %s, ended with %d instead of %d", when, i + 1, trace->calls[i].function,
			trace->calls[i].code, reference->trace.calls[i].code);
	else if (trace->length != reference->trace.length)
		problem("%s there were %u calls instead of %u", when, trace->length, reference->trace.length);
}

/*
 * If malloc'd memory runs out, the first call that reports it returns ENOMEM. The dynamic linker returns no code: if it
 * cannot load a library for lack of memory, the library counts as missing.
 */
static void check_heap_code(struct trace const *trace)
{
	for (unsigned int i = 0; i < trace->length && i < reference->trace.length; i++) {
		if (trace->calls[i].code == reference->trace.calls[i].code)
			continue;
		if (trace->calls[i].code != ENOMEM && trace->calls[i].code != ENODEV && trace->calls[i].code != -1)
			problem("%s failed with %d, not ENOMEM", trace->calls[i].function, trace->calls[i].code);
		return;
	}
}

static unsigned int count_calls(int kind, unsigned int heap_calls)
{
	return (kind == HEAP) ? heap_calls : (unsigned int)sim_count((enum sim_call)kind);
}

static int run_without(struct scenario const *scenario)
{
	struct fault const none = {.nth = 0};
	unsigned int heap_calls;

	check_label("%s", scenario->name);
	run(scenario, &none, &reference->trace);
	heap_calls = heap_unwatch();
	for (int kind = SIM_CALL_ANY + 1; kind < KINDS; kind++)
		reference->counts[kind] = count_calls(kind, heap_calls);
	check_leaks(LEFT_NOTHING);
	return check_end() != 0;
}

static int run_with(struct scenario const *scenario, struct fault const *fault)
{
	static struct trace trace;
	struct fault const none = {.nth = 0};
	bool is_done_again = fault->kind == HEAP || fault->code == EINTR;
	enum left left = is_done_again ? LEFT_NOTHING : errors_of((enum sim_call)fault->kind)->left;
	unsigned int problems;

	check_label("%s, %s %u %s %s", scenario->name, kind_name(fault->kind), fault->nth,
		fault->for_good ? "and all after it fail with" : "fails with", strerrorname_np(fault->code));
	run(scenario, fault, &trace);
	if (count_calls(fault->kind, heap_unwatch()) < fault->nth)
		problem("the call was not made this time");
	check_leaks(left);
	/* After a leak, addresses of later blocks differ as well, so compare only if nothing leaked. */
	if (fault->hidden && left == LEFT_NOTHING)
		compare(&trace, "with the failure");
	else if (fault->kind == HEAP)
		check_heap_code(&trace);
	problems = check_end();
	run(scenario, &none, &trace);
	heap_unwatch();
	compare(&trace, "after the failure");
	return problems + check_end() != 0;
}

/* Run in a fork, so that the library has no state from earlier runs. Returns true if all was well. */
static bool in_fork(struct scenario const *scenario, struct fault const *fault)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		alarm(600);
		_exit((fault->nth == 0) ? run_without(scenario) : run_with(scenario, fault));
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	if (WIFSIGNALED(status) || WEXITSTATUS(status) > 1)
		printf("# %s, %s %u, %s: ended with %s %d\n", scenario->name, kind_name(fault->kind), fault->nth,
			strerrorname_np(fault->code), WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return status == 0;
}

static bool some_only;

static bool is_chosen(size_t index, unsigned int nth)
{
	return !some_only || (index + nth) % 3 == 0;
}

/* Drive all errors at one position. Returns their number; counts failures in *bad. */
static unsigned int drive_position(struct scenario const *scenario, int kind, unsigned int nth, unsigned int *bad)
{
	static struct errors const heap_errors = {.fails = {ENOMEM}};
	struct errors const *errors = (kind == HEAP) ? &heap_errors : errors_of((enum sim_call)kind);
	struct fault fault = {.kind = kind, .nth = nth};
	unsigned int points = 0;

	for (size_t i = 0; errors->hidden[i] != 0; i++) {
		if (!is_chosen(i, nth))
			continue;
		points++;
		fault.code = errors->hidden[i];
		fault.hidden = true;
		*bad += !in_fork(scenario, &fault);
	}
	fault.hidden = false;
	for (size_t i = 0; errors->fails[i] != 0; i++) {
		if (!is_chosen(i, nth))
			continue;
		points++;
		fault.code = errors->fails[i];
		*bad += !in_fork(scenario, &fault);
	}
	if (errors->fails[0] == 0 || !is_chosen(2, nth))
		return points;
	fault.code = errors->fails[0];
	fault.for_good = true;
	*bad += !in_fork(scenario, &fault);
	return points + 1;
}

/* Every ioctl of the scenario has a kind of its own and is driven by that kind. */
static bool is_covered(int kind)
{
	unsigned int others = 0;

	for (int other = SIM_CALL_IOCTL + 1; other < SIM_CALLS; other++)
		others += reference->counts[other];
	return kind == SIM_CALL_IOCTL && others == reference->counts[SIM_CALL_IOCTL];
}

static unsigned int drive(struct scenario const *scenario, unsigned int *bad)
{
	struct fault const none = {.nth = 0};
	unsigned int points = 0;

	if (!in_fork(scenario, &none)) {
		++*bad;
		return 0;
	}
	for (int kind = SIM_CALL_ANY + 1; kind < KINDS; kind++)
		for (unsigned int nth = 1; nth <= reference->counts[kind] && !is_covered(kind); nth++)
			points += drive_position(scenario, kind, nth, bad);
	return points;
}

static struct scenario const *const tables[] = {
	allocator_scenarios, kind_scenarios, buffer_scenarios, wrapped_scenarios, passing_scenarios, pool_scenarios};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

static int print_functions(void)
{
	struct fault const none = {.nth = 0};
	char const *const *functions = check_functions();
	bool good = true;

	for (size_t i = 0; i < TABLES; i++)
		for (struct scenario const *scenario = tables[i]; scenario->name; scenario++)
			good = in_fork(scenario, &none) && good;
	while (*functions)
		puts(*functions++);
	return good ? 0 : 1;
}

static int drive_all(char const *only)
{
	unsigned int tests = 0, failed = 0, total = 0;

	for (size_t i = 0; i < TABLES; i++)
		for (struct scenario const *scenario = tables[i]; scenario->name; scenario++) {
			unsigned int bad = 0, points;

			if (only && strcmp(only, scenario->name) != 0)
				continue;
			points = drive(scenario, &bad);
			printf("%s %u - %s: %u failures\n", bad ? "not ok" : "ok", ++tests, scenario->name, points);
			total += points;
			failed += bad;
		}
	if (!only)
		printf("%s %u - found %u calls to fail\n", (total >= FEWEST) ? "ok" : "not ok", ++tests, total);
	printf("1..%u\n# %u failures driven, %u with problems\n", tests, total, failed);
	return (failed == 0) ? 0 : 1;
}

/*
 * Let the C library make its lasting allocations first: name services, former values of variables, and libraries. And
 * the library its own: room for the messages of this thread.
 */
static void warm_up(void)
{
	dlopen("libm.so.6", RTLD_NOW | RTLD_GLOBAL);
	dlopen("libg2d.so.2", RTLD_NOW);
	dlopen("libg2d.so.1", RTLD_NOW);
	dlopen("libhantro.so.1", RTLD_NOW);
	dlopen("libnothing.so", RTLD_NOW);
	dlerror();
	setenv("IMXDMABUFFER_ALLOCATOR", board.allocator, 1);
	setenv("IMXDMABUFFER_ALLOCATOR", "nothing", 1);
	setenv("IMXDMABUFFER_ALLOCATOR", "", 1);
	getpwuid(0);
	getgrgid(0);
	strerror(EPERM);
	imx_dma_buffer_allocator_new_by_name("nothing", 0, NULL);
}

int main(int argc, char **argv)
{
	bool functions = argc > 1 && strcmp(argv[1], "--functions") == 0;

	argv += functions;
	argc -= functions;
	if (argc < 4) {
		fprintf(stderr, "usage: faults [--functions] ALLOCATOR POLICY BOARD [SCENARIO]\n");
		return 2;
	}
	some_only = getenv("FAULTS") && strcmp(getenv("FAULTS"), "some") == 0;
	board = (struct board){.policy = argv[2], .configuration = argv[3]};
	describe_board(argv[1]);
	setenv("IMXDMABUFFER_PHYSICAL_ADDRESS", board.policy, 1);
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	reference = mmap(NULL, sizeof(*reference), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (reference == MAP_FAILED || !check_functions())
		return 2;
	warm_up();
	before.descriptors = count_descriptors();
	before.mappings = count_mappings();
	return functions ? print_functions() : drive_all(argv[4]);
}
