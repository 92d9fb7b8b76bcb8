/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of what sessions and range calls do: the kernel's calls with their flags, lines, barriers.
 */
#include "board.h"
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define OVERWRITE IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE
#define TO IMX_DMA_BUFFER_TO_DEVICE
#define FROM IMX_DMA_BUFFER_FROM_DEVICE
#define SIZE 20000
#define ION_FLAG_CACHED 1

/* A board, the steps of its sessions, and those of its range calls. */
static struct {
	char const *board;
	char const *read[2], *write[2], *overwrite[2];
	char const *for_device, *for_cpu;
} const ways[] = {
	{"heap reserved; phys absent; pagemap privileged", {"start-r", "end-r"}, {"start-rw", "end-rw"},
		{"start-w", "end-rw"}, "end-rw", "end-rw start-r"},
	{"heap reserved; phys native", {"start-r phys", "end-r"}, {"start-rw phys", "end-rw phys"},
		{"start-w", "end-rw phys"}, "phys", "phys"},
	{"heap reserved; phys absent; pagemap privileged; render lima", {"end-rw start-r", "end-r"},
		{"end-rw start-rw", "end-rw"}, {"start-w", "end-rw"}, "end-rw", "end-rw start-r"},
	{"ion new gki heap reserved id=0; phys absent; dmabuf-imx on", {"start-r", "end-r"}, {"start-rw", "end-rw"},
		{"start-w", "end-rw"}, "start-w end-rw", "start-w end-rw start-r end-w"},
	{"udmabuf on; phys absent", {"start-r", "end-r"}, {"start-rw", "end-rw"}, {"start-w", "end-rw"}, "start-w end-rw",
		"start-w end-rw start-r end-w"},
	/* The kernel comes first and last: it may copy between the memory and a bounce buffer. */
	{"cpu arm64; heap reserved; phys native", {"start-r barrier-before flush barrier-after", "barrier-after end-r"},
		{"start-rw barrier-before flush barrier-after", "clean barrier-after end-rw"},
		{"start-w barrier-before barrier-after", "clean barrier-after end-rw"}, "clean barrier-after",
		"barrier-before flush barrier-after"},
	{"cpu arm64; heap reserved-uncached; phys native", {"barrier-before", "barrier-after"},
		{"barrier-before", "barrier-after"}, {"barrier-before", "barrier-after"}, "barrier-after", "barrier-before"},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static ImxDmaBufferAllocator *allocator;
static ImxDmaBuffer *buffer;

static void begin(char const *board)
{
	start_board(board);
	if (strncmp(board, "ion", 3) == 0)
		allocator = imx_dma_buffer_ion_allocator_new(-1, 1, ION_FLAG_CACHED, NULL);
	else
		allocator = new_allocator((strncmp(board, "udmabuf", 7) == 0) ? "host:udmabuf" : NULL, 0);
	assert_non_null(allocator);
	buffer = new_buffer(allocator, SIZE);
}

/* The first session may look for the strategy. */
static void choose_strategy(void)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};

	assert_int_equal(imx_dma_buffer_query_properties(buffer, &properties, NULL), 0);
}

static void assert_session(unsigned int flags, char const *const steps[2])
{
	sim_reset_counts();
	assert_non_null(imx_dma_buffer_map(buffer, flags, NULL));
	assert_string_equal(sim_sync_steps(), steps[0]);
	sim_reset_counts();
	imx_dma_buffer_unmap(buffer);
	assert_string_equal(sim_sync_steps(), steps[1]);
}

static void test_sessions(void **state)
{
	for (size_t i = 0; i < WAYS; i++) {
		begin(ways[i].board);
		choose_strategy();
		assert_session(READ, ways[i].read);
		assert_session(WRITE, ways[i].write);
		assert_session(0, ways[i].write);
		assert_session(WRITE | OVERWRITE, ways[i].overwrite);
		if (!strstr(ways[i].board, "render"))
			assert_int_equal(sim_open_accesses(imx_dma_buffer_get_fd(buffer)), 0);
		imx_dma_buffer_allocator_destroy(allocator);
	}
}

static void assert_call(int (*call)(ImxDmaBuffer *, ImxDmaBufferRange const *, size_t, ImxDmaBufferDirection, int *),
	ImxDmaBufferDirection direction, char const *steps)
{
	ImxDmaBufferRange const range = {64, 64};

	sim_reset_counts();
	assert_int_equal(call(buffer, &range, 1, direction, NULL), 0);
	assert_string_equal(sim_sync_steps(), steps);
}

/* END comes before START, which discards what is not clean. The accesses of ION balance. */
static void test_ranges(void **state)
{
	for (size_t i = 0; i < WAYS; i++) {
		begin(ways[i].board);
		choose_strategy();
		assert_non_null(imx_dma_buffer_map(buffer, MANUAL, NULL));
		assert_call(imx_dma_buffer_sync_for_device, TO, ways[i].for_device);
		assert_call(imx_dma_buffer_sync_for_device, FROM, ways[i].for_device);
		assert_call(imx_dma_buffer_sync_for_cpu, FROM, ways[i].for_cpu);
		assert_call(imx_dma_buffer_sync_for_cpu, TO, "");
		if (strncmp(ways[i].board, "ion", 3) == 0)
			assert_int_equal(sim_open_accesses(imx_dma_buffer_get_fd(buffer)), 0);
		imx_dma_buffer_allocator_destroy(allocator);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_sessions),
	cmocka_unit_test(test_ranges),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
