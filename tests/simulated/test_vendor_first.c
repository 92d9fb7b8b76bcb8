/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage: test_vendor_first CASE
 *
 * What the library does when it meets a vendor's library: it learns that once in a process, so each case has one of its
 * own. LD_LIBRARY_PATH leads to the library that the case is about.
 */
#include <dlfcn.h>

#include "board.h"

/* A program that uses libg2d itself, as it is in the process then. */
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

/* An allocator does not live on the program's handle: the program may close it at any time. */
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

/* Opening takes a part of the GPU: a library that has been seen to give memory without is never opened. */
static void test_no_handle_without_need(void **state)
{
	struct program program;

	start_board("g2d on");
	imx_dma_buffer_allocator_destroy(new_allocator("g2d", 0));
	program = start_program("libg2d.so.2");
	sim_reset_counts();
	imx_dma_buffer_allocator_destroy(new_allocator("g2d", 0));
	assert_int_equal(sim_count(SIM_CALL_G2D_OPEN), 0);
	stop_program(&program);
	assert_nothing_left();
}

int main(int argc, char **argv)
{
	struct CMUnitTest const tests[] = {
		{"programs-handle", test_programs_handle, NULL, NULL, NULL},
		{"no-handle-without-need", test_no_handle_without_need, NULL, NULL, NULL},
	};

	for (size_t i = 0; argc == 2 && i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct CMUnitTest const test[] = {tests[i]};

		if (strcmp(tests[i].name, argv[1]) == 0)
			return cmocka_run_group_tests(test, NULL, NULL);
	}
	fprintf(stderr, "usage: %s CASE\n", argv[0]);
	return 2;
}
