/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes: names, attributes, access.
 */
#include "raw.h"

#include <dirent.h>
#include <sys/sysmacros.h>

#define HEAP "/dev/dma_heap/linux,cma"

int fortified_open(char const *path, int flags) __asm__("__open_2");
int fortified_open64(char const *path, int flags) __asm__("__open64_2");
int fortified_openat(int directory, char const *path, int flags) __asm__("__openat_2");
int fortified_openat64(int directory, char const *path, int flags) __asm__("__openat64_2");
ssize_t fortified_readlink(char const *path, char *text, size_t size, size_t room) __asm__("__readlink_chk");
ssize_t fortified_readlinkat(int directory, char const *path, char *text, size_t size,
	size_t room) __asm__("__readlinkat_chk");
/* For C libraries before 2.33. The structure is that of stat64 on all machines with a 64-bit long. */
int old_stat64(int version, char const *path, struct stat64 *status) __asm__("__xstat64");
int old_lstat64(int version, char const *path, struct stat64 *status) __asm__("__lxstat64");
int old_fstat64(int version, int fd, struct stat64 *status) __asm__("__fxstat64");
int old_fstatat64(int version, int directory, char const *path, struct stat64 *status,
	int flags) __asm__("__fxstatat64");
int old_stat(int version, char const *path, void *status) __asm__("__xstat");
int old_lstat(int version, char const *path, void *status) __asm__("__lxstat");
int old_fstat(int version, int fd, void *status) __asm__("__fxstat");
int old_fstatat(int version, int directory, char const *path, void *status, int flags) __asm__("__fxstatat");
/* The headers redirect these to the 64-bit functions. */
int narrow_stat(char const *path, void *status) __asm__("stat");
int narrow_lstat(char const *path, void *status) __asm__("lstat");
int narrow_fstat(int fd, void *status) __asm__("fstat");
int narrow_fstatat(int directory, char const *path, void *status, int flags) __asm__("fstatat");
struct dirent64 *narrow_readdir(DIR *directory) __asm__("readdir");

static void test_machine_begins_without_devices(void **state)
{
	struct stat status;

	assert_fails(ENOENT, open("/dev/dma_heap", O_RDONLY | O_DIRECTORY));
	assert_fails(ENOENT, open(HEAP, O_RDONLY));
	assert_fails(ENOENT, open("/dev/udmabuf", O_RDWR));
	assert_fails(ENOENT, open("/dev/dmabuf_imx", O_RDWR));
	assert_fails(ENOENT, stat("/dev/dma_heap", &status));
	assert_fails(ENOENT, access("/dev/udmabuf", F_OK));
	assert_null(opendir("/dev/dma_heap"));
	assert_null(fopen("/dev/udmabuf", "r"));
}

/* Check that the descriptor is a heap: length 0 returns EINVAL. */
static void expect_heap(int fd)
{
	struct raw_alloc data = {.len = 0};

	assert_true(fd >= 0);
	assert_fails(EINVAL, ioctl(fd, RAW_ALLOC, &data));
	assert_int_equal(close(fd), 0);
}

static void test_every_way_to_open(void **state)
{
	int directory;

	configure("heap linux,cma");
	expect_heap(open(HEAP, O_RDONLY));
	expect_heap(open(HEAP, O_RDWR | O_CLOEXEC));
	expect_heap(open64(HEAP, O_RDONLY));
	expect_heap(openat(AT_FDCWD, HEAP, O_RDONLY));
	expect_heap(openat64(AT_FDCWD, HEAP, O_RDONLY));
	expect_heap(fortified_open(HEAP, O_RDONLY));
	expect_heap(fortified_open64(HEAP, O_RDONLY));
	expect_heap(fortified_openat(AT_FDCWD, HEAP, O_RDONLY));
	expect_heap(fortified_openat64(AT_FDCWD, HEAP, O_RDONLY));
	directory = open("/dev/dma_heap", O_RDONLY | O_DIRECTORY);
	assert_true(directory >= 0);
	expect_heap(openat(directory, "linux,cma", O_RDONLY));
	expect_heap(openat(directory, "../dma_heap/./linux,cma", O_RDONLY));
	close(directory);
	directory = open("/dev", O_RDONLY | O_DIRECTORY);
	expect_heap(openat(directory, "dma_heap/linux,cma", O_RDONLY));
	close(directory);
	expect_heap(open("//dev/./dma_heap//linux,cma", O_RDONLY));
	expect_heap(open("/dev/../dev/dma_heap/linux,cma", O_RDONLY));
}

static void test_relative_to_the_working_directory(void **state)
{
	char before[4096];

	configure("heap linux,cma");
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir("/dev"), 0);
	expect_heap(open("dma_heap/linux,cma", O_RDONLY));
	assert_int_equal(chdir(before), 0);
}

static void test_symbolic_links_to_nodes(void **state)
{
	char directory[] = "/tmp/test-sim-XXXXXX", path[64];
	struct stat status;

	configure("heap linux,cma");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/link", directory);
	assert_int_equal(symlink(HEAP, path), 0);
	expect_heap(open(path, O_RDONLY));
	assert_fails(ELOOP, open(path, O_RDONLY | O_NOFOLLOW));
	assert_int_equal(stat(path, &status), 0);
	assert_true(S_ISCHR(status.st_mode));
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	unlink(path);
	rmdir(directory);
}

/* O_CREAT creates neither heaps nor files. */
static void test_open_creates_nothing(void **state)
{
	configure("heap linux,cma");
	assert_fails(ENOENT, open("/dev/dma_heap/other", O_RDWR | O_CREAT, 0600));
	assert_fails(ENOENT, open("/dev/udmabuf", O_RDWR | O_CREAT, 0600));
}

static void expect_look(mode_t mode, uid_t uid, gid_t gid, dev_t device, mode_t want, uid_t want_uid, gid_t want_gid)
{
	assert_int_equal(mode, want);
	assert_int_equal(uid, want_uid);
	assert_int_equal(gid, want_gid);
	assert_int_equal(device != 0, S_ISCHR(want));
}

#define EXPECT_LOOK(status, mode, uid, gid)                                                                            \
	expect_look((status).st_mode, (status).st_uid, (status).st_gid, (status).st_rdev, mode, uid, gid)

static void test_stat_shows_owner_and_mode(void **state)
{
	struct stat status;
	struct stat64 status64;
	struct statx statusx;
	int directory;

	configure("heap linux,cma owner=7:44 mode=0664; heap other");
	assert_int_equal(stat(HEAP, &status), 0);
	EXPECT_LOOK(status, S_IFCHR | 0664, 7, 44);
	assert_int_equal(lstat(HEAP, &status), 0);
	EXPECT_LOOK(status, S_IFCHR | 0664, 7, 44);
	assert_int_equal(stat64("/dev/dma_heap/other", &status64), 0);
	EXPECT_LOOK(status64, S_IFCHR | 0600, 0, 0);
	assert_int_equal(lstat64(HEAP, &status64), 0);
	EXPECT_LOOK(status64, S_IFCHR | 0664, 7, 44);
	directory = open("/dev/dma_heap", O_RDONLY | O_DIRECTORY);
	assert_int_equal(fstatat(directory, "linux,cma", &status, 0), 0);
	EXPECT_LOOK(status, S_IFCHR | 0664, 7, 44);
	assert_int_equal(fstatat64(directory, "linux,cma", &status64, AT_SYMLINK_NOFOLLOW), 0);
	EXPECT_LOOK(status64, S_IFCHR | 0664, 7, 44);
	assert_int_equal(fstat(directory, &status), 0);
	EXPECT_LOOK(status, S_IFDIR | 0755, 0, 0);
	close(directory);
	assert_int_equal(statx(AT_FDCWD, HEAP, 0, STATX_BASIC_STATS, &statusx), 0);
	expect_look(statusx.stx_mode, statusx.stx_uid, statusx.stx_gid, statusx.stx_rdev_major, S_IFCHR | 0664, 7, 44);
	assert_int_equal(stat("/dev/dma_heap", &status), 0);
	EXPECT_LOOK(status, S_IFDIR | 0755, 0, 0);
}

static void test_stat_of_descriptors(void **state)
{
	struct stat status, other;
	struct statx statusx;
	int fd;

	configure("heap linux,cma owner=7:44 mode=0640; udmabuf on");
	fd = open_heap("linux,cma");
	assert_int_equal(fstat(fd, &status), 0);
	EXPECT_LOOK(status, S_IFCHR | 0640, 7, 44);
	assert_int_equal(fstatat(fd, "", &status, AT_EMPTY_PATH), 0);
	EXPECT_LOOK(status, S_IFCHR | 0640, 7, 44);
	assert_int_equal(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &statusx), 0);
	assert_int_equal(statusx.stx_mode, S_IFCHR | 0640);
	/* Programs compare device numbers. */
	assert_int_equal(stat("/dev/udmabuf", &other), 0);
	assert_int_not_equal(status.st_rdev, other.st_rdev);
	assert_int_equal(stat(HEAP, &other), 0);
	assert_int_equal(status.st_rdev, other.st_rdev);
	close(fd);
}

/* Old and narrow names of stat. Each result goes to a new structure. */
static void test_every_spelling_of_stat(void **state)
{
	struct stat64 status[12];
	int fd;

	configure("heap linux,cma owner=7:44 mode=0640");
	fd = open_heap("linux,cma");
	assert_int_equal(old_stat64(1, HEAP, &status[0]), 0);
	assert_int_equal(old_lstat64(1, HEAP, &status[1]), 0);
	assert_int_equal(old_fstat64(1, fd, &status[2]), 0);
	assert_int_equal(old_fstatat64(1, AT_FDCWD, HEAP, &status[3], 0), 0);
	assert_int_equal(old_stat(1, HEAP, &status[4]), 0);
	assert_int_equal(old_lstat(1, HEAP, &status[5]), 0);
	assert_int_equal(old_fstat(1, fd, &status[6]), 0);
	assert_int_equal(old_fstatat(1, AT_FDCWD, HEAP, &status[7], 0), 0);
	assert_int_equal(narrow_stat(HEAP, &status[8]), 0);
	assert_int_equal(narrow_lstat(HEAP, &status[9]), 0);
	assert_int_equal(narrow_fstat(fd, &status[10]), 0);
	assert_int_equal(narrow_fstatat(AT_FDCWD, HEAP, &status[11], 0), 0);
	for (size_t i = 0; i < ((sizeof(long) == 8) ? 12 : 4); i++)
		EXPECT_LOOK(status[i], S_IFCHR | 0640, 7, 44);
	assert_int_equal(sim_count(SIM_CALL_STAT), 12);
	close(fd);
}

static int count_names(DIR *directory, char const *wanted, int *found)
{
	struct dirent *entry;
	int count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		*found += strcmp(entry->d_name, wanted) == 0 && entry->d_type == DT_CHR;
	}
	closedir(directory);
	return count;
}

static void test_narrow_listing(void **state)
{
	struct dirent64 *entry;
	DIR *directory;

	if (sizeof(long) < 8)
		skip();
	configure("heap linux,cma");
	directory = opendir("/dev/dma_heap");
	assert_non_null(directory);
	do
		entry = narrow_readdir(directory);
	while (entry && entry->d_name[0] == '.');
	assert_non_null(entry);
	assert_int_equal(entry->d_type, DT_CHR);
	closedir(directory);
}

static void test_listing(void **state)
{
	struct dirent **list;
	int found = 0, count;

	configure("heap linux,cma; heap linux,cma-uncached\nheap system scattered");
	assert_int_equal(count_names(opendir("/dev/dma_heap"), "linux,cma", &found), 3);
	assert_int_equal(found, 1);
	assert_int_equal(count_names(opendir("/dev/dma_heap/"), "system", &found), 3);
	assert_int_equal(count_names(fdopendir(open("/dev/dma_heap", O_RDONLY)), "linux,cma-uncached", &found), 3);
	assert_int_equal(found, 3);
	count = scandir("/dev/dma_heap", &list, NULL, alphasort);
	assert_int_equal(count, 5);
	assert_string_equal(list[2]->d_name, "linux,cma");
	while (count > 0)
		free(list[--count]);
	free(list);
	configure("heap system remove");
	assert_int_equal(count_names(opendir("/dev/dma_heap"), "system", &found), 2);
	assert_int_equal(found, 3);
	configure("heap linux,cma remove; heap linux,cma-uncached remove");
	assert_null(opendir("/dev/dma_heap"));
	assert_int_equal(errno, ENOENT);
}

static void test_open_may_fail(void **state)
{
	configure("heap linux,cma open=EACCES; heap b open-write=EACCES; udmabuf on open=EPERM");
	assert_fails(EACCES, open(HEAP, O_RDONLY));
	assert_fails(EACCES, open("/dev/dma_heap/b", O_RDWR));
	expect_heap(open("/dev/dma_heap/b", O_RDONLY));
	assert_fails(EPERM, open("/dev/udmabuf", O_RDWR));
	assert_null(fopen("/dev/udmabuf", "r"));
	assert_fails(EACCES, access(HEAP, R_OK));
	assert_int_equal(access(HEAP, F_OK), 0);
	assert_int_equal(access("/dev/dma_heap/b", R_OK), 0);
	assert_fails(EACCES, access("/dev/dma_heap/b", W_OK));
	assert_fails(EACCES, faccessat(AT_FDCWD, HEAP, R_OK, AT_EACCESS));
	assert_fails(EACCES, euidaccess(HEAP, R_OK));
	configure("heap linux,cma open=none");
	expect_heap(open(HEAP, O_RDONLY));
}

static void test_link_of_a_descriptor_is_the_path(void **state)
{
	char link[32], path[128];
	ssize_t length;
	int directory, fd, copy;

	configure("heap linux,cma");
	fd = open_heap("linux,cma");
	copy = dup(fd);
	close(fd);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", copy);
	length = readlink(link, path, sizeof(path));
	assert_int_equal(length, strlen(HEAP));
	assert_memory_equal(path, HEAP, strlen(HEAP));
	assert_int_equal(readlink(link, path, 4), 4);
	assert_memory_equal(path, "/dev", 4);
	directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	snprintf(link, sizeof(link), "%d", copy);
	assert_int_equal(readlinkat(directory, link, path, sizeof(path)), strlen(HEAP));
	close(directory);
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)getpid(), copy);
	assert_int_equal(fortified_readlink(link, path, sizeof(path), sizeof(path)), strlen(HEAP));
	assert_int_equal(fortified_readlinkat(AT_FDCWD, link, path, sizeof(path), sizeof(path)), strlen(HEAP));
	assert_int_equal(readlink(link, path, sizeof(path)), strlen(HEAP));
	close(copy);
	directory = open("/dev/dma_heap", O_RDONLY | O_DIRECTORY);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	assert_int_equal(readlink(link, path, sizeof(path)), strlen("/dev/dma_heap"));
	close(directory);
	assert_fails(EINVAL, readlink(HEAP, path, sizeof(path)));
}

static void test_nodes_without_read_and_mmap(void **state)
{
	char byte;
	int fd;

	configure("heap linux,cma");
	fd = open_heap("linux,cma");
	assert_fails(EINVAL, read(fd, &byte, 1));
	assert_fails(EINVAL, pread(fd, &byte, 1, 0));
	assert_map_fails(ENODEV, mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0));
	close(fd);
}

static void test_other_files_are_unchanged(void **state)
{
	char directory[] = "/tmp/test-sim-XXXXXX", path[64], text[8] = "";
	struct stat status;
	int fd;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/file", directory);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0640);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "abcdef", 6), 6);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0640);
	assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_memory_equal(text, "cdef", 4);
	assert_int_equal(pread(fd, text, 2, 1), 2);
	assert_memory_equal(text, "bc", 2);
	assert_fails(ENOTTY, ioctl(fd, RAW_SYNC, text));
	assert_int_equal(access(path, R_OK), 0);
	close(fd);
	assert_fails(EBADF, ioctl(fd, RAW_SYNC, text));
	unlink(path);
	rmdir(directory);
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		TEST(test_machine_begins_without_devices),
		TEST(test_every_way_to_open),
		TEST(test_relative_to_the_working_directory),
		TEST(test_symbolic_links_to_nodes),
		TEST(test_open_creates_nothing),
		TEST(test_stat_shows_owner_and_mode),
		TEST(test_stat_of_descriptors),
		TEST(test_every_spelling_of_stat),
		TEST(test_listing),
		TEST(test_narrow_listing),
		TEST(test_open_may_fail),
		TEST(test_link_of_a_descriptor_is_the_path),
		TEST(test_nodes_without_read_and_mmap),
		TEST(test_other_files_are_unchanged),
	};

	umask(0022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
