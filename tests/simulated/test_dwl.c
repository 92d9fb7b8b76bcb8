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

static void test_decoder_without_a_client(void **state)
{
	int error = 0;

	start_board("dwl on missing=init; heap reserved");
	assert_null(imx_dma_buffer_dwl_allocator_new(&error));
	assert_int_equal(error, ENODEV);
	assert_sentence("DWLInit fails, without a reason");
	assert_sentence("/dev/mxc_hantro");
	assert_nothing_left();
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_offset_of_exported_memory),
		cmocka_unit_test(test_decoder_without_a_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
