/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage: test_vendor_first CASE
 *
 * First contact with a vendor's library. The library examines it once in a process, so each case runs in its own
 * process. LD_LIBRARY_PATH leads to the vendor's library of the case.
 */
#include <dlfcn.h>

#include "board.h"

/* A program that uses libg2d itself, in the same process. */
struct program {
	void *library;
	int (*close)(void *handle);
	void *handle;
};

static struct program start_program(char const *soname)
{
	struct program program = {.library = dlopen(soname, RTLD_NOW)};
	int (*open)(void **handle);

	assert_non_null(program.library);
	*(void **)&open = dlsym(program.library, "g2d_open");
	*(void **)&program.close = dlsym(program.library, "g2d_close");
	assert_int_equal(open(&program.handle), 0);
	return program;
}

static void stop_program(struct program *program)
{
	assert_int_equal(program->close(program->handle), 0);
}

/* An allocator does not depend on the program's handle, which the program may close at any time. */
static void test_programs_handle(void **state)
{
	struct program program;
	ImxDmaBufferAllocator *allocator;

	start_board("pxp 2");
	program = start_program("libg2d.so.2");
	allocator = new_allocator("g2d", 0);
	stop_program(&program);
	new_buffer(allocator, 4096);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

/* A library without free memory is not usable: the search for a default goes on. */
static void assert_passed_over(char const *name, char const *board)
{
	ImxDmaBufferAllocator *first, *second;
	int error = 0;

	start_board(board);
	first = new_allocator(NULL, 0);
	assert_string_equal(imx_dma_buffer_allocator_get_name(first), name);
	new_buffer(first, 1 << 20);
	assert_null(imx_dma_buffer_allocator_new_by_name(name, 0, &error));
	assert_int_equal(error, ENODEV);
	assert_sentence("used up");
	second = new_allocator(NULL, 0);
	assert_string_equal(imx_dma_buffer_allocator_get_name(second), "pxp");
	imx_dma_buffer_allocator_destroy(second);
	imx_dma_buffer_allocator_destroy(first);
	assert_nothing_left();
}

static void test_g2d_memory_used_up(void **state)
{
	assert_passed_over("g2d", "g2d on limit=1M; pxp 3");
}

static void test_dwl_memory_used_up(void **state)
{
	assert_passed_over("dwl",
		"phys absent; dwl on memory=/dev/dma_heap/dsp cached; heap dsp limit=1M base=0x90000000; pxp 3");
}

/* A library that must be opened but cannot be is unusable for a second allocator, too. */
static void test_unopened_is_unusable(void **state)
{
	ImxDmaBufferAllocator *allocator;
	int error = 0;

	start_board("pxp 2 limit=1M");
	allocator = new_allocator("g2d", 0);
	new_buffer(allocator, 1 << 20);
	assert_int_equal(sim_fail(SIM_CALL_G2D_OPEN, 1, EACCES, 0), 0);
	assert_null(imx_dma_buffer_allocator_new_by_name("g2d", 0, &error));
	assert_int_equal(error, ENODEV);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

/* A version that the program has loaded comes first, even before the preferred version. */
static void test_loaded_one_wins(void **state)
{

	start_board("g2d on");
	assert_non_null(dlopen("libg2d.so.1", RTLD_NOW));
	assert_string_equal(query("g2d").node, "libg2d.so.1");
	assert_null(dlopen("libg2d.so.2", RTLD_NOW | RTLD_NOLOAD));
	/* The preferred version was available. */
	assert_non_null(dlopen("libg2d.so.2", RTLD_NOW));
	assert_nothing_left();
}

int main(int argc, char **argv)
{
	struct CMUnitTest const tests[] = {
		{"programs-handle", test_programs_handle, NULL, NULL, NULL},
		{"g2d-memory-used-up", test_g2d_memory_used_up, NULL, NULL, NULL},
		{"dwl-memory-used-up", test_dwl_memory_used_up, NULL, NULL, NULL},
		{"loaded-one-wins", test_loaded_one_wins, NULL, NULL, NULL},
		{"unopened-is-unusable", test_unopened_is_unusable, NULL, NULL, NULL},
	};

	for (size_t i = 0; argc == 2 && i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct CMUnitTest const test[] = {tests[i]};

		if (strcmp(tests[i].name, argv[1]) == 0)
			return cmocka_run_group_tests(test, NULL, NULL);
	}
	fprintf(stderr, "usage: %s CASE\n", argv[0]);
	return 2;
}
