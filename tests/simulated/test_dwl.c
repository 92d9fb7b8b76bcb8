/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is said of libhantro where it gives no memory.
 */
#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dwl_allocator.h"

/* It looks for memory in nodes of its own choice: say which. */
static void assert_refused(char const *board, int code, char const *what, char const *missing)
{
	int error = 0;

	start_board(board);
	assert_null(imx_dma_buffer_dwl_allocator_new(&error));
	assert_int_equal(error, code);
	assert_sentence(what);
	assert_sentence(missing);
	assert_nothing_left();
}

static void test_missing_nodes_are_named(void **state)
{
	assert_refused("dwl on; heap reserved", ENODEV, "DWLMallocLinear gives no memory",
		"/dev/ion (older versions; not there) or /dev/dma_heap/linux,cma-uncached (newer ones; not there)");
	assert_refused("dwl on missing=init; heap reserved", ENODEV, "DWLInit fails",
		"linux,cma-uncached (newer ones; not there)");
	assert_refused("heap linux,cma-uncached", ENODEV, "DWLInit fails",
		"/dev/mxc_hantro, which is not there, and takes memory from /dev/ion (older versions; not there) or "
		"/dev/dma_heap/linux,cma-uncached (newer ones; there)");
}

/* All nodes are there: what is missing is memory. */
static void test_memory_that_is_used_up(void **state)
{
	assert_refused("phys native; dwl on; heap linux,cma-uncached limit=0", ENODEV, "DWLMallocLinear gives no memory",
		"it may be used up");
	assert_refused("dwl on missing=init; ion new", ENODEV, "DWLInit fails", "/dev/ion (older versions; there)");
	assert_refused("dwl on memory=/dev/ion; ion new", ENODEV, "DWLMallocLinear gives no memory", "it may be used up");
}

static void test_closed_nodes_are_named(void **state)
{
	assert_refused("dwl on open=EACCES; heap linux,cma-uncached", EACCES, "DWLInit fails",
		"may not open /dev/mxc_hantro (EACCES");
	/* As a device cgroup answers. */
	assert_refused("dwl on open=EPERM; heap linux,cma-uncached", EPERM, "DWLInit fails",
		"may not open /dev/mxc_hantro (EPERM");
	assert_refused("dwl on; heap linux,cma-uncached open=EACCES", EACCES, "DWLMallocLinear gives no memory",
		"may not open /dev/dma_heap/linux,cma-uncached (EACCES");
	assert_refused("dwl on; ion new open=EPERM", EPERM, "DWLMallocLinear gives no memory",
		"may not open /dev/ion (EPERM");
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_missing_nodes_are_named),
		cmocka_unit_test(test_memory_that_is_used_up),
		cmocka_unit_test(test_closed_nodes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
