/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors of DMA-BUFs: ioctls, mmap, lseek, /proc/self/fd and fdinfo.
 */
#include "raw.h"

#include <sys/vfs.h>

static void test_sync_checks_its_flags(void **state)
{
	int fd, file;

	configure("heap a; heap u uncached");
	fd = allocate("a", 4096);
	for (uint64_t flags = 0; flags < 16; flags++) {
		bool good = flags < 8 && (flags & 3) != 0;

		errno = 0;
		assert_int_equal(sync_buffer(fd, flags), good ? 0 : -1);
		assert_int_equal(errno, good ? 0 : EINVAL);
	}
	assert_fails(EINVAL, sync_buffer(fd, RAW_READ | UINT64_C(1) << 32));
	assert_fails(EFAULT, ioctl(fd, RAW_SYNC, NULL));
	close(fd);
	file = memfd_create("file", MFD_CLOEXEC);
	assert_fails(ENOTTY, sync_buffer(file, RAW_READ));
	assert_fails(ENOTTY, sync_buffer(file, 0));
	close(file);
	file = open_heap("a");
	assert_fails(EINVAL, ioctl(file, _IOW('b', 7, uint64_t), NULL));
	close(file);
	fd = allocate("u", 4096);
	assert_int_equal(sync_buffer(fd, RAW_READ | RAW_WRITE), 0);
	assert_fails(EINVAL, sync_buffer(fd, 0));
	close(fd);
}

static void test_unknown_ioctls(void **state)
{
	int fd, flag = 1;
	uint64_t word = 0;

	configure("heap a");
	fd = allocate("a", 4096);
	assert_fails(ENOTTY, ioctl(fd, _IOWR('b', 4, uint64_t), &word));
	assert_fails(ENOTTY, ioctl(fd, RAW_ALLOC, &word));
	/* The kernel handles these for any descriptor. */
	assert_int_equal(ioctl(fd, FIOCLEX), 0);
	assert_int_equal(ioctl(fd, FIONBIO, &flag), 0);
	close(fd);
}

static void test_phys_modes(void **state)
{
	unsigned long native = 1;
	uint64_t wide = ~UINT64_C(0);
	int fd;

	configure("heap a; phys absent");
	fd = allocate("a", 4096);
	assert_fails(ENOTTY, ioctl(fd, RAW_PHYS, &native));
	configure("phys native");
	assert_int_equal(ioctl(fd, RAW_PHYS, &native), 0);
	assert_int_equal(native, 0x4c000000);
	assert_fails(ENOTTY, ioctl(fd, (sizeof(long) == 8) ? RAW_PHYS_32 : RAW_PHYS_64, &wide));
	assert_fails(EFAULT, ioctl(fd, RAW_PHYS, NULL));
	configure("phys u64");
	assert_int_equal(ioctl(fd, RAW_PHYS_64, &wide), 0);
	assert_true(wide == 0x4c000000);
	assert_fails(ENOTTY, ioctl(fd, RAW_PHYS_32, &wide));
	configure("phys zero");
	assert_int_equal(ioctl(fd, RAW_PHYS, &native), 0);
	assert_int_equal(native, 0);
	configure("phys fault");
	assert_fails(EFAULT, ioctl(fd, RAW_PHYS, &native));
	close(fd);
}

static void test_phys_elsewhere(void **state)
{
	unsigned long address = 0;
	int file;

	configure("heap a");
	file = memfd_create("file", MFD_CLOEXEC);
	assert_fails(ENOTTY, ioctl(file, RAW_PHYS, &address));
	close(file);
	file = open("/dev/null", O_RDWR);
	assert_fails(ENOTTY, ioctl(file, RAW_PHYS, &address));
	close(file);
}

static void test_phys_of_scattered_memory_is_the_first_page(void **state)
{
	int fd;

	configure("heap system scattered; phys native");
	fd = allocate("system", 8192);
	assert_int_equal(get_phys(fd), 0x4c000000);
	assert_int_not_equal(sim_physical_address(fd, page_size()), 0x4c000000 + page_size());
	close(fd);
}

struct imx_phys {
	uint32_t fd, unused;
	uint64_t address;
};

static void test_dmabuf_imx(void **state)
{
	struct imx_phys data = {.fd = 0};
	unsigned long request = _IOWR('M', 32, struct imx_phys), word;
	int node, fd;

	configure("heap a; dmabuf-imx on mode=0666; phys absent");
	node = open("/dev/dmabuf_imx", O_RDONLY);
	fd = allocate("a", 4096);
	data.fd = (uint32_t)fd;
	assert_int_equal(ioctl(node, request, &data), 0);
	assert_true(data.address == 0x4c000000);
	data.fd = (uint32_t)node;
	assert_fails(EFAULT, ioctl(node, request, &data));
	data.fd = 12345;
	assert_fails(EFAULT, ioctl(node, request, &data));
	assert_fails(ENOTTY, ioctl(node, RAW_PHYS, &word));
	assert_fails(EFAULT, ioctl(node, request, NULL));
	assert_int_equal(sim_count(SIM_CALL_DMABUF_IMX), 4);
	close(node);
	configure("dmabuf-imx on bounce");
	node = open("/dev/dmabuf_imx", O_RDONLY);
	data.fd = (uint32_t)fd;
	for (uint64_t expected = 0xfbfff000; expected < 0xfc001000; expected += 0x1000) {
		assert_int_equal(ioctl(node, request, &data), 0);
		assert_true(data.address == expected);
	}
	close(node);
	configure("dmabuf-imx off");
	assert_fails(ENOENT, open("/dev/dmabuf_imx", O_RDONLY));
	close(fd);
}

static void test_mmap_rules(void **state)
{
	size_t page = page_size();
	uint8_t *memory, *second;
	int fd;

	configure("heap a");
	fd = allocate("a", 2 * page + 1);
	assert_map_fails(EINVAL, mmap(NULL, page, PROT_READ, MAP_PRIVATE, fd, 0));
	assert_map_fails(EINVAL, mmap(NULL, 3 * page + 1, PROT_READ, MAP_SHARED, fd, 0));
	assert_map_fails(EINVAL, mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)(3 * page)));
	assert_map_fails(EINVAL, mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd, (off_t)(2 * page)));
	assert_map_fails(EINVAL, mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0));
	assert_map_fails(EINVAL, mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 1));
	assert_map_fails(EINVAL, mmap64(NULL, SIZE_MAX, PROT_READ, MAP_SHARED, fd, 0));
	memory = map_buffer(fd, 3 * page);
	second = mmap64(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)(2 * page));
	assert_ptr_not_equal(second, MAP_FAILED);
	memory[2 * page + 5] = 42;
	assert_int_equal(second[5], 42);
	munmap(second, page);
	munmap(memory, 3 * page);
	close(fd);
}

static void test_lseek_rules(void **state)
{
	int fd;

	configure("heap a");
	fd = allocate("a", 5000);
	assert_int_equal(lseek(fd, 0, SEEK_END), 8192);
	assert_int_equal(lseek64(fd, 0, SEEK_SET), 0);
	assert_fails(EINVAL, lseek(fd, 1, SEEK_SET));
	assert_fails(EINVAL, lseek(fd, 0, SEEK_CUR));
	assert_fails(EINVAL, lseek(fd, -1, SEEK_END));
	close(fd);
}

static void test_calls_on_files_that_dmabufs_reject(void **state)
{
	char byte = 0, path[40];
	struct stat status;
	int fd;

	configure("heap a");
	fd = allocate("a", 5000);
	assert_fails(EINVAL, read(fd, &byte, 1));
	assert_fails(EINVAL, pread(fd, &byte, 1, 0));
	assert_fails(EINVAL, ftruncate(fd, 100000));
	assert_fails(EOPNOTSUPP, fallocate(fd, 0, 0, 4096));
	assert_fails(EINVAL, fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	assert_fails(EINVAL, fcntl(fd, F_GET_SEALS));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_fails(ENXIO, open(path, O_RDWR));
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, 8192);
	close(fd);
}

static void expect_link(int fd, char const *text)
{
	char path[40], link[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link) - 1);
	assert_true(length > 0);
	link[length] = '\0';
	assert_string_equal(link, text);
}

static void test_names(void **state)
{
	char text[1024], path[40];
	int fd, copy;

	configure("heap a");
	fd = allocate("a", 4096);
	copy = dup(fd);
	expect_link(fd, "/dmabuf:");
	assert_int_equal(ioctl(fd, RAW_SET_NAME, "camera"), 0);
	expect_link(copy, "/dmabuf:camera");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", copy);
	read_text(path, text, sizeof(text));
	assert_non_null(strstr(text, "\nname:\tcamera\n"));
	assert_int_equal(ioctl(fd, RAW_SET_NAME, "0123456789012345678901234567890"), 0);
	assert_fails(EINVAL, ioctl(fd, RAW_SET_NAME, "01234567890123456789012345678901"));
	assert_fails(EFAULT, ioctl(fd, RAW_SET_NAME, NULL));
	close(fd);
	close(copy);
}

static void test_names_of_older_kernels(void **state)
{
	unsigned long other = (sizeof(long) == 8) ? _IOW('b', 1, uint32_t) : _IOW('b', 1, uint64_t);
	char room[32] = "camera", text[1024], path[40];
	struct statfs status;
	unsigned long address;
	int fd;

	configure("heap a base=0x1000000");
	fd = allocate("a", 4096);
	assert_int_equal(fstatfs(fd, &status), 0);
	assert_int_equal(status.f_type, 0x444d4142);
	assert_int_equal(ioctl(fd, other, "any"), 0);
	configure("names attached");
	assert_int_equal(ioctl(fd, other, "attached"), 0);
	assert_int_equal(sim_attach(fd), 0);
	assert_fails(EBUSY, ioctl(fd, RAW_SET_NAME, "camera"));
	expect_link(fd, "/dmabuf:attached");
	assert_int_equal(sim_detach(fd), 0);
	configure("names native");
	assert_fails(ENOTTY, ioctl(fd, other, "other"));
	assert_int_equal(ioctl(fd, _IOW('b', 1, unsigned long), "native"), 0);
	expect_link(fd, "/dmabuf:native");
	configure("names phys");
	assert_int_equal(ioctl(fd, _IOW('b', 1, unsigned long), room), 0);
	memcpy(&address, room, sizeof(address));
	assert_int_equal(address, 0x1000000);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	read_text(path, text, sizeof(text));
	assert_null(strstr(text, "name:"));
	assert_int_equal(fstatfs(fd, &status), 0);
	assert_int_equal(status.f_type, 0x09041934);
	close(fd);
}

static void expect_fdinfo(int fd, char const *directory, char const *line)
{
	char text[1024], path[64];

	snprintf(path, sizeof(path), "%s/fdinfo/%d", directory, fd);
	read_text(path, text, sizeof(text));
	if (!strstr(text, line))
		fail_msg("%s: %s is missing in %s", path, line, text);
}

static void test_fdinfo(void **state)
{
	char own[40], path[64];
	uint8_t *memory;
	FILE *stream;
	int fd, copy;

	configure("heap linux,cma; heap system scattered; heap odd exporter=some-driver");
	fd = allocate("linux,cma", 5000);
	snprintf(own, sizeof(own), "/proc/%d", (int)getpid());
	expect_fdinfo(fd, "/proc/self", "pos:\t0\n");
	expect_fdinfo(fd, "/proc/self", "\nflags:\t");
	expect_fdinfo(fd, "/proc/self", "\nsize:\t8192\n");
	expect_fdinfo(fd, own, "\nexp_name:\tlinux,cma\n");
	expect_fdinfo(fd, "/proc/thread-self", "\ncount:\t1\n");
	copy = dup(fd);
	memory = map_buffer(fd, 8192);
	expect_fdinfo(copy, "/proc/self", "\ncount:\t3\n");
	munmap(memory, 8192);
	close(copy);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	assert_fails(EBADF, write(open(path, O_RDONLY), "x", 1));
	stream = fopen(path, "re");
	assert_non_null(stream);
	assert_non_null(fgets(path, sizeof(path), stream));
	assert_string_equal(path, "pos:\t0\n");
	fclose(stream);
	close(fd);
	fd = allocate("odd", 4096);
	expect_fdinfo(fd, "/proc/self", "\nexp_name:\tsome-driver\n");
	close(fd);
	configure("exporter module");
	fd = allocate("linux,cma", 4096);
	expect_fdinfo(fd, "/proc/self", "\nexp_name:\tcma_heap\n");
	close(fd);
	fd = allocate("system", 4096);
	expect_fdinfo(fd, "/proc/self", "\nexp_name:\tsystem_heap\n");
	close(fd);
}

static void test_fdinfo_of_other_files(void **state)
{
	char text[1024], path[64];
	int fd;

	configure("heap a");
	fd = open_heap("a");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	read_text(path, text, sizeof(text));
	assert_null(strstr(text, "exp_name"));
	close(fd);
	assert_fails(ENOENT, open("/proc/self/fdinfo/12345", O_RDONLY));
}

/* All duplicates of a descriptor are the same DMA-BUF. */
static void test_duplicates(void **state)
{
	int fd, copies[5];

	configure("heap a");
	fd = allocate("a", 4096);
	copies[0] = dup(fd);
	copies[1] = dup2(fd, 200);
	copies[2] = dup3(fd, 201, O_CLOEXEC);
	copies[3] = fcntl(fd, F_DUPFD, 202);
	copies[4] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	assert_int_equal(fcntl(copies[2], F_GETFD), FD_CLOEXEC);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(get_phys(copies[i]), 0x4c000000);
		close(copies[i]);
	}
	assert_int_equal(sim_live_buffers(), 1);
	close(fd);
	assert_int_equal(sim_live_buffers(), 0);
}

/* Linux 4.9: the number of DMA_BUF_SET_NAME returns the address. */
static void test_phys_of_old_kernels(void **state)
{
	unsigned long address = 0, unused = 0;
	int fd;

	configure("heap a; phys old");
	fd = allocate("a", 4096);
	assert_fails(ENOTTY, ioctl(fd, RAW_PHYS, &unused));
	assert_int_equal(ioctl(fd, _IOW('b', 1, unsigned long), &address), 0);
	assert_int_equal(address, 0x4c000000);
	assert_int_equal(sim_count(SIM_CALL_PHYS), 2);
	configure("phys native");
	address = 0x6e616d65;
	assert_int_equal(ioctl(fd, _IOW('b', 1, unsigned long), &address), 0);
	assert_int_equal(address, 0x6e616d65);
	close(fd);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_sync_checks_its_flags),
		TEST(test_unknown_ioctls),
		TEST(test_phys_modes),
		TEST(test_phys_elsewhere),
		TEST(test_phys_of_scattered_memory_is_the_first_page),
		TEST(test_dmabuf_imx),
		TEST(test_mmap_rules),
		TEST(test_lseek_rules),
		TEST(test_calls_on_files_that_dmabufs_reject),
		TEST(test_names),
		TEST(test_names_of_older_kernels),
		TEST(test_fdinfo),
		TEST(test_fdinfo_of_other_files),
		TEST(test_duplicates),
		TEST(test_phys_of_old_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
