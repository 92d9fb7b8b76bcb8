/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files in huge pages, plain memory files, and DMA-BUFs that udmabuf makes of them.
 */
#include <sys/stat.h>
#include <sys/vfs.h>

#include "raw.h"

/* linux/memfd.h: the logarithm of the size. */
#define SIZE_2M (21u << 26)
#define SIZE_1G (30u << 26)

static int huge_file(unsigned int flags)
{
	int fd = memfd_create("huge", MFD_HUGETLB | MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);

	assert_true(fd >= 0);
	return fd;
}

/* Make a huge file with all its pages. */
static int full_huge_file(size_t pages)
{
	int fd = huge_file(0);

	assert_int_equal(ftruncate(fd, (off_t)(pages * HUGE_PAGE)), 0);
	assert_int_equal(fallocate(fd, 0, 0, (off_t)(pages * HUGE_PAGE)), 0);
	return fd;
}

static void test_block_size_is_that_of_the_pages(void **state)
{
	struct stat status;
	int fd;

	configure("hugepages 4");
	fd = full_huge_file(2);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_blksize, HUGE_PAGE);
	close(fd);
}

static void test_no_huge_pages(void **state)
{
	int fd = huge_file(0);

	assert_int_equal(ftruncate(fd, (off_t)HUGE_PAGE), 0);
	assert_fails(ENOSPC, fallocate(fd, 0, 0, (off_t)HUGE_PAGE));
	assert_map_fails(ENOMEM, mmap(NULL, HUGE_PAGE, PROT_READ, MAP_SHARED, fd, 0));
	close(fd);
	assert_fails(ENODEV, memfd_create("huge", MFD_HUGETLB | SIZE_1G));
	close(huge_file(SIZE_2M));
}

static void test_sizes_are_whole_huge_pages(void **state)
{
	int fd;

	configure("hugepages 4");
	fd = huge_file(0);
	assert_fails(EINVAL, ftruncate(fd, 4096));
	assert_fails(EINVAL, ftruncate(fd, (off_t)HUGE_PAGE + 1));
	assert_int_equal(ftruncate64(fd, (off_t)(2 * HUGE_PAGE)), 0);
	assert_map_fails(EINVAL, mmap(NULL, HUGE_PAGE, PROT_READ, MAP_SHARED, fd, 4096));
	close(fd);
}

static void test_huge_pages_run_out_and_are_freed(void **state)
{
	int first, second;
	uint8_t *memory;

	configure("hugepages 3");
	first = full_huge_file(2);
	assert_int_equal(sim_huge_pages_used(), 2);
	second = huge_file(0);
	assert_int_equal(ftruncate(second, (off_t)(2 * HUGE_PAGE)), 0);
	assert_fails(ENOSPC, fallocate64(second, 0, 0, (off_t)(2 * HUGE_PAGE)));
	assert_map_fails(ENOMEM, mmap(NULL, 2 * HUGE_PAGE, PROT_READ, MAP_SHARED, second, 0));
	assert_int_equal(fallocate(second, 0, 0, (off_t)HUGE_PAGE), 0);
	assert_int_equal(sim_huge_pages_used(), 3);
	memory = map_buffer(first, 2 * HUGE_PAGE);
	close(first);
	assert_int_equal(sim_huge_pages_used(), 3);
	munmap(memory, 2 * HUGE_PAGE);
	assert_int_equal(sim_huge_pages_used(), 1);
	assert_int_equal(fallocate(second, 0, 0, (off_t)(2 * HUGE_PAGE)), 0);
	assert_int_equal(ftruncate(second, 0), 0);
	assert_int_equal(sim_huge_pages_used(), 0);
	close(second);
}

static void test_huge_pages_are_free_at_once(void **state)
{
	int first, second;

	configure("hugepages 2");
	first = full_huge_file(2);
	second = huge_file(0);
	close(first);
	assert_int_equal(fallocate(second, 0, 0, (off_t)(2 * HUGE_PAGE)), 0);
	close(second);
}

/* mmap rounds lengths up, munmap does not: the kernel does not split a huge page. */
static void test_huge_mappings_are_not_split(void **state)
{
	uint8_t *memory;
	int fd;

	configure("hugepages 2");
	fd = full_huge_file(1);
	memory = map_buffer(fd, 5000);
	memory[HUGE_PAGE - 1] = 1;
	assert_fails(EINVAL, munmap(memory, 5000));
	assert_fails(EINVAL, munmap(memory + 4096, HUGE_PAGE - 4096));
	assert_int_equal(memory[HUGE_PAGE - 1], 1);
	assert_int_equal(munmap(memory, HUGE_PAGE), 0);
	close(fd);
	assert_int_equal(sim_huge_pages_used(), 0);
}

static uint64_t get_frame(void const *address)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t word = 0;

	assert_int_equal(pread(fd, &word, 8, (off_t)((uintptr_t)address / page_size() * 8)), 8);
	close(fd);
	return word & ((UINT64_C(1) << 55) - 1);
}

static void test_frames_of_huge_pages(void **state)
{
	size_t page = page_size();
	uint8_t *memory, byte = 9;
	int fd;

	configure("hugepages 8; pagemap privileged");
	fd = full_huge_file(2);
	memory = map_buffer(fd, 2 * HUGE_PAGE);
	memset(memory, 1, 2 * HUGE_PAGE);
	assert_true(get_frame(memory) == 0x80000000 / page);
	assert_true(get_frame(memory + HUGE_PAGE - 1) == 0x80000000 / page + HUGE_PAGE / page - 1);
	assert_true(get_frame(memory + HUGE_PAGE) == 0x80000000 / page + HUGE_PAGE / page);
	assert_int_equal(sim_device_write(0x80000000 + HUGE_PAGE, &byte, 1), 0);
	assert_int_equal(memory[HUGE_PAGE], 9);
	assert_int_equal(sim_device_write_fd(fd, 2 * HUGE_PAGE - 1, &byte, 1), 0);
	assert_int_equal(memory[2 * HUGE_PAGE - 1], 9);
	assert_int_equal(sim_device_write_fd(fd, 2 * HUGE_PAGE, &byte, 1), -1);
	munmap(memory, 2 * HUGE_PAGE);
	close(fd);
	configure("hugepages 8 apart base=0x200000000; pagemap pfnmap");
	fd = full_huge_file(2);
	memory = map_buffer(fd, 2 * HUGE_PAGE);
	memset(memory, 1, 2 * HUGE_PAGE);
	assert_true(get_frame(memory) == UINT64_C(0x200000000) / page);
	assert_true(get_frame(memory + 4096) == UINT64_C(0x200000000) / page + 4096 / page);
	assert_true(get_frame(memory + HUGE_PAGE) == UINT64_C(0x200400000) / page);
	configure("pagemap unprivileged");
	assert_true(get_frame(memory) == 0);
	munmap(memory, 2 * HUGE_PAGE);
	close(fd);
}

static void test_seals(void **state)
{
	int fd;

	configure("hugepages 2");
	fd = full_huge_file(2);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK);
	assert_fails(EPERM, ftruncate(fd, (off_t)HUGE_PAGE));
	close(fd);
}

static int make_udmabuf(int memfd, uint64_t offset, uint64_t size, uint32_t flags)
{
	struct raw_udmabuf create = {.memfd = (uint32_t)memfd, .flags = flags, .offset = offset, .size = size};
	int node = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), result, code;

	assert_true(node >= 0);
	result = ioctl(node, RAW_UDMABUF, &create);
	code = errno;
	close(node);
	errno = code;
	return result;
}

static int plain_file(size_t size, int seals)
{
	int fd = memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (seals != 0)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void test_udmabuf_conditions(void **state)
{
	int fd, heap;

	configure("udmabuf on limit=1M; heap a; hugepages 1");
	fd = plain_file(2 * MIB, 0);
	assert_fails(EINVAL, make_udmabuf(fd, 0, 4096, 0));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_fails(EINVAL, make_udmabuf(fd, 0, 4095, 0));
	assert_fails(EINVAL, make_udmabuf(fd, 1, 4096, 0));
	assert_fails(EINVAL, make_udmabuf(fd, 0, 0, 0));
	assert_fails(EINVAL, make_udmabuf(fd, 0, MIB + 4096, 0));
	assert_fails(EINVAL, make_udmabuf(fd, 2 * MIB - 4096, 8192, 0));
	assert_fails(EBADF, make_udmabuf(-1, 0, 4096, 0));
	heap = open_heap("a");
	assert_fails(EBADF, make_udmabuf(heap, 0, 4096, 0));
	close(heap);
	close(fd);
	fd = plain_file(4096, F_SEAL_SHRINK | F_SEAL_WRITE);
	assert_fails(EINVAL, make_udmabuf(fd, 0, 4096, 0));
	close(fd);
	assert_int_equal(sim_live_buffers(), 0);
}

static void test_udmabuf_is_a_dmabuf_on_the_file(void **state)
{
	uint8_t *file, *buffer;
	char path[64], text[1024];
	int fd, dmabuf;

	configure("udmabuf on");
	fd = plain_file(4 * page_size(), F_SEAL_SHRINK);
	file = map_buffer(fd, 4 * page_size());
	dmabuf = make_udmabuf(fd, page_size(), 2 * page_size(), 1);
	assert_true(dmabuf >= 0);
	assert_int_equal(fcntl(dmabuf, F_GETFD), FD_CLOEXEC);
	assert_int_equal(lseek(dmabuf, 0, SEEK_END), 2 * page_size());
	assert_int_equal(sync_buffer(dmabuf, RAW_READ), 0);
	assert_fails(ENOTTY, sync_buffer(fd, RAW_READ));
	assert_map_fails(EINVAL, mmap(NULL, 3 * page_size(), PROT_READ, MAP_SHARED, dmabuf, 0));
	assert_map_fails(EINVAL, mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE, dmabuf, 0));
	buffer = map_buffer(dmabuf, 2 * page_size());
	file[page_size() + 3] = 5;
	assert_int_equal(buffer[3], 5);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", dmabuf);
	read_text(path, text, sizeof(text));
	assert_non_null(strstr(text, "\nexp_name:\tudmabuf\n"));
	snprintf(text, sizeof(text), "/proc/self/fd/%d", dmabuf);
	assert_int_equal(readlink(text, path, sizeof(path)), 8);
	assert_memory_equal(path, "/dmabuf:", 8);
	assert_int_equal(lseek(fd, 0, SEEK_END), 4 * page_size());
	munmap(buffer, 2 * page_size());
	munmap(file, 4 * page_size());
	close(fd);
	close(dmabuf);
	assert_int_equal(sim_live_buffers(), 0);
}

/*
 * Several DMA-BUFs of one file, each with its own range. They stay valid when the file is closed, and when duplicated.
 */
static void test_several_udmabufs_of_one_file(void **state)
{
	size_t page = page_size();
	struct stat file, one, other;
	int fd, first, second, copy;

	configure("udmabuf on; pagemap privileged; phys native");
	fd = plain_file(4 * page, F_SEAL_SHRINK);
	first = make_udmabuf(fd, 0, page, 0);
	second = make_udmabuf(fd, page, 3 * page, 0);
	assert_int_equal(fstat(fd, &file), 0);
	close(fd);
	copy = dup(second);
	assert_int_equal(fstat(second, &one), 0);
	close(second);
	/* Each DMA-BUF has its own inode, which duplicates share. */
	assert_int_equal(fstat(copy, &other), 0);
	assert_int_equal(one.st_ino, other.st_ino);
	assert_int_equal(fstat(first, &other), 0);
	assert_int_not_equal(one.st_ino, other.st_ino);
	assert_int_not_equal(one.st_ino, file.st_ino);
	assert_int_equal(lseek(first, 0, SEEK_END), page);
	assert_int_equal(lseek(copy, 0, SEEK_END), 3 * page);
	assert_int_equal(fcntl(copy, F_GETFD), 0);
	assert_true(get_phys(copy) == sim_physical_address(first, 0) + 2 * page);
	assert_true(sim_physical_address(copy, page) != get_phys(copy) + page);
	assert_int_equal(sim_live_buffers(), 2);
	close(first);
	assert_int_equal(sim_live_buffers(), 1);
	close(copy);
	assert_int_equal(sim_live_buffers(), 0);
}

/* Before Linux 5.3 all DMA-BUFs share one inode. */
static void test_inodes_of_kernels(void **state)
{
	static struct {
		char const *board;
		bool anonymous;
	} const kernels[] = {{"release 4.14.98", true}, {"release 5.2.21", true}, {"release 5.3.0", false},
		{"release 6.1.0", false}, {"names phys", true}};
	int first, second;
	struct stat one, other;
	struct statfs system;

	configure("heap a");
	first = allocate("a", 4096);
	second = allocate("a", 4096);
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		configure(kernels[i].board);
		assert_int_equal(fstat(first, &one), 0);
		assert_int_equal(fstat(second, &other), 0);
		assert_int_equal(one.st_ino == other.st_ino, kernels[i].anonymous);
		assert_int_equal(fstatfs(first, &system), 0);
		assert_int_equal(system.f_type, kernels[i].anonymous ? 0x09041934 : 0x444d4142);
	}
	close(first);
	close(second);
}

static void test_udmabuf_of_huge_pages(void **state)
{
	size_t page = page_size();
	uint8_t *memory;
	int fd, dmabuf;

	configure("udmabuf on; hugepages 4; pagemap privileged");
	fd = huge_file(0);
	assert_int_equal(ftruncate(fd, (off_t)(2 * HUGE_PAGE)), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	/* Linux 6.1 uses existing pages and does not allocate any. */
	assert_fails(EINVAL, make_udmabuf(fd, 0, HUGE_PAGE, 0));
	memory = map_buffer(fd, 2 * HUGE_PAGE);
	memory[5] = 1;
	assert_int_equal(make_udmabuf(fd, 0, HUGE_PAGE, 0) >= 0, true);
	assert_fails(EINVAL, make_udmabuf(fd, 0, 2 * HUGE_PAGE, 0));
	munmap(memory, 2 * HUGE_PAGE);
	assert_int_equal(fallocate(fd, 0, 0, (off_t)(2 * HUGE_PAGE)), 0);
	dmabuf = make_udmabuf(fd, 0, 2 * HUGE_PAGE, 1);
	assert_true(dmabuf >= 0);
	close(fd);
	memory = map_buffer(dmabuf, 2 * HUGE_PAGE);
	memset(memory, 1, 2 * HUGE_PAGE);
	assert_true(get_frame(memory + HUGE_PAGE) == (0x80000000 + HUGE_PAGE) / page);
	configure("pagemap pfnmap");
	assert_true(get_frame(memory) == 0);
	munmap(memory, 2 * HUGE_PAGE);
	close(dmabuf);
}

static void test_huge_pages_may_be_rejected(void **state)
{
	int fd;

	configure("udmabuf on huge=refuse; hugepages 4");
	fd = full_huge_file(1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_fails(EBADF, make_udmabuf(fd, 0, HUGE_PAGE, 0));
	configure("udmabuf on huge=accept");
	assert_int_equal(close(make_udmabuf(fd, 0, HUGE_PAGE, 0)), 0);
	close(fd);
}

static void test_udmabuf_limit_is_64_mib_at_first(void **state)
{
	int fd;

	configure("udmabuf on");
	fd = plain_file(80 * MIB, F_SEAL_SHRINK);
	assert_fails(EINVAL, make_udmabuf(fd, 0, 64 * MIB + 4096, 0));
	assert_int_equal(close(make_udmabuf(fd, 0, 64 * MIB, 0)), 0);
	close(fd);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_block_size_is_that_of_the_pages),
		TEST(test_no_huge_pages),
		TEST(test_sizes_are_whole_huge_pages),
		TEST(test_huge_pages_run_out_and_are_freed),
		TEST(test_huge_pages_are_free_at_once),
		TEST(test_huge_mappings_are_not_split),
		TEST(test_frames_of_huge_pages),
		TEST(test_seals),
		TEST(test_udmabuf_conditions),
		TEST(test_udmabuf_is_a_dmabuf_on_the_file),
		TEST(test_several_udmabufs_of_one_file),
		TEST(test_inodes_of_kernels),
		TEST(test_udmabuf_of_huge_pages),
		TEST(test_huge_pages_may_be_rejected),
		TEST(test_udmabuf_limit_is_64_mib_at_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
