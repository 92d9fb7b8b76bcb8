/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DMA_HEAP_IOCTL_ALLOC: bad arguments, results, limits, addresses and their reuse.
 */
#include "raw.h"

static int try_alloc(char const *name, uint64_t len, uint32_t fd, uint32_t fd_flags, uint64_t heap_flags)
{
	struct raw_alloc data = {.len = len, .fd = fd, .fd_flags = fd_flags, .heap_flags = heap_flags};
	int heap = open_heap(name), result = ioctl(heap, RAW_ALLOC, &data), code = errno;

	close(heap);
	errno = code;
	return (result < 0) ? -1 : (int)data.fd;
}

static void test_bad_requests(void **state)
{
	configure("heap a");
	assert_fails(EINVAL, try_alloc("a", 0, 0, O_RDWR, 0));
	assert_fails(EINVAL, try_alloc("a", 4096, 1, O_RDWR, 0));
	assert_fails(EINVAL, try_alloc("a", 4096, 0, O_RDWR | O_NONBLOCK, 0));
	assert_fails(EINVAL, try_alloc("a", 4096, 0, O_RDWR, 1));
	assert_fails(EINVAL, try_alloc("a", 4096, 0, O_RDWR, UINT64_C(1) << 40));
	assert_fails(EINVAL, try_alloc("a", UINT64_MAX, 0, O_RDWR, 0));
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_wrong_objects_and_numbers(void **state)
{
	struct raw_alloc data = {.len = 4096, .fd_flags = O_RDWR};
	int heap, file;

	configure("heap a");
	heap = open_heap("a");
	file = open("/dev/null", O_RDWR);
	assert_fails(ENOTTY, ioctl(file, RAW_ALLOC, &data));
	assert_fails(EBADF, ioctl(-1, RAW_ALLOC, &data));
	assert_fails(EINVAL, ioctl(heap, _IOWR('H', 1, struct raw_alloc), &data));
	assert_fails(EFAULT, ioctl(heap, RAW_ALLOC, NULL));
	close(file);
	close(heap);
}

/* The driver checks the number only. A shorter structure is filled up with zeros, and receives as many bytes back. */
static void test_size_of_the_argument_does_not_matter(void **state)
{
	struct {
		struct raw_alloc data;
		uint64_t more;
	} longer = {.data = {.len = 4096, .fd_flags = O_RDWR}, .more = 77};
	struct raw_alloc data = {.len = 4096, .fd_flags = O_RDWR, .heap_flags = 5};
	int heap;

	configure("heap a");
	heap = open_heap("a");
	assert_int_equal(ioctl(heap, _IOC(_IOC_READ | _IOC_WRITE, 'H', 0, 16), &data), 0);
	assert_true(data.fd > 0);
	assert_int_equal(data.heap_flags, 5);
	assert_int_equal(ioctl(heap, _IOC(_IOC_READ | _IOC_WRITE, 'H', 0, 32), &longer), 0);
	assert_true(longer.data.fd > 0);
	assert_int_equal(longer.more, 77);
	assert_int_equal(sim_live_buffers(), 2);
	close((int)data.fd);
	close((int)longer.data.fd);
	close(heap);
}

static void test_descriptor_has_the_requested_flags(void **state)
{
	static struct {
		uint32_t flags;
		int access, close_on_exec;
	} const cases[] = {
		{O_RDWR | O_CLOEXEC, O_RDWR, FD_CLOEXEC},
		{O_RDWR, O_RDWR, 0},
		{O_RDONLY | O_CLOEXEC, O_RDONLY, FD_CLOEXEC},
		{O_RDONLY, O_RDONLY, 0},
		{O_WRONLY, O_WRONLY, 0},
	};
	int expected;

	configure("heap a");
	expected = dup(0);
	close(expected);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raw_alloc data = {.len = 1, .fd_flags = cases[i].flags};
		int heap = open_heap("a");

		assert_int_equal(ioctl(heap, RAW_ALLOC, &data), 0);
		/* The lowest free number, as for every descriptor. */
		assert_int_equal(data.fd, expected + 1);
		assert_int_equal(fcntl((int)data.fd, F_GETFL) & O_ACCMODE, cases[i].access);
		assert_int_equal(fcntl((int)data.fd, F_GETFD), cases[i].close_on_exec);
		assert_int_equal(data.len, 1);
		close((int)data.fd);
		close(heap);
	}
}

static void test_read_only_descriptor_maps_for_reading_only(void **state)
{
	void *address;
	int fd;

	configure("heap a");
	fd = allocate_flags("a", 4096, O_RDONLY | O_CLOEXEC);
	assert_map_fails(EACCES, mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	address = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(address, MAP_FAILED);
	munmap(address, 4096);
	close(fd);
	fd = allocate_flags("a", 4096, O_WRONLY);
	assert_map_fails(EACCES, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	close(fd);
}

static void test_sizes_are_whole_pages(void **state)
{
	int fd;

	configure("heap a");
	fd = allocate("a", 1);
	assert_int_equal(lseek(fd, 0, SEEK_END), page_size());
	assert_int_equal(sim_heap_used("a"), page_size());
	close(fd);
	fd = allocate("a", 3 * page_size() + 1);
	assert_int_equal(lseek(fd, 0, SEEK_END), 4 * page_size());
	close(fd);
}

static void test_memory_is_zero_although_others_wrote_to_it(void **state)
{
	for (int i = 0; i < 2; i++) {
		uint8_t *memory;
		int fd;

		configure("heap a; heap b uncached");
		fd = allocate((i == 0) ? "a" : "b", 8192);
		memory = map_buffer(fd, 8192);
		for (size_t k = 0; k < 8192; k++)
			assert_int_equal(memory[k], 0);
		memset(memory, 0x77, 8192);
		munmap(memory, 8192);
		close(fd);
		fd = allocate((i == 0) ? "a" : "b", 8192);
		memory = map_buffer(fd, 8192);
		assert_int_equal(memory[0], 0);
		assert_int_equal(memory[8191], 0);
		munmap(memory, 8192);
		close(fd);
	}
}

static void test_limit_and_reuse(void **state)
{
	int first, second;

	configure("heap a limit=1M; heap b limit=64K");
	first = allocate("a", MIB - page_size());
	assert_true(first >= 0);
	assert_fails(ENOMEM, allocate("a", 2 * page_size()));
	second = allocate("a", page_size());
	assert_true(second >= 0);
	assert_fails(ENOMEM, allocate("a", 1));
	assert_int_equal(sim_heap_used("a"), MIB);
	assert_int_equal(sim_heap_used("b"), 0);
	assert_int_equal(sim_heap_used("c"), 0);
	assert_fails(ENOMEM, allocate("b", 65537));
	close(first);
	assert_int_equal(sim_heap_used("a"), page_size());
	first = allocate("a", MIB - page_size());
	assert_true(first >= 0);
	configure("heap a limit=2M");
	assert_int_equal(close(allocate("a", MIB)), 0);
	close(first);
	close(second);
	assert_fails(ENOMEM, allocate("a", UINT64_C(1) << 62));
	assert_int_equal(sim_live_buffers(), 0);
}

/* Every descriptor and every mapping keeps the memory alive. */
static void test_memory_lives_as_long_as_it_is_used(void **state)
{
	uint8_t *memory;
	int fd, copy;

	configure("heap a limit=8K");
	fd = allocate("a", 8192);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	memory = map_buffer(copy, 8192);
	close(fd);
	assert_fails(ENOMEM, allocate("a", 1));
	close(copy);
	assert_fails(ENOMEM, allocate("a", 1));
	assert_int_equal(sim_live_buffers(), 1);
	munmap(memory, page_size());
	assert_fails(ENOMEM, allocate("a", 1));
	memory[page_size()] = 1;
	munmap(memory + page_size(), page_size());
	assert_int_equal(sim_live_buffers(), 0);
	fd = allocate("a", 8192);
	assert_true(fd >= 0);
	assert_int_equal(dup2(0, fd), fd);
	assert_int_equal(sim_heap_used("a"), 0);
	close(fd);
}

static void test_close_without_interposition(void **state)
{
	struct raw_alloc first = {.len = 4096, .fd_flags = O_RDWR}, second = first;
	int heap;

	configure("heap a limit=4K");
	heap = open_heap("a");
	assert_int_equal(ioctl(heap, RAW_ALLOC, &first), 0);
	/* This call is not interposed. */
	assert_int_equal(close_range(first.fd, first.fd, 0), 0);
	assert_int_equal(ioctl(heap, RAW_ALLOC, &second), 0);
	close((int)second.fd);
	close(heap);
}

static void test_addresses_and_their_reuse(void **state)
{
	int first, second, third;

	configure("heap a; heap b");
	first = allocate("a", 4096);
	second = allocate("b", 4096);
	third = allocate("a", 4096);
	assert_int_equal(get_phys(first), 0x4c000000);
	assert_int_equal(get_phys(second), 0x4c001000);
	assert_int_equal(get_phys(third), 0x4c002000);
	close(second);
	second = allocate("a", 8192);
	assert_int_equal(get_phys(second), 0x4c004000);
	close(second);
	second = allocate("a", 4096);
	assert_int_equal(get_phys(second), 0x4c001000);
	close(first);
	close(second);
	close(third);
	third = allocate("a", 4096);
	assert_int_equal(get_phys(third), 0x4c000000);
	close(third);
}

/* The power of two that holds the size, but at most 1 MiB. */
static void test_cma_alignment(void **state)
{
	static struct {
		uint64_t size, alignment;
	} const cases[] = {{4096, 4096}, {4097, 8192}, {12288, 16384}, {100000, 131072}, {524289, 1048576},
		{1048577, 1048576}, {5000000, 1048576}};
	int spacer, fd;

	configure("heap a base=0x4c001000");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		spacer = allocate("a", 4096);
		fd = allocate("a", cases[i].size);
		assert_int_equal(get_phys(fd) % cases[i].alignment, 0);
		/* The alignment is not larger, so that tests find code that relies on more. */
		assert_in_range(get_phys(fd), 0x4c001000, 0x4c001000 + 2 * cases[i].alignment);
		close(fd);
		close(spacer);
	}
	configure("cma-alignment 64K");
	fd = allocate("a", 5000000);
	assert_int_equal(get_phys(fd), 0x4c010000);
	close(fd);
}

static void test_bases(void **state)
{
	uint64_t address = 0;
	int fd;

	configure("phys u64; base 0x8ff00000; heap a; heap b base=0x1c0000000");
	fd = allocate("a", MIB);
	assert_int_equal(ioctl(fd, RAW_PHYS_64, &address), 0);
	assert_true(address == 0x8ff00000);
	close(fd);
	fd = allocate("b", MIB);
	assert_int_equal(ioctl(fd, RAW_PHYS_64, &address), 0);
	assert_true(address == UINT64_C(0x1c0000000));
	assert_true(sim_physical_address(fd, 5) == UINT64_C(0x1c0000005));
	close(fd);
}

static void test_scattered_memory(void **state)
{
	uint64_t page = page_size();
	int fd;

	configure("heap system scattered");
	fd = allocate("system", 4 * page);
	assert_int_equal(get_phys(fd), sim_physical_address(fd, 0));
	for (uint64_t i = 1; i < 4; i++)
		assert_true(sim_physical_address(fd, i * page) != sim_physical_address(fd, 0) + i * page);
	assert_true(sim_physical_address(fd, page + 9) == sim_physical_address(fd, page) + 9);
	assert_true(sim_physical_address(fd, 4 * page) == 0);
	close(fd);
}

/* Frames of live memory are never reused. */
static void test_buffers_do_not_overlap(void **state)
{
	int fds[40];
	uint64_t address[40], size[40];

	configure("heap a limit=1G; heap s scattered limit=1G");
	for (unsigned int round = 0; round < 400; round++) {
		unsigned int i = round * 7 % 40;

		if (round >= 40)
			close(fds[i]);
		size[i] = (round * 37 % 9 + 1) * page_size();
		fds[i] = allocate("a", size[i]);
		address[i] = get_phys(fds[i]);
		for (unsigned int k = 0; k < 40 && round >= 40; k++)
			assert_true(k == i || address[k] + size[k] <= address[i] || address[i] + size[i] <= address[k]);
	}
	for (unsigned int i = 0; i < 40; i++)
		close(fds[i]);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_large_buffers_cost_nothing(void **state)
{
	uint64_t size = UINT64_C(6) << 30;
	uint8_t byte = 1;
	int fd;

	if (sizeof(void *) < 8)
		skip();
	configure("heap a limit=16G base=0x100000000");
	fd = allocate("a", size);
	assert_true(fd >= 0);
	assert_true(get_phys(fd) == UINT64_C(0x100000000));
	assert_int_equal(sim_device_read_fd(fd, size - 1, &byte, 1), 0);
	assert_int_equal(byte, 0);
	assert_true(lseek(fd, 0, SEEK_END) == (off_t)size);
	close(fd);
}

static void test_removed_heap(void **state)
{
	int fd, heap;
	struct raw_alloc data = {.len = 4096, .fd_flags = O_RDWR};

	configure("heap a; heap b");
	fd = allocate("a", 4096);
	heap = open_heap("a");
	configure("heap a remove");
	assert_fails(ENOENT, open("/dev/dma_heap/a", O_RDONLY));
	assert_int_equal(sync_buffer(fd, RAW_READ), 0);
	assert_fails(ENOTTY, ioctl(heap, RAW_ALLOC, &data));
	close(heap);
	close(fd);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_bad_requests),
		TEST(test_wrong_objects_and_numbers),
		TEST(test_size_of_the_argument_does_not_matter),
		TEST(test_descriptor_has_the_requested_flags),
		TEST(test_read_only_descriptor_maps_for_reading_only),
		TEST(test_sizes_are_whole_pages),
		TEST(test_memory_is_zero_although_others_wrote_to_it),
		TEST(test_limit_and_reuse),
		TEST(test_memory_lives_as_long_as_it_is_used),
		TEST(test_close_without_interposition),
		TEST(test_addresses_and_their_reuse),
		TEST(test_cma_alignment),
		TEST(test_bases),
		TEST(test_scattered_memory),
		TEST(test_buffers_do_not_overlap),
		TEST(test_large_buffers_cost_nothing),
		TEST(test_removed_heap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
