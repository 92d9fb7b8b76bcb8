/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is not coherent: the views of CPU and device before and after each kind of cache maintenance.
 */
#include "raw.h"

#define SIZE ((size_t)16384)

struct buffer {
	int fd;
	uint8_t *cpu;
	uint64_t address;
};

static struct buffer make(char const *heap)
{
	struct buffer buffer = {.fd = allocate(heap, SIZE)};

	buffer.cpu = map_buffer(buffer.fd, SIZE);
	buffer.address = sim_physical_address(buffer.fd, 0);
	return buffer;
}

static void destroy(struct buffer *buffer)
{
	munmap(buffer->cpu, SIZE);
	close(buffer->fd);
}

static uint8_t device_byte(struct buffer const *buffer, uint64_t offset)
{
	uint8_t byte = 0;

	assert_int_equal(sim_device_read(buffer->address + offset, &byte, 1), 0);
	return byte;
}

static void device_put(struct buffer const *buffer, uint64_t offset, uint8_t byte)
{
	assert_int_equal(sim_device_write(buffer->address + offset, &byte, 1), 0);
}

static void test_new_zeros_are_in_the_cache_only(void **state)
{
	struct buffer buffer;

	configure("heap a");
	buffer = make("a");
	assert_int_equal(buffer.cpu[0], 0);
	assert_int_equal(device_byte(&buffer, 0), SIM_GARBAGE);
	assert_int_equal(device_byte(&buffer, SIZE - 1), SIM_GARBAGE);
	get_phys(buffer.fd);
	assert_int_equal(device_byte(&buffer, 0), 0);
	assert_int_equal(device_byte(&buffer, SIZE - 1), 0);
	assert_int_equal(buffer.cpu[0], 0);
	destroy(&buffer);
}

/* The trap of new buffers: the device writes first, and later the CPU's zeros overwrite its data. */
static void test_eviction_of_new_zeros_overwrites_the_device(void **state)
{
	struct buffer buffer;

	configure("heap a");
	buffer = make("a");
	device_put(&buffer, 100, 7);
	device_put(&buffer, 9000, 8);
	assert_int_equal(device_byte(&buffer, 100), 7);
	assert_int_equal(device_byte(&buffer, 101), SIM_GARBAGE);
	sim_evict(buffer.address + 100, 1);
	assert_int_equal(device_byte(&buffer, 100), 0);
	assert_int_equal(device_byte(&buffer, 127), 0);
	assert_int_equal(device_byte(&buffer, 128), SIM_GARBAGE);
	assert_int_equal(device_byte(&buffer, 63), SIM_GARBAGE);
	assert_int_equal(device_byte(&buffer, 9000), 8);
	sim_evict(0, 0);
	assert_int_equal(device_byte(&buffer, 9000), 0);
	assert_int_equal(device_byte(&buffer, 0), 0);
	destroy(&buffer);
}

static void test_cpu_writes_need_cleaning(void **state)
{
	struct buffer buffer;

	configure("heap a");
	buffer = make("a");
	get_phys(buffer.fd);
	buffer.cpu[70] = 1;
	buffer.cpu[SIZE - 1] = 2;
	assert_int_equal(device_byte(&buffer, 70), 0);
	get_phys(buffer.fd);
	assert_int_equal(device_byte(&buffer, 70), 1);
	assert_int_equal(device_byte(&buffer, SIZE - 1), 2);
	assert_int_equal(buffer.cpu[70], 1);
	destroy(&buffer);
}

static void test_device_writes_need_invalidation(void **state)
{
	struct buffer buffer;

	configure("heap a");
	buffer = make("a");
	get_phys(buffer.fd);
	device_put(&buffer, 5000, 9);
	assert_int_equal(buffer.cpu[5000], 0);
	get_phys(buffer.fd);
	assert_int_equal(buffer.cpu[5000], 9);
	/* A clean line is not written back. */
	device_put(&buffer, 5000, 10);
	sim_evict(0, 0);
	assert_int_equal(device_byte(&buffer, 5000), 10);
	assert_int_equal(buffer.cpu[5000], 9);
	destroy(&buffer);
}

/* A written-back line is clean afterwards. */
static void test_eviction_makes_lines_clean(void **state)
{
	struct buffer buffer;

	configure("heap a");
	buffer = make("a");
	buffer.cpu[300] = 1;
	sim_evict(buffer.address, SIZE);
	assert_int_equal(device_byte(&buffer, 300), 1);
	device_put(&buffer, 300, 2);
	sim_evict(buffer.address, SIZE);
	assert_int_equal(device_byte(&buffer, 300), 2);
	buffer.cpu[301] = 3;
	sim_evict(buffer.address, SIZE);
	assert_int_equal(device_byte(&buffer, 300), 1);
	assert_int_equal(device_byte(&buffer, 301), 3);
	destroy(&buffer);
}

/* CPU and device write to the same line: cleaning overwrites the device's bytes with the CPU's stale ones. */
static void test_lines_are_lost_as_a_whole(void **state)
{
	struct buffer buffer;

	configure("heap a");
	buffer = make("a");
	get_phys(buffer.fd);
	device_put(&buffer, 130, 5);
	device_put(&buffer, 200, 6);
	buffer.cpu[131] = 1;
	get_phys(buffer.fd);
	assert_int_equal(device_byte(&buffer, 131), 1);
	assert_int_equal(device_byte(&buffer, 130), 0);
	assert_int_equal(buffer.cpu[130], 0);
	assert_int_equal(buffer.cpu[200], 6);
	destroy(&buffer);
}

static void test_sync_does_nothing_without_attachment(void **state)
{
	struct buffer buffer;

	configure("heap a");
	buffer = make("a");
	assert_int_equal(sync_buffer(buffer.fd, RAW_READ | RAW_WRITE | RAW_END), 0);
	assert_int_equal(device_byte(&buffer, 0), SIM_GARBAGE);
	get_phys(buffer.fd);
	device_put(&buffer, 0, 3);
	assert_int_equal(sync_buffer(buffer.fd, RAW_READ | RAW_WRITE), 0);
	assert_int_equal(buffer.cpu[0], 0);
	destroy(&buffer);
}

static void test_sync_with_attachment(void **state)
{
	struct buffer buffer;

	configure("heap a; phys absent");
	buffer = make("a");
	/* Mapping for the device cleans the zeros from the CPU's cache. */
	assert_int_equal(device_byte(&buffer, 0), SIM_GARBAGE);
	assert_int_equal(sim_attach(buffer.fd), 0);
	assert_int_equal(device_byte(&buffer, 0), 0);
	buffer.cpu[0] = 1;
	assert_int_equal(sync_buffer(buffer.fd, RAW_READ | RAW_END), 0);
	assert_int_equal(device_byte(&buffer, 0), 0);
	assert_int_equal(sync_buffer(buffer.fd, RAW_WRITE | RAW_END), 0);
	assert_int_equal(device_byte(&buffer, 0), 1);
	assert_int_equal(device_byte(&buffer, 8000), 0);
	device_put(&buffer, 0, 2);
	/* As on arm64: SYNC_START for writing only does not invalidate. */
	assert_int_equal(sync_buffer(buffer.fd, RAW_WRITE), 0);
	assert_int_equal(buffer.cpu[0], 1);
	assert_int_equal(sync_buffer(buffer.fd, RAW_READ), 0);
	assert_int_equal(buffer.cpu[0], 2);
	device_put(&buffer, 0, 3);
	assert_int_equal(sync_buffer(buffer.fd, RAW_READ | RAW_WRITE), 0);
	assert_int_equal(buffer.cpu[0], 3);
	assert_int_equal(sim_detach(buffer.fd), 0);
	device_put(&buffer, 0, 4);
	assert_int_equal(sync_buffer(buffer.fd, RAW_READ), 0);
	assert_int_equal(buffer.cpu[0], 3);
	destroy(&buffer);
}

/* SYNC_START for reading drops writes of the CPU that no SYNC_END cleaned. */
static void test_invalidation_drops_dirty_lines(void **state)
{
	struct buffer buffer;

	configure("heap a");
	buffer = make("a");
	get_phys(buffer.fd);
	sim_attach(buffer.fd);
	buffer.cpu[10] = 1;
	assert_int_equal(sync_buffer(buffer.fd, RAW_READ), 0);
	assert_int_equal(buffer.cpu[10], 0);
	sim_detach(buffer.fd);
	destroy(&buffer);
}

static void test_attachments_count_and_keep_alive(void **state)
{
	int fd;

	configure("heap a limit=4K");
	fd = allocate("a", 4096);
	assert_int_equal(sim_detach(fd), -1);
	assert_int_equal(sim_attach(fd), 0);
	assert_int_equal(sim_attach(fd), 0);
	assert_int_equal(sim_detach(fd), 0);
	assert_int_equal(sim_attach(0), -1);
	close(fd);
	assert_int_equal(sim_live_buffers(), 1);
	assert_fails(ENOMEM, allocate("a", 1));
}

static void test_uncached_memory_is_coherent(void **state)
{
	struct buffer buffer;

	configure("heap a-uncached; heap b uncached; heap c-uncached cached");
	buffer = make("a-uncached");
	assert_int_equal(device_byte(&buffer, 0), 0);
	buffer.cpu[4] = 1;
	assert_int_equal(device_byte(&buffer, 4), 1);
	device_put(&buffer, 4, 2);
	assert_int_equal(buffer.cpu[4], 2);
	sim_attach(buffer.fd);
	assert_int_equal(sync_buffer(buffer.fd, RAW_READ | RAW_WRITE | RAW_END), 0);
	sim_detach(buffer.fd);
	get_phys(buffer.fd);
	sim_evict(0, 0);
	assert_int_equal(device_byte(&buffer, 4), 2);
	destroy(&buffer);
	buffer = make("b");
	assert_int_equal(device_byte(&buffer, 0), 0);
	destroy(&buffer);
	buffer = make("c-uncached");
	assert_int_equal(device_byte(&buffer, 0), SIM_GARBAGE);
	destroy(&buffer);
}

static void test_modes_that_do_not_map_do_not_clean(void **state)
{
	unsigned long address;
	struct buffer buffer;

	configure("heap a; phys zero");
	buffer = make("a");
	assert_int_equal(ioctl(buffer.fd, RAW_PHYS, &address), 0);
	configure("phys fault");
	assert_fails(EFAULT, ioctl(buffer.fd, RAW_PHYS, &address));
	configure("phys absent");
	assert_fails(ENOTTY, ioctl(buffer.fd, RAW_PHYS, &address));
	assert_int_equal(device_byte(&buffer, 0), SIM_GARBAGE);
	destroy(&buffer);
}

static void test_device_ranges(void **state)
{
	uint8_t data[8192], pattern[8192];
	struct buffer buffer;

	configure("heap a");
	buffer = make("a");
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 31);
	assert_int_equal(sim_device_write(buffer.address + 1000, pattern, sizeof(pattern)), 0);
	assert_int_equal(sim_device_read_fd(buffer.fd, 1000, data, sizeof(data)), 0);
	assert_memory_equal(data, pattern, sizeof(data));
	assert_int_equal(sim_device_write_fd(buffer.fd, SIZE - 8192, pattern, 8192), 0);
	assert_int_equal(sim_device_write_fd(buffer.fd, SIZE - 8191, pattern, 8192), -1);
	assert_int_equal(sim_device_read(buffer.address + SIZE - 8191, data, 8192), -1);
	assert_int_equal(sim_device_read(buffer.address - 1, data, 1), -1);
	assert_int_equal(sim_device_read(0, data, 1), -1);
	assert_int_equal(sim_device_read_fd(0, 0, data, 1), -1);
	destroy(&buffer);
	assert_int_equal(sim_device_read(buffer.address, data, 1), -1);
}

/* A device access may span two adjacent buffers. A failing access has no effect. */
static void test_device_crosses_buffers(void **state)
{
	uint8_t data[4] = {1, 2, 3, 4}, byte;
	int first, second;

	configure("heap a-uncached");
	first = allocate("a-uncached", 4096);
	second = allocate("a-uncached", 4096);
	assert_int_equal(sim_device_write(0x4c000000 + 4094, data, 4), 0);
	assert_int_equal(sim_device_read_fd(second, 1, &byte, 1), 0);
	assert_int_equal(byte, 4);
	assert_int_equal(sim_device_write(0x4c000000 + 8190, data, 4), -1);
	assert_int_equal(sim_device_read_fd(second, 4095, &byte, 1), 0);
	assert_int_equal(byte, 0);
	close(first);
	close(second);
}

static void test_scattered_memory_page_by_page(void **state)
{
	size_t page = page_size();
	struct buffer buffer;
	uint8_t data[2];

	configure("heap system scattered");
	buffer = make("system");
	buffer.cpu[page] = 1;
	buffer.cpu[page - 1] = 2;
	get_phys(buffer.fd);
	assert_int_equal(sim_device_read_fd(buffer.fd, page - 1, data, 2), 0);
	assert_int_equal(data[0], 2);
	assert_int_equal(data[1], 1);
	/* After a page, the next address belongs to other memory, or to none. */
	assert_int_equal(sim_device_read(buffer.address + page - 1, data, 1), 0);
	assert_int_equal(data[0], 2);
	assert_int_equal(sim_device_read(buffer.address + page - 1, data, 2), -1);
	buffer.cpu[page] = 3;
	sim_evict(sim_physical_address(buffer.fd, page), 1);
	assert_int_equal(sim_device_read_fd(buffer.fd, page, data, 1), 0);
	assert_int_equal(data[0], 3);
	destroy(&buffer);
}

/* A mapping keeps the memory alive without a descriptor. The state belongs to the buffer, not to a descriptor. */
static void test_buffer_without_descriptor(void **state)
{
	struct buffer buffer;
	uint8_t *second;

	configure("heap a");
	buffer = make("a");
	second = map_buffer(buffer.fd, SIZE);
	close(buffer.fd);
	second[0] = 1;
	assert_int_equal(buffer.cpu[0], 1);
	assert_int_equal(device_byte(&buffer, 0), SIM_GARBAGE);
	sim_evict(0, 0);
	assert_int_equal(device_byte(&buffer, 0), 1);
	munmap(second, SIZE);
	munmap(buffer.cpu, SIZE);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_new_zeros_are_in_the_cache_only),
		TEST(test_eviction_of_new_zeros_overwrites_the_device),
		TEST(test_cpu_writes_need_cleaning),
		TEST(test_device_writes_need_invalidation),
		TEST(test_eviction_makes_lines_clean),
		TEST(test_lines_are_lost_as_a_whole),
		TEST(test_sync_does_nothing_without_attachment),
		TEST(test_sync_with_attachment),
		TEST(test_invalidation_drops_dirty_lines),
		TEST(test_attachments_count_and_keep_alive),
		TEST(test_uncached_memory_is_coherent),
		TEST(test_modes_that_do_not_map_do_not_clean),
		TEST(test_device_ranges),
		TEST(test_device_crosses_buffers),
		TEST(test_scattered_memory_page_by_page),
		TEST(test_buffer_without_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
