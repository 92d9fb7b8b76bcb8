/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/mxc_ipu.
 */
#include "raw.h"

#define RAW_IPU_ALLOC _IOWR('I', 3, int)
#define RAW_IPU_FREE _IOW('I', 4, int)

static int open_ipu(void)
{
	int fd = open("/dev/mxc_ipu", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Returns the address, or 0 with errno. */
static uint32_t take(int ipu, int size)
{
	int value = size;

	return (ioctl(ipu, RAW_IPU_ALLOC, &value) < 0) ? 0 : (uint32_t)value;
}

static int give(int ipu, uint32_t address)
{
	int value = (int)address;

	return ioctl(ipu, RAW_IPU_FREE, &value);
}

static void *map_block(int ipu, uint32_t address, size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ipu, (off_t)address);
}

static void test_numbers(void **state)
{
	assert_int_equal(RAW_IPU_ALLOC, 0xC0044903u);
	assert_int_equal(RAW_IPU_FREE, 0x40044904u);
	assert_fails(ENOENT, open("/dev/mxc_ipu", O_RDWR));
}

static void test_memory(void **state)
{
	static uint8_t zeros[8192];
	uint8_t *memory, *again, byte = 1;
	uint32_t address;
	int ipu;

	configure("ipu on");
	ipu = open_ipu();
	address = take(ipu, 5000);
	assert_int_equal(address, 0x4c000000);
	memory = map_block(ipu, address, 8192);
	again = map_block(ipu, address, 4096);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_ptr_not_equal(again, MAP_FAILED);
	assert_memory_equal(memory, zeros, sizeof(zeros));
	/* Writes of the CPU are visible at once. */
	memory[4095] = 5;
	assert_int_equal(again[4095], 5);
	assert_int_equal(sim_device_read(0x4c000fff, &byte, 1), 0);
	assert_int_equal(byte, 5);
	assert_int_equal(sim_device_write(0x4c001fff, "x", 1), 0);
	assert_int_equal(memory[8191], 'x');
	munmap(memory, 8192);
	munmap(again, 4096);
	assert_int_equal(sim_live_buffers(), 1);
	assert_int_equal(sim_heap_used("/dev/mxc_ipu"), 8192);
	assert_int_equal(give(ipu, address), 0);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
	close(ipu);
}

/* Above 2 GiB the integer is negative, but the offset must not be. */
static void test_high_addresses(void **state)
{
	int ipu, value = 4096;
	uint8_t *memory;

	configure("ipu on base=0x8ffff000 alignment=4K limit=64K");
	ipu = open_ipu();
	assert_int_equal(ioctl(ipu, RAW_IPU_ALLOC, &value), 0);
	assert_true(value < 0);
	assert_int_equal((uint32_t)value, 0x8ffff000u);
	assert_map_fails(EINVAL, mmap(NULL, 4096, PROT_READ, MAP_SHARED, ipu, (off_t)value));
	memory = map_block(ipu, (uint32_t)value, 4096);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(sim_device_write(0x8ffff000, "y", 1), 0);
	assert_int_equal(memory[0], 'y');
	munmap(memory, 4096);
	assert_int_equal(give(ipu, (uint32_t)value), 0);
	configure("ipu on base=0xfffff000");
	assert_int_equal(take(ipu, 4096), 0xfffff000);
	assert_int_equal(take(ipu, 4096), 0);
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(sim_live_buffers(), 1);
	close(ipu);
}

static void test_alignment(void **state)
{
	int ipu;

	configure("ipu on");
	ipu = open_ipu();
	assert_int_equal(take(ipu, 4096), 0x4c000000);
	assert_int_equal(take(ipu, 65536), 0x4c010000);
	configure("ipu on alignment=4K");
	assert_int_equal(take(ipu, 8192), 0x4c001000);
	configure("ipu on alignment=1M; cma-alignment 4K");
	assert_int_equal(take(ipu, 8192), 0x4c004000);
	sim_reset();
	configure("ipu on shift=12K");
	close(ipu);
	ipu = open_ipu();
	assert_int_equal(take(ipu, 65536), 0x4c003000);
	assert_int_equal(take(ipu, 65536), 0x4c023000);
	assert_int_equal(take(ipu, 4096), 0x4c016000);
	close(ipu);
}

static void test_mmap_needs_the_exact_address(void **state)
{
	uint32_t address;
	int ipu, reader;

	configure("ipu on");
	ipu = open_ipu();
	address = take(ipu, 8192);
	assert_map_fails(EINVAL, map_block(ipu, address + 4096, 4096));
	assert_map_fails(EINVAL, map_block(ipu, 0, 4096));
	assert_map_fails(EINVAL, map_block(ipu, address, 8193));
	assert_map_fails(EINVAL, map_block(ipu, address, 0));
	reader = open("/dev/mxc_ipu", O_RDONLY);
	assert_map_fails(EACCES, map_block(reader, address, 4096));
	assert_int_equal(munmap(mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, (off_t)address), 4096), 0);
	close(reader);
	give(ipu, address);
	assert_map_fails(EINVAL, map_block(ipu, address, 4096));
	close(ipu);
}

static void test_unknown_requests_succeed(void **state)
{
	uint64_t value = 4096;
	int ipu;

	configure("ipu on");
	ipu = open_ipu();
	assert_int_equal(ioctl(ipu, _IOWR('I', 3, uint64_t), &value), 0);
	assert_int_equal(ioctl(ipu, _IOWR('I', 0, uint64_t), &value), 0);
	assert_int_equal(ioctl(ipu, RAW_PHYS, &value), 0);
	assert_int_equal(value, 4096);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_count(SIM_CALL_IPU_ALLOC), 0);
	assert_fails(EFAULT, ioctl(ipu, RAW_IPU_ALLOC, NULL));
	close(ipu);
}

static void test_errors(void **state)
{
	int ipu;

	configure("ipu on limit=64K; fail ipu-alloc 1 EIO; fail ipu-free 1 EIO");
	ipu = open_ipu();
	assert_int_equal(take(ipu, 4096), 0);
	assert_int_equal(errno, EIO);
	assert_fails(EIO, give(ipu, 0x4c000000));
	assert_int_equal(take(ipu, 65537), 0);
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(take(ipu, 0), 0);
	assert_int_equal(take(ipu, -4096), 0);
	assert_int_equal(sim_count(SIM_CALL_IPU_ALLOC), 4);
	assert_int_equal(sim_count(SIM_CALL_IPU_FREE), 1);
	assert_int_equal(sim_misuses(), 0);
	close(ipu);
}

static void test_misuse(void **state)
{
	uint32_t address;
	void *memory;
	int ipu;

	configure("ipu on");
	ipu = open_ipu();
	assert_fails(EINVAL, give(ipu, 0x4c000000));
	assert_int_equal(sim_misuses(), 1);
	address = take(ipu, 4096);
	assert_int_equal(give(ipu, address), 0);
	assert_fails(EINVAL, give(ipu, address));
	assert_int_equal(sim_misuses(), 2);
	address = take(ipu, 4096);
	memory = map_block(ipu, address, 4096);
	assert_int_equal(give(ipu, address), 0);
	assert_int_equal(sim_misuses(), 3);
	assert_non_null(strstr(sim_misuse(), "0x4c000000"));
	assert_int_equal(sim_live_buffers(), 1);
	munmap(memory, 4096);
	assert_int_equal(sim_live_buffers(), 0);
	close(ipu);
}

static void test_close_leaks(void **state)
{
	uint32_t address;
	int ipu;

	configure("ipu on");
	ipu = open_ipu();
	address = take(ipu, 4096);
	close(ipu);
	assert_int_equal(sim_live_buffers(), 1);
	/* Any file may free the block by its address. */
	ipu = open_ipu();
	assert_int_equal(give(ipu, address), 0);
	assert_int_equal(sim_live_buffers(), 0);
	close(ipu);
}

static void test_close_frees_by_a_wrong_index(void **state)
{
	uint32_t address;
	int first, second, third, copy;

	configure("ipu on close=index");
	first = open_ipu();
	assert_int_not_equal(take(first, 4096), 0);
	second = open_ipu();
	address = take(second, 4096);
	copy = dup(first);
	close(first);
	assert_int_equal(sim_live_buffers(), 2);
	close(copy);
	assert_int_equal(sim_live_buffers(), 1);
	/* The third file has the same index as the second. */
	third = open_ipu();
	close(third);
	assert_int_equal(sim_live_buffers(), 0);
	assert_map_fails(EINVAL, map_block(second, address, 4096));
	close(second);
	assert_int_equal(sim_misuses(), 0);
}

static void test_a_mapping_keeps_the_file_open(void **state)
{
	uint32_t address;
	void *memory;
	int ipu;

	configure("ipu on close=index");
	ipu = open_ipu();
	address = take(ipu, 4096);
	memory = map_block(ipu, address, 4096);
	close(ipu);
	assert_int_equal(sim_live_buffers(), 1);
	munmap(memory, 4096);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_bad_statements(void **state)
{
	static char const *const texts[] = {"ipu", "ipu maybe", "ipu off now", "ipu on close=never", "ipu on base=7"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(sim_configure(texts[i]), -1);
		assert_string_not_equal(sim_message(), "");
	}
	configure("ipu on; ipu off");
	assert_fails(ENOENT, open("/dev/mxc_ipu", O_RDWR));
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_numbers),
		TEST(test_memory),
		TEST(test_high_addresses),
		TEST(test_alignment),
		TEST(test_mmap_needs_the_exact_address),
		TEST(test_unknown_requests_succeed),
		TEST(test_errors),
		TEST(test_misuse),
		TEST(test_close_leaks),
		TEST(test_close_frees_by_a_wrong_index),
		TEST(test_a_mapping_keeps_the_file_open),
		TEST(test_bad_statements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
