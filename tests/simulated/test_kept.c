/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kept mappings: what the last unmap leaves for the next map.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE

#define SIZE 32768

static ImxDmaBufferAllocator *new_board(char const *text, char const *limit)
{
	start_board(text);
	if (limit)
		setenv("IMXDMABUFFER_KEEP_MAPPINGS", limit, 1);
	return new_allocator(NULL, 0);
}

#define UNCACHED "heap reserved-uncached; phys native"

static uint8_t *map_and_unmap(ImxDmaBuffer *buffer, unsigned int flags)
{
	uint8_t *address = imx_dma_buffer_map(buffer, flags, NULL);

	assert_non_null(address);
	address[0] += 0;
	imx_dma_buffer_unmap(buffer);
	return address;
}

static void assert_calls(unsigned long mmaps, unsigned long munmaps, unsigned long mprotects)
{
	assert_int_equal(sim_count(SIM_CALL_MMAP), mmaps);
	assert_int_equal(sim_count(SIM_CALL_MUNMAP), munmaps);
	assert_int_equal(sim_count(SIM_CALL_MPROTECT), mprotects);
}

static void test_second_map_makes_no_call(void **state)
{
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, NULL);
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);
	uint8_t *address = map_and_unmap(buffer, 0);

	sim_reset_counts();
	for (int i = 0; i < 5; i++)
		assert_ptr_equal(map_and_unmap(buffer, (i % 2) ? READ | WRITE : 0), address);
	assert_int_equal(sim_count(SIM_CALL_ANY), 0);
	imx_dma_buffer_deallocate(buffer);
	assert_calls(0, 1, 0);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

/* Does a process that does this end by SIGSEGV? */
static bool faults(uint8_t *address, bool writes)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		if (writes)
			*(uint8_t volatile *)address = 1;
		else
			status = *(uint8_t volatile *)address;
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) || WTERMSIG(status) == SIGSEGV);
	return WIFSIGNALED(status);
}

static void test_protection_is_what_the_map_asks_for(void **state)
{
	static unsigned int const flags[] = {0, READ, READ, WRITE | READ, READ, WRITE, READ | WRITE};
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, NULL);
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		uint8_t *address = imx_dma_buffer_map(buffer, flags[i], NULL);

		assert_non_null(address);
		assert_int_equal(faults(address + SIZE - 1, true), flags[i] == READ);
		assert_false(faults(address, flags[i] == WRITE));
		imx_dma_buffer_unmap(buffer);
	}
	assert_calls(1, 0, 5);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_refused_protection_maps_anew(void **state)
{
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, NULL);
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);

	map_and_unmap(buffer, 0);
	sim_reset_counts();
	sim_fail(SIM_CALL_MPROTECT, 1, ENOMEM, 1);
	map_and_unmap(buffer, WRITE);
	assert_calls(1, 1, 1);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_oldest_goes_first(void **state)
{
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, "96K");
	ImxDmaBuffer *buffers[4];

	for (int i = 0; i < 4; i++)
		buffers[i] = new_buffer(allocator, SIZE);
	map_and_unmap(buffers[0], 0);
	map_and_unmap(buffers[1], 0);
	map_and_unmap(buffers[2], 0);
	map_and_unmap(buffers[0], 0);
	assert_calls(3, 0, 0);
	/* Buffer 1 is the oldest now. A mapped buffer does not count. */
	map_and_unmap(buffers[3], 0);
	assert_calls(4, 1, 0);
	map_and_unmap(buffers[0], 0);
	map_and_unmap(buffers[2], 0);
	assert_calls(4, 1, 0);
	map_and_unmap(buffers[1], 0);
	assert_calls(5, 2, 0);
	/* More than the limit. */
	map_and_unmap(new_buffer(allocator, 4 * SIZE), 0);
	assert_calls(6, 3, 0);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_calls(6, 6, 0);
	assert_nothing_left();
}

static void test_number_is_limited(void **state)
{
	static ImxDmaBuffer *buffers[1030];
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, NULL);

	for (int i = 0; i < 1030; i++) {
		buffers[i] = new_buffer(allocator, 1);
		map_and_unmap(buffers[i], 0);
	}
	assert_true(sim_count(SIM_CALL_MUNMAP) >= 6);
	/* Not all of them go. */
	assert_true(sim_count(SIM_CALL_MUNMAP) < 300);
	sim_reset_counts();
	map_and_unmap(buffers[1029], 0);
	assert_int_equal(sim_count(SIM_CALL_ANY), 0);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void test_nothing_is_kept_if_the_limit_is_0(void **state)
{
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, "0");
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);

	map_and_unmap(buffer, 0);
	map_and_unmap(buffer, 0);
	assert_calls(2, 2, 0);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

static void note_warning(void *text, ImxDmaBufferLogLevel level, char const *message)
{
	snprintf(text, 256, "%s", message);
}

static void test_units_and_bad_sizes(void **state)
{
	static struct {
		char const *text;
		bool is_size, is_enough;
	} const cases[] = {{"32768", true, true}, {"32767", true, false}, {"32K", true, true}, {"31K", true, false},
		{"1M", true, true}, {"1G", true, true}, {"99999999999999999999G", true, true}, {"32k", false, true},
		{"-1", false, true}, {"32K ", false, true}, {"much", false, true}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256] = "";
		ImxDmaBufferAllocator *allocator;

		imx_dma_buffer_set_log_handler(note_warning, text, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
		allocator = new_board(UNCACHED, cases[i].text);
		imx_dma_buffer_set_log_handler(NULL, NULL, IMX_DMA_BUFFER_LOG_LEVEL_WARNING);
		assert_int_equal(text[0] == '\0', cases[i].is_size);
		if (!cases[i].is_size)
			assert_contains(text, "IMXDMABUFFER_KEEP_MAPPINGS=");
		map_and_unmap(new_buffer(allocator, SIZE), 0);
		assert_calls(1, !cases[i].is_enough, 0);
		imx_dma_buffer_allocator_destroy(allocator);
	}
}

static void test_kept_mappings_make_room(void **state)
{
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, NULL);
	ImxDmaBuffer *first = new_buffer(allocator, SIZE), *second = new_buffer(allocator, SIZE);
	int error = 0;

	map_and_unmap(first, 0);
	sim_reset_counts();
	sim_fail(SIM_CALL_MMAP, 1, ENOMEM, 1);
	map_and_unmap(second, 0);
	assert_calls(2, 1, 0);
	/* Nothing is kept that could make room. */
	imx_dma_buffer_deallocate(second);
	sim_fail(SIM_CALL_MMAP, 1, ENOMEM, 1);
	assert_null(imx_dma_buffer_map(first, 0, &error));
	assert_int_equal(error, ENOMEM);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

/* Programs free these structures while they own them, without a word to the library. */
static void test_wrapped_buffers_keep_nothing(void **state)
{
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, "32K");
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE), *import;
	ImxWrappedDmaBuffer wrapped;

	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = imx_dma_buffer_get_fd(buffer);
	wrapped.size = SIZE;
	map_and_unmap(&wrapped.parent, 0);
	assert_calls(1, 1, 0);
	import = imx_dma_buffer_import_dmabuf(wrapped.fd, 0, 0, NULL);
	map_and_unmap(import, 0);
	map_and_unmap(import, 0);
	assert_calls(2, 1, 0);
	imx_dma_buffer_deallocate(import);
	assert_calls(2, 2, 0);
	/* They evict nothing. */
	map_and_unmap(buffer, 0);
	map_and_unmap(&wrapped.parent, 0);
	map_and_unmap(buffer, 0);
	assert_calls(4, 3, 0);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

/* The driver would give it to others, and this process could still write to it. */
static void test_memory_that_stays_mapped_is_not_given_back(void **state)
{
	ImxDmaBufferAllocator *allocator;
	ImxDmaBuffer *buffer;
	uint8_t *address;

	start_board("ipu on");
	allocator = new_allocator("ipu", 0);
	buffer = new_buffer(allocator, SIZE);
	address = map_and_unmap(buffer, 0);
	sim_fail(SIM_CALL_MUNMAP, 1, EINVAL, 1);
	imx_dma_buffer_deallocate(buffer);
	assert_sentence("unmapping 32768 bytes failed");
	assert_int_equal(sim_count(SIM_CALL_IPU_FREE), 0);
	munmap(address, SIZE);
	imx_dma_buffer_deallocate(new_buffer(allocator, SIZE));
	assert_int_equal(sim_count(SIM_CALL_IPU_FREE), 1);
	imx_dma_buffer_allocator_destroy(allocator);
}

static void test_child_uses_kept_mappings(void **state)
{
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, NULL);
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);
	uint8_t *address = imx_dma_buffer_map(buffer, 0, NULL);
	pid_t child;
	int status;

	address[5] = 42;
	imx_dma_buffer_unmap(buffer);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		uint8_t *mine = imx_dma_buffer_map(buffer, READ, NULL);
		bool good = mine == address && mine[5] == 42 && faults(mine, true);

		imx_dma_buffer_unmap(buffer);
		imx_dma_buffer_allocator_destroy(allocator);
		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	address = imx_dma_buffer_map(buffer, 0, NULL);
	assert_int_equal(address[5], 42);
	address[5] = 43;
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

#define THREADS 4
#define EACH 3

static ImxDmaBuffer *of_threads[THREADS * EACH];
static atomic_uint wrong_bytes;

/* Each thread uses its own buffers, and may have to unmap those of others. */
static void *use_buffers(void *argument)
{
	ImxDmaBuffer **own = argument;

	for (unsigned int i = 0; i < 300; i++) {
		uint8_t *address = imx_dma_buffer_map(own[i % EACH], (i % 5) ? 0 : READ, NULL);

		wrong_bytes += address[SIZE - 1] != (uint8_t)((i % EACH) + (size_t)(own - of_threads));
		imx_dma_buffer_unmap(own[i % EACH]);
	}
	return NULL;
}

static void test_threads_evict_each_others_mappings(void **state)
{
	ImxDmaBufferAllocator *allocator = new_board(UNCACHED, "160K");
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS * EACH; i++) {
		of_threads[i] = new_buffer(allocator, SIZE);
		imx_dma_buffer_map(of_threads[i], 0, NULL)[SIZE - 1] = (uint8_t)i;
		imx_dma_buffer_unmap(of_threads[i]);
	}
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_buffers, &of_threads[i * EACH]), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(wrong_bytes, 0);
	assert_true(sim_count(SIM_CALL_MUNMAP) > THREADS * EACH - 5);
	imx_dma_buffer_allocator_destroy(allocator);
	assert_nothing_left();
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test(test_second_map_makes_no_call),
		cmocka_unit_test(test_protection_is_what_the_map_asks_for),
		cmocka_unit_test(test_refused_protection_maps_anew),
		cmocka_unit_test(test_oldest_goes_first),
		cmocka_unit_test(test_number_is_limited),
		cmocka_unit_test(test_nothing_is_kept_if_the_limit_is_0),
		cmocka_unit_test(test_units_and_bad_sizes),
		cmocka_unit_test(test_kept_mappings_make_room),
		cmocka_unit_test(test_wrapped_buffers_keep_nothing),
		cmocka_unit_test(test_memory_that_stays_mapped_is_not_given_back),
		cmocka_unit_test(test_child_uses_kept_mappings),
		cmocka_unit_test(test_threads_evict_each_others_mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
