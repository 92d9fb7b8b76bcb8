/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ION of Linux 4.12 and newer.
 */
#include "ion.h"

#define BOARD                                                                                                          \
	"ion new heap linux,cma id=1 limit=1M heap system id=0 type=system heap gpu id=5 base=0x90000000 limit=64K"

static void test_numbers(void **state)
{
	assert_int_equal(RAW_ION_ALLOC, 0xC0184900u);
	assert_int_equal(RAW_ION_QUERY, 0xC0184908u);
	assert_int_equal(RAW_ION_ABI_VERSION, 0x80044909u);
	assert_int_equal(sizeof(struct raw_ion_heap), 52);
}

static void test_machine_begins_without_devices(void **state)
{
	assert_fails(ENOENT, open("/dev/ion", O_RDONLY));
	configure("ion new");
	close(open_ion());
	configure("ion off");
	assert_fails(ENOENT, open("/dev/ion", O_RDONLY));
}

static void test_buffers(void **state)
{
	static uint8_t zeros[8192];
	int ion, fd;
	uint8_t *memory, seen[8192];

	configure(BOARD);
	ion = open_ion();
	fd = ion_allocate(ion, 1u << 1, 5000, 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(lseek(fd, 0, SEEK_END), 8192);
	assert_int_equal(get_phys(fd), 0x4c000000);
	memory = map_buffer(fd, 8192);
	assert_memory_equal(memory, zeros, sizeof(zeros));
	assert_int_equal(sim_device_read(0x4c000000, seen, sizeof(seen)), 0);
	assert_memory_equal(seen, zeros, sizeof(zeros));
	memory[5] = 9;
	assert_int_equal(sim_device_read(0x4c000005, seen, 1), 0);
	assert_int_equal(seen[0], 9);
	close(ion);
	assert_int_equal(sim_live_buffers(), 1);
	assert_int_equal(sim_heap_used("/dev/ion/linux,cma"), 8192);
	close(fd);
	assert_int_equal(sim_live_buffers(), 1);
	munmap(memory, 8192);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_heap_used("/dev/ion/linux,cma"), 0);
}

/* A new buffer is cleaned at once. Then the rules of cached memory apply. */
static void test_cached_buffers(void **state)
{
	int ion, fd;
	uint8_t *memory, byte = 7;

	configure(BOARD);
	ion = open_ion();
	fd = ion_allocate(ion, 1u << 1, 4096, 1);
	memory = map_buffer(fd, 4096);
	assert_int_equal(sim_device_read_fd(fd, 100, &byte, 1), 0);
	assert_int_equal(byte, 0);
	memory[100] = 9;
	assert_int_equal(sim_device_read_fd(fd, 100, &byte, 1), 0);
	assert_int_equal(byte, 0);
	get_phys(fd);
	assert_int_equal(sim_device_read_fd(fd, 100, &byte, 1), 0);
	assert_int_equal(byte, 9);
	munmap(memory, 4096);
	close(fd);
	close(ion);
}

static void test_heaps_are_tried_from_the_highest_id_down(void **state)
{
	int ion, first, second, third;

	configure(BOARD);
	ion = open_ion();
	first = ion_allocate(ion, UINT32_MAX, 65536, 0);
	assert_int_equal(get_phys(first), 0x90000000);
	second = ion_allocate(ion, UINT32_MAX, 65536, 0);
	assert_int_equal(get_phys(second), 0x4c000000);
	/* More than both heaps have: page by page from the last one. */
	third = ion_allocate(ion, UINT32_MAX, 4 * MIB, 0);
	assert_int_not_equal(sim_physical_address(third, 4096), sim_physical_address(third, 0) + 4096);
	assert_fails(ENOMEM, ion_allocate(ion, 1u << 1 | 1u << 5, 4 * MIB, 0));
	close(third);
	close(second);
	close(first);
	close(ion);
}

static void test_errors(void **state)
{
	struct raw_ion_alloc data = {.len = 4096, .mask = 1u << 1};
	int ion, handle = 0;

	configure(BOARD);
	ion = open_ion();
	assert_fails(EINVAL, ion_allocate(ion, 1u << 1, 0, 0));
	assert_fails(EINVAL, ion_allocate(ion, 1u << 1, UINT64_MAX, 0));
	assert_fails(ENODEV, ion_allocate(ion, 1u << 2, 4096, 0));
	assert_fails(ENODEV, ion_allocate(ion, 0, 4096, 0));
	assert_fails(ENOMEM, ion_allocate(ion, 1u << 1, 2 * MIB, 0));
	assert_fails(EFAULT, ioctl(ion, RAW_ION_ALLOC, NULL));
	assert_fails(ENOTTY, ioctl(ion, RAW_ION_FREE, &handle));
	assert_fails(ENOTTY, ioctl(ion, RAW_ION_ABI_VERSION, &handle));
	assert_fails(ENOTTY, ioctl(ion, _IOWR('I', 33, uint64_t), &data));
	assert_fails(EINVAL, ioctl(ion, _IOC(_IOC_READ | _IOC_WRITE, 'I', 0, 25), &data));
	assert_fails((sizeof(long) == 8) ? EINVAL : ENOTTY, ioctl(ion, RAW_ION_OLD_ALLOC, &data));
	assert_map_fails(ENODEV, mmap(NULL, 4096, PROT_READ, MAP_SHARED, ion, 0));
	assert_fails(ESPIPE, lseek(ion, 0, SEEK_SET));
	close(ion);
	assert_int_equal(sim_live_buffers(), 0);
	assert_int_equal(sim_misuses(), 0);
}

static void expect_heap(struct raw_ion_heap const *heap, char const *name, uint32_t id, uint32_t type)
{
	assert_string_equal(heap->name, name);
	assert_int_equal(heap->id, id);
	assert_int_equal(heap->type, type);
}

static void test_query(void **state)
{
	struct raw_ion_heap heaps[4] = {{.id = 77}, {.id = 77}, {.id = 77}, {.id = 77}};
	struct raw_ion_query query = {.count = 9};
	int ion;

	configure(BOARD);
	ion = open_ion();
	assert_int_equal(ioctl(ion, RAW_ION_QUERY, &query), 0);
	assert_int_equal(query.count, 3);
	query = (struct raw_ion_query){.count = 4, .heaps = (uintptr_t)heaps};
	assert_int_equal(ioctl(ion, RAW_ION_QUERY, &query), 0);
	assert_int_equal(query.count, 3);
	expect_heap(&heaps[0], "gpu", 5, 4);
	expect_heap(&heaps[1], "linux,cma", 1, 4);
	expect_heap(&heaps[2], "system", 0, 0);
	assert_int_equal(heaps[3].id, 77);
	heaps[1].id = 77;
	query.count = 1;
	assert_int_equal(ioctl(ion, RAW_ION_QUERY, &query), 0);
	assert_int_equal(query.count, 1);
	assert_int_equal(heaps[1].id, 77);
	query.count = 0;
	assert_fails(EINVAL, ioctl(ion, RAW_ION_QUERY, &query));
	query = (struct raw_ion_query){.reserved0 = 1};
	assert_fails(EINVAL, ioctl(ion, RAW_ION_QUERY, &query));
	query = (struct raw_ion_query){.reserved1 = 1};
	assert_fails(EINVAL, ioctl(ion, RAW_ION_QUERY, &query));
	query = (struct raw_ion_query){.reserved2 = 1};
	assert_fails(EINVAL, ioctl(ion, RAW_ION_QUERY, &query));
	query = (struct raw_ion_query){.count = 1, .heaps = 8};
	assert_fails(EFAULT, ioctl(ion, RAW_ION_QUERY, &query));
	close(ion);
}

static void test_numbers_of_androids_image(void **state)
{
	struct raw_ion_heap heaps[2];
	struct raw_ion_query query = {.count = 2, .heaps = (uintptr_t)heaps};
	uint32_t version = 0;
	int ion;

	configure("ion new gki heap a id=3 type=carveout heap b id=2; ion new heap a type=custom");
	ion = open_ion();
	assert_int_equal(ioctl(ion, RAW_ION_QUERY, &query), 0);
	expect_heap(&heaps[0], "a", 3, 16);
	expect_heap(&heaps[1], "b", 2, 2);
	assert_int_equal(ioctl(ion, RAW_ION_ABI_VERSION, &version), 0);
	assert_true(version > 0);
	close(ion);
}

static void test_address_by_ion(void **state)
{
	struct {
		int fd;
		unsigned long phys;
	} data = {.phys = 0};
	unsigned long request = _IOWR('I', 15, data);
	int ion, fd;

	assert_int_equal(request, (sizeof(long) == 8) ? 0xC010490Fu : 0xC008490Fu);
	configure(BOARD);
	ion = open_ion();
	fd = data.fd = ion_allocate(ion, 1u << 1, 4096, 0);
	assert_fails(ENOTTY, ioctl(ion, request, &data));
	configure("ion new get-phys");
	assert_int_equal(ioctl(ion, request, &data), 0);
	assert_int_equal(data.phys, 0x4c000000);
	data.fd = ion;
	assert_fails(EINVAL, ioctl(ion, request, &data));
	assert_int_equal(sim_count(SIM_CALL_ION_GET_PHYS), 3);
	close(fd);
	close(ion);
}

static void test_calls_are_counted_and_fail(void **state)
{
	struct raw_ion_query query = {.count = 0};
	int ion, fd;

	configure(BOARD "; fail ion-alloc 1 EINTR; fail ion-query 1 EINTR");
	ion = open_ion();
	assert_fails(EINTR, ion_allocate(ion, UINT32_MAX, 4096, 0));
	fd = ion_allocate(ion, UINT32_MAX, 4096, 0);
	assert_fails(EINTR, ioctl(ion, RAW_ION_QUERY, &query));
	assert_int_equal(ioctl(ion, RAW_ION_QUERY, &query), 0);
	assert_int_equal(sim_count(SIM_CALL_ION_ALLOC), 2);
	assert_int_equal(sim_count(SIM_CALL_ION_QUERY), 2);
	assert_int_equal(sim_count(SIM_CALL_IOCTL), 4);
	close(fd);
	close(ion);
}

/* pagemap never shows frames of ION's mappings. */
static void test_pagemap_shows_nothing(void **state)
{
	uint64_t word = 1;
	uint8_t *memory;
	int ion, fd, pagemap;

	configure(BOARD "; pagemap privileged");
	ion = open_ion();
	fd = ion_allocate(ion, UINT32_MAX, 4096, 0);
	memory = map_buffer(fd, 4096);
	memory[0] = 1;
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	assert_int_equal(pread(pagemap, &word, 8, (off_t)((uintptr_t)memory / page_size() * 8)), 8);
	assert_int_equal(word, 0);
	close(pagemap);
	munmap(memory, 4096);
	close(fd);
	close(ion);
}

static void test_bad_statements(void **state)
{
	static char const *const texts[] = {"ion", "ion on", "ion off now", "ion new heap", "ion new heap a id=32",
		"ion new heap a id=x", "ion new heap a type=blue", "ion new heap a cached", "ion new blue", "ion new limit=4K",
		"ion new heap a base=5", "ion new heap a alignment=3K", "ion new phys-dma=zero",
		"ion new heap a234567890b234567890c234567890d2"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(sim_configure(texts[i]), -1);
		assert_string_not_equal(sim_message(), "");
	}
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_numbers),
		TEST(test_machine_begins_without_devices),
		TEST(test_buffers),
		TEST(test_cached_buffers),
		TEST(test_heaps_are_tried_from_the_highest_id_down),
		TEST(test_errors),
		TEST(test_query),
		TEST(test_numbers_of_androids_image),
		TEST(test_address_by_ion),
		TEST(test_calls_are_counted_and_fail),
		TEST(test_pagemap_shows_nothing),
		TEST(test_bad_statements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
