/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory of libhantro: its offset in the DMA-BUF, and messages if there is no memory.
 */
#include <unistd.h>

#include "board.h"
#include "imxdmabuffer/imxdmabuffer_dwl_allocator.h"

/*
 * Check a buffer's offset in its DMA-BUF. If the kernel does not report the address, the library assumes that buffer
 * and DMA-BUF begin in the same page. Otherwise it computes the offset, which may be larger.
 */
static void assert_offset(char const *board, size_t expected)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	size_t offset = 77;
	int fd;

	start_board(board);
	allocator = new_allocator("dwl", 0);
	buffer = new_buffer(allocator, 5000);
	fd = imx_dma_buffer_export_fd(buffer, &offset, NULL);
	assert_true(fd > 0);
	assert_int_equal(offset, expected);
	assert_int_equal(sim_physical_address(fd, offset), imx_dma_buffer_get_physical_address(buffer));
	close(fd);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_offset_of_exported_memory(void **state)
{
	assert_offset("phys absent; dwl on skew=256; heap linux,cma-uncached", 256);
	assert_offset("phys native; dwl on skew=8448; heap linux,cma-uncached", 8448);
}

/* libhantro uses fixed nodes. The message must name them. */
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
	assert_refused("dwl on; heap reserved", ENODEV, "DWLMallocLinear fails",
		"Not there: /dev/ion, /dev/dma_heap/linux,cma-uncached");
	assert_refused("dwl on missing=init; heap reserved", ENODEV, "DWLInit fails",
		"Not there: /dev/ion, /dev/dma_heap/linux,cma-uncached");
	assert_refused("heap linux,cma-uncached", ENODEV, "DWLInit fails",
		"It uses /dev/mxc_hantro, and takes memory from /dev/ion (older versions) or "
		"/dev/dma_heap/linux,cma-uncached (newer ones), not from a heap of another name. Not there: /dev/mxc_hantro, "
		"/dev/ion");
}

/* All nodes are there, but the memory is used up. */
static void test_memory_that_is_used_up(void **state)
{
	assert_refused("phys native; dwl on; heap linux,cma-uncached limit=0", ENODEV, "DWLMallocLinear fails",
		"its memory may be used up");
	assert_refused("dwl on missing=init; ion new", ENODEV, "DWLInit fails",
		"Not there: /dev/dma_heap/linux,cma-uncached");
	assert_refused("dwl on; ion new; heap linux,cma-uncached; fail dwl-init 1 EIO 0", ENODEV, "DWLInit fails",
		"although /dev/mxc_hantro, /dev/ion and /dev/dma_heap/linux,cma-uncached are there");
	assert_refused("dwl on memory=/dev/ion; ion new", ENODEV, "DWLMallocLinear fails", "its memory may be used up");
}

static void test_closed_nodes_are_named(void **state)
{
	assert_refused("dwl on open=EACCES; heap linux,cma-uncached", EACCES, "DWLInit fails",
		"/dev/mxc_hantro: this process may not open it (EACCES");
	/* The code of a device cgroup. */
	assert_refused("dwl on open=EPERM; heap linux,cma-uncached", EPERM, "DWLInit fails",
		"/dev/mxc_hantro: this process may not open it (EPERM");
	assert_refused("dwl on; heap linux,cma-uncached open=EACCES", EACCES, "DWLMallocLinear fails",
		"/dev/dma_heap/linux,cma-uncached: this process may not open it (EACCES");
	/* One usable memory node of the two is enough. */
	assert_refused("dwl on memory=/dev/dma_heap/linux,cma-uncached; heap linux,cma-uncached limit=1K; ion new "
				   "open=EACCES",
		ENODEV, "DWLMallocLinear fails", "its memory may be used up");
	assert_refused("dwl on; ion new open=EPERM", EPERM, "DWLMallocLinear fails",
		"/dev/ion: this process may not open it (EPERM");
}

static void test_group_to_join_is_named(void **state)
{
	struct group const *group = some_group();
	int error = 0;

	start_board_of_group("dwl on open=EACCES mode=0660", group, "; heap linux,cma-uncached");
	assert_null(imx_dma_buffer_dwl_allocator_new(&error));
	assert_int_equal(error, EACCES);
	assert_sentence_with("mode 0660; add the user to group ", group);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_offset_of_exported_memory),
		cmocka_unit_test(test_missing_nodes_are_named),
		cmocka_unit_test(test_memory_that_is_used_up),
		cmocka_unit_test(test_closed_nodes_are_named),
		cmocka_unit_test(test_group_to_join_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
