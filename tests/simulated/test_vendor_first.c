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

/* Opening takes a part of the GPU: a library that gave memory without being opened is never opened. */
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

/* A library without free memory is still the default in a process that used the memory up: it may be freed again. */
static void assert_default_stays(char const *name, char const *board, imx_physical_address_t base)
{
	ImxDmaBufferAllocator *first, *second;
	ImxDmaBufferAllocatorInfo *list, *entry;
	ImxDmaBufferProperties before, after;
	ImxDmaBuffer *buffer;
	int error = 0;

	start_board(board);
	first = new_allocator(NULL, 0);
	assert_string_equal(imx_dma_buffer_allocator_get_name(first), name);
	buffer = new_buffer(first, 1 << 20);
	assert_int_equal(imx_dma_buffer_get_properties(buffer, &before, NULL), 0);
	second = new_allocator(NULL, 0);
	assert_string_equal(imx_dma_buffer_allocator_get_name(second), name);
	assert_null(imx_dma_buffer_allocate(second, 4096, 1, &error));
	assert_int_equal(error, ENOMEM);
	entry = list_entry(&list, name);
	assert_int_equal(entry->error, ENOMEM);
	assert_int_equal(entry->is_default, 1);
	imx_dma_buffer_free_allocator_list(list);
	imx_dma_buffer_allocator_destroy(first);
	/* The second allocator had no memory to examine. It uses the properties that the first one found. */
	buffer = new_buffer(second, 1 << 20);
	assert_int_equal(imx_dma_buffer_get_properties(buffer, &after, NULL), 0);
	assert_int_equal(after.cached, before.cached);
	memset(imx_dma_buffer_map(buffer, 0, NULL), 1, 1 << 20);
	assert_int_equal(imx_dma_buffer_get_physical_address(buffer), base);
	imx_dma_buffer_allocator_destroy(second);
	/* No earlier result is left to show that the library has any memory. */
	assert_int_equal(sim_fail(SIM_CALL_G2D_ALLOC, 1, ENOMEM, 0), 0);
	assert_int_equal(sim_fail(SIM_CALL_DWL_MALLOC, 1, ENOMEM, 0), 0);
	first = new_allocator(NULL, 0);
	assert_string_equal(imx_dma_buffer_allocator_get_name(first), "pxp");
	imx_dma_buffer_allocator_destroy(first);
	assert_null(imx_dma_buffer_allocator_new_by_name(name, 0, &error));
	assert_int_equal(error, ENODEV);
	assert_sentence("used up");
	assert_nothing_left();
}

static void test_g2d_memory_used_up(void **state)
{
	assert_default_stays("g2d", "g2d on limit=1M base=0x190000000; pxp 3", 0x190000000ul);
}

static void test_dwl_memory_used_up(void **state)
{
	assert_default_stays("dwl",
		"phys absent; dwl on memory=/dev/dma_heap/dsp cached; heap dsp limit=1M base=0x90000000; ion new; pxp 3",
		0x90000000ul);
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
	ImxDmaBufferAllocatorInfo *list;

	start_board("g2d on");
	assert_non_null(dlopen("libg2d.so.1", RTLD_NOW));
	assert_string_equal(list_entry(&list, "g2d")->node, "libg2d.so.1");
	imx_dma_buffer_free_allocator_list(list);
	assert_null(dlopen("libg2d.so.2", RTLD_NOW | RTLD_NOLOAD));
	/* The preferred version was available. */
	assert_non_null(dlopen("libg2d.so.2", RTLD_NOW));
	assert_nothing_left();
}

int main(int argc, char **argv)
{
	struct CMUnitTest const tests[] = {
		{"programs-handle", test_programs_handle, NULL, NULL, NULL},
		{"no-handle-without-need", test_no_handle_without_need, NULL, NULL, NULL},
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
