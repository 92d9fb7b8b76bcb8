/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "locks.h"

int imxd_sys_open(char const *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return (fd < 0) ? -errno : imxd_sys_not_standard(fd);
}

int imxd_sys_open_node(char const *path, int flags)
{
	struct stat status;
	int result, fd = imxd_sys_open(path, flags | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fd;
	result = imxd_sys_fstat(fd, &status);
	if (result == 0 && !S_ISCHR(status.st_mode))
		result = -ENOTTY;
	if (result == 0)
		return fd;
	imxd_sys_close(fd);
	return result;
}

int imxd_sys_ioctl(int fd, unsigned long request, void *argument)
{
	int result;

	do
		result = ioctl(fd, request, argument);
	while (result < 0 && errno == EINTR);
	return (result < 0) ? -errno : result;
}

int imxd_sys_sync_ioctl(int fd, unsigned long request, void *argument)
{
	int result = -EAGAIN;

	/* A strange file may return EAGAIN without end. */
	for (int i = 0; i < 1000 && result == -EAGAIN; i++)
		result = imxd_sys_ioctl(fd, request, argument);
	return result;
}

int imxd_sys_dup(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	return (copy < 0) ? -errno : copy;
}

/* With a cancellation pending, close() would end the thread before it has closed anything. */
void imxd_sys_close(int fd)
{
	IMXD_NO_CANCEL;

	if (fd >= 0)
		close(fd);
}

int imxd_sys_not_standard(int fd)
{
	int flags, copy;

	if (fd > STDERR_FILENO)
		return fd;
	copy = imxd_sys_dup(fd);
	flags = fcntl(fd, F_GETFD);
	/* The caller may have asked for a descriptor that is inherited. */
	if (copy >= 0 && flags >= 0)
		fcntl(copy, F_SETFD, flags);
	imxd_sys_close(fd);
	return copy;
}

int imxd_sys_mmap(size_t length, int protection, bool populate, int fd, off_t offset, void **address)
{
	void *result = mmap(NULL, length, protection, MAP_SHARED | (populate ? MAP_POPULATE : 0), fd, offset);

	if (result == MAP_FAILED)
		return -errno;
	*address = result;
	return 0;
}

int imxd_sys_munmap(void *address, size_t length)
{
	return (munmap(address, length) < 0) ? -errno : 0;
}

int imxd_sys_mprotect(void *address, size_t length, int protection)
{
	return (mprotect(address, length, protection) < 0) ? -errno : 0;
}

uint64_t imxd_sys_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

int imxd_sys_poll(int fd, short events, int timeout)
{
	uint64_t begin = (timeout > 0) ? imxd_sys_now() : 0, passed = 0;
	struct pollfd file = {.fd = fd, .events = events};
	int count;

	do {
		count = poll(&file, 1, (timeout > 0) ? timeout - (int)passed : timeout);
		if (timeout > 0 && count < 0)
			passed = imxd_sys_now() - begin;
	} while (count < 0 && errno == EINTR && (timeout < 0 || passed <= (unsigned int)timeout));
	if (count < 0)
		return (errno == EINTR) ? 0 : -errno;
	return (count > 0) ? file.revents : 0;
}

int64_t imxd_sys_size(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	return (size < 0) ? -errno : size;
}

ssize_t imxd_sys_pread(int fd, void *data, size_t length, off_t offset)
{
	ssize_t count;

	do
		count = pread(fd, data, length, offset);
	while (count < 0 && errno == EINTR);
	return (count < 0) ? -errno : count;
}

ssize_t imxd_sys_read_text(char const *path, char *text, size_t size)
{
	ssize_t length = 0, count;
	int fd = imxd_sys_open(path, O_RDONLY);

	text[0] = '\0';
	if (fd < 0)
		return fd;
	do {
		count = imxd_sys_pread(fd, text + length, size - 1 - (size_t)length, length);
		length += (count > 0) ? count : 0;
	} while (count > 0 && (size_t)length < size - 1);
	imxd_sys_close(fd);
	text[length] = '\0';
	return (count < 0) ? count : length;
}

ssize_t imxd_sys_read_link(char const *path, char *target, size_t size)
{
	ssize_t length = readlink(path, target, size - 1);

	target[(length < 0) ? 0 : length] = '\0';
	return (length < 0) ? -errno : length;
}

ssize_t imxd_sys_fd_path(int fd, char *path, size_t size)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return imxd_sys_read_link(link, path, size);
}

bool imxd_sys_is_member(gid_t group)
{
	gid_t groups[256];
	int count = getgroups(sizeof(groups) / sizeof(groups[0]), groups);

	for (int i = 0; i < count; i++)
		if (groups[i] == group)
			return true;
	return getegid() == group;
}

int imxd_sys_get_acl(char const *path, struct imxd_sys_acl_entry *entries, size_t count)
{
	struct {
		uint32_t version;
		struct imxd_sys_acl_entry entries[64];
	} list;
	ssize_t length = getxattr(path, "system.posix_acl_access", &list, sizeof(list));

	if (length < 0)
		return -errno;
	/* The kernel writes little endian, and so do all machines with these devices. */
	if ((size_t)length < sizeof(list.version) || list.version != 2)
		return -ENOTSUP;
	length = (ssize_t)(((size_t)length - sizeof(list.version)) / sizeof(list.entries[0]));
	if ((size_t)length < count)
		count = (size_t)length;
	memcpy(entries, list.entries, count * sizeof(list.entries[0]));
	return (int)count;
}

int imxd_sys_stat(char const *path, struct stat *status)
{
	return (stat(path, status) < 0) ? -errno : 0;
}

int imxd_sys_fstat(int fd, struct stat *status)
{
	return (fstat(fd, status) < 0) ? -errno : 0;
}

bool imxd_sys_is_path_only(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_PATH);
}

int64_t imxd_sys_file_system(int fd)
{
	struct statfs status;
	int result;

	do
		result = fstatfs(fd, &status);
	while (result < 0 && errno == EINTR);
	/* f_type is signed on some machines. */
	return (result < 0) ? -errno : (int64_t)(uint32_t)status.f_type;
}

int imxd_sys_list(char const *path, bool (*visit)(char const *name, void *data), void *data)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	bool more = true;

	if (!directory)
		return -errno;
	while (more && (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			more = visit(entry->d_name, data);
	closedir(directory);
	return 0;
}

size_t imxd_sys_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

size_t imxd_sys_memory_size(void)
{
	long pages = sysconf(_SC_PHYS_PAGES);
	size_t size;

	if (pages <= 0 || __builtin_mul_overflow((size_t)pages, imxd_sys_page_size(), &size) || size > SIZE_MAX / 2)
		return SIZE_MAX / 2;
	return size;
}

size_t imxd_sys_address_space(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > SIZE_MAX)
		return SIZE_MAX;
	return (size_t)limit.rlim_cur;
}

bool imxd_sys_kernel_before(unsigned int major, unsigned int minor)
{
	unsigned int kernel_major = 0, kernel_minor = 0;
	struct utsname name;

	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &kernel_major, &kernel_minor) != 2)
		return false;
	return kernel_major < major || (kernel_major == major && kernel_minor < minor);
}

char const *imxd_sys_getenv(char const *name)
{
	return secure_getenv(name);
}
