/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU and a device read each other's writes, on every board with memory that a simulated device reaches. Each has
 * its own view of cached memory, and the CPU's cache writes back at any time: a sync that is missing, late, or in the
 * wrong direction is visible.
 *
 * usage: coherency ALLOCATOR POLICY BOARD   with ALLOCATOR as for new_allocator_of_board()
 */
#include <errno.h>
#include <stdlib.h>

#include "coherency.h"

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

/* Read with the CPU, so that its cache holds lines of the memory. */
static void look(void)
{
	uint8_t volatile const *address = map(subject.buffer, READ);

	for (size_t i = 0; i < SIZE; i++)
		(void)address[i];
	imx_dma_buffer_unmap(subject.buffer);
}

static void exchange(ImxDmaBuffer *buffer, unsigned int write_flags, unsigned int read_flags, uint8_t seed)
{
	memset(map(buffer, write_flags), seed, SIZE);
	imx_dma_buffer_unmap(buffer);
	assert_device_sees(seed);
	device_writes(0, seed + 1, SIZE);
	assert_cpu_sees(map(buffer, read_flags), seed + 1);
	imx_dma_buffer_unmap(buffer);
	assert_device_sees(seed + 1);
}

static void test_automatic_sessions(void **state)
{
	NEEDS_DEVICE(state);
	look();
	exchange(subject.buffer, 0, 0, 0x10);
	exchange(subject.buffer, WRITE, READ, 0x20);
	exchange(subject.buffer, READ | WRITE, READ, 0x30);
	exchange(subject.buffer, WRITE, 0, 0x40);
}

/* Several sessions in one mapping, in both directions. */
static void test_manual_sessions(void **state)
{
	uint8_t *address;

	NEEDS_DEVICE(state);
	look();
	address = map(subject.buffer, MANUAL);
	for (uint8_t round = 0; round < 4; round++) {
		imx_dma_buffer_start_sync_session(subject.buffer);
		memset(address, 0x10 + round, SIZE);
		imx_dma_buffer_stop_sync_session(subject.buffer);
		assert_device_sees(0x10 + round);
		device_writes(0, 0x20 + round, SIZE);
		imx_dma_buffer_start_sync_session(subject.buffer);
		assert_cpu_sees(address, 0x20 + round);
		imx_dma_buffer_stop_sync_session(subject.buffer);
		assert_device_sees(0x20 + round);
	}
	imx_dma_buffer_unmap(subject.buffer);
}

static void test_sessions_that_only_read(void **state)
{
	uint8_t const *address;

	NEEDS_DEVICE(state);
	look();
	address = map(subject.buffer, MANUAL | READ);
	for (uint8_t round = 1; round < 4; round++) {
		device_writes(0, round, SIZE);
		imx_dma_buffer_start_sync_session(subject.buffer);
		assert_cpu_sees(address, round);
		imx_dma_buffer_stop_sync_session(subject.buffer);
	}
	imx_dma_buffer_unmap(subject.buffer);
	assert_device_sees(3);
}

static void test_sessions_that_only_write(void **state)
{
	uint8_t *address;

	NEEDS_DEVICE(state);
	look();
	address = map(subject.buffer, MANUAL | WRITE);
	for (uint8_t round = 1; round < 4; round++) {
		device_writes(0, 0xd0, SIZE);
		imx_dma_buffer_start_sync_session(subject.buffer);
		memset(address, round, SIZE);
		imx_dma_buffer_stop_sync_session(subject.buffer);
		assert_device_sees(round);
	}
	imx_dma_buffer_unmap(subject.buffer);
}

/* The CPU writes a few bytes in lines that hold a device's data: the bytes around them must keep that data. */
static void test_partial_lines(void **state)
{
	static unsigned int const flags[] = {0, WRITE, MANUAL, MANUAL | WRITE};

	NEEDS_DEVICE(state);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		uint8_t *address;

		look();
		address = (flags[i] & MANUAL) ? map(subject.buffer, flags[i]) : NULL;
		device_writes(0, 0x50 + (uint8_t)i, SIZE);
		if (!address)
			address = map(subject.buffer, flags[i]);
		imx_dma_buffer_start_sync_session(subject.buffer);
		memset(address + 60, 0xc0, 8); /* the end of one line, the beginning of the next */
		address[SIZE - 1] = 0xc1;
		imx_dma_buffer_stop_sync_session(subject.buffer);
		imx_dma_buffer_unmap(subject.buffer);
		assert_int_equal(device_reads(59), 0x50 + i);
		assert_int_equal(device_reads(60), 0xc0);
		assert_int_equal(device_reads(67), 0xc0);
		assert_int_equal(device_reads(68), 0x50 + i);
		assert_int_equal(device_reads(SIZE - 2), 0x50 + i);
		assert_int_equal(device_reads(SIZE - 1), 0xc1);
	}
}

/* The first map's session lasts until the last unmap, no matter which maps come in between. */
static void test_nested_maps(void **state)
{
	uint8_t *address;

	NEEDS_DEVICE(state);
	look();
	device_writes(0, 0x61, SIZE);
	address = map(subject.buffer, 0);
	memset(address, 0x62, SIZE / 2);
	assert_ptr_equal(map(subject.buffer, MANUAL | READ), address);
	imx_dma_buffer_start_sync_session(subject.buffer);
	imx_dma_buffer_stop_sync_session(subject.buffer);
	assert_int_equal(address[SIZE - 1], 0x61);
	imx_dma_buffer_unmap(subject.buffer);
	memset(address + SIZE / 2, 0x62, SIZE - SIZE / 2);
	imx_dma_buffer_unmap(subject.buffer);
	assert_device_sees(0x62);
	address = map(subject.buffer, MANUAL);
	imx_dma_buffer_start_sync_session(subject.buffer);
	memset(map(subject.buffer, 0), 0x63, SIZE);
	imx_dma_buffer_unmap(subject.buffer);
	address[0] = 0x64;
	imx_dma_buffer_stop_sync_session(subject.buffer);
	assert_int_equal(device_reads(0), 0x64);
	assert_int_equal(device_reads(1), 0x63);
	imx_dma_buffer_unmap(subject.buffer);
}

/* A second start must not discard the writes since the first. */
static void test_starts_and_stops_too_many(void **state)
{
	uint8_t *address;

	NEEDS_DEVICE(state);
	address = map(subject.buffer, MANUAL);
	imx_dma_buffer_stop_sync_session(subject.buffer);
	imx_dma_buffer_start_sync_session(subject.buffer);
	memset(address, 0x71, SIZE);
	imx_dma_buffer_start_sync_session(subject.buffer);
	imx_dma_buffer_stop_sync_session(subject.buffer);
	assert_device_sees(0x71);
	device_writes(0, 0x72, SIZE);
	imx_dma_buffer_stop_sync_session(subject.buffer);
	assert_device_sees(0x72);
	imx_dma_buffer_unmap(subject.buffer);
	assert_device_sees(0x72);
}

static void test_session_left_open_ends_with_unmap(void **state)
{
	NEEDS_DEVICE(state);
	for (uint8_t round = 1; round < 3; round++) {
		uint8_t *address = map(subject.buffer, (round == 1) ? MANUAL : MANUAL | WRITE);

		imx_dma_buffer_start_sync_session(subject.buffer);
		memset(address, 0x80 + round, SIZE);
		imx_dma_buffer_unmap(subject.buffer);
		assert_device_sees(0x80 + round);
		device_writes(0, 0x90 + round, SIZE);
		/* The session is over: the next mapping begins without one. */
		assert_cpu_sees(map(subject.buffer, READ), 0x90 + round);
		imx_dma_buffer_unmap(subject.buffer);
	}
}

static void test_deallocate_ends_the_session(void **state)
{
	NEEDS_DEVICE(state);
	if (subject.fd < 0)
		SKIP_BECAUSE("the memory is freed with the buffer");
	memset(map(subject.buffer, MANUAL), 0, SIZE);
	imx_dma_buffer_start_sync_session(subject.buffer);
	memset(map(subject.buffer, 0), 0xa1, SIZE);
	imx_dma_buffer_deallocate(subject.buffer);
	assert_device_sees(0xa1);
}

/* A map fails in each of its calls in turn. The next map, for both directions, must not be affected. */
static void test_good_map_after_a_failed_one(void **state)
{
	static enum sim_call const calls[] = {SIM_CALL_MMAP, SIM_CALL_SYNC, SIM_CALL_PHYS};
	unsigned long counts[3];
	uint8_t seed = 0xb0;

	NEEDS_DEVICE(state);
	look();
	sim_reset_counts();
	map(subject.buffer, 0);
	for (size_t i = 0; i < 3; i++)
		counts[i] = sim_count(calls[i]);
	imx_dma_buffer_unmap(subject.buffer);
	for (size_t i = 0; i < 3; i++)
		for (unsigned int nth = 1; nth <= counts[i]; nth++, seed += 4) {
			int error = 0;

			device_writes(0, seed, SIZE);
			sim_fail(calls[i], nth, ENOMEM, 1);
			assert_null(imx_dma_buffer_map(subject.buffer, 0, &error));
			assert_int_equal(error, ENOMEM);
			imx_dma_buffer_unmap(subject.buffer);
			assert_cpu_sees(map(subject.buffer, READ), seed);
			imx_dma_buffer_unmap(subject.buffer);
			exchange(subject.buffer, 0, READ, seed + 1);
		}
	if (seed == 0xb0)
		SKIP_BECAUSE("this memory is mapped already, and mapping it cannot fail");
}

/* If a session could not be started, no session is open, and the next start must start one. */
static void test_good_start_after_a_failed_one(void **state)
{
	uint8_t *address;

	NEEDS_DEVICE(state);
	look();
	address = map(subject.buffer, MANUAL);
	device_writes(0, 0xb1, SIZE);
	sim_fail(SIM_CALL_SYNC, 1, EIO, 1);
	imx_dma_buffer_start_sync_session(subject.buffer);
	imx_dma_buffer_start_sync_session(subject.buffer);
	assert_cpu_sees(address, 0xb1);
	memset(address, 0xb2, SIZE);
	imx_dma_buffer_stop_sync_session(subject.buffer);
	imx_dma_buffer_unmap(subject.buffer);
	assert_device_sees(0xb2);
}

/* Other objects on the same memory, one session at a time. */
static void test_imported_and_wrapped_buffers(void **state)
{
	ImxWrappedDmaBuffer wrapped;
	ImxDmaBuffer *import;

	NEEDS_DEVICE(state);
	import = imx_dma_buffer_import_dmabuf(subject.fd, 0, 0, NULL);
	if (!import)
		SKIP_BECAUSE("the memory is no DMA-BUF");
	look();
	imx_dma_buffer_init_wrapped_buffer(&wrapped);
	wrapped.fd = subject.fd;
	wrapped.size = SIZE;
	exchange(import, 0, READ, 0xe0);
	exchange(&wrapped.parent, WRITE, READ, 0xe4);
	exchange(subject.buffer, 0, 0, 0xe8);
	memset(map(import, WRITE), 0xf0, SIZE);
	imx_dma_buffer_unmap(import);
	assert_cpu_sees(map(&wrapped.parent, READ), 0xf0);
	imx_dma_buffer_unmap(&wrapped.parent);
	imx_dma_buffer_deallocate(import);
}

#define coherency_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(int argc, char **argv)
{
	struct CMUnitTest const tests[] = {
		coherency_test(test_automatic_sessions),
		coherency_test(test_manual_sessions),
		coherency_test(test_sessions_that_only_read),
		coherency_test(test_sessions_that_only_write),
		coherency_test(test_partial_lines),
		coherency_test(test_nested_maps),
		coherency_test(test_starts_and_stops_too_many),
		coherency_test(test_session_left_open_ends_with_unmap),
		coherency_test(test_deallocate_ends_the_session),
		coherency_test(test_good_map_after_a_failed_one),
		coherency_test(test_good_start_after_a_failed_one),
		coherency_test(test_imported_and_wrapped_buffers),
	};

	if (argc != 4) {
		fprintf(stderr, "usage: coherency ALLOCATOR POLICY BOARD\n");
		return 2;
	}
	subject.policy = argv[2];
	subject.name = argv[1];
	subject.board = argv[3];
	begin_outcomes();
	return write_outcomes(cmocka_run_group_tests(tests, NULL, NULL), tests, sizeof(tests) / sizeof(tests[0]));
}
