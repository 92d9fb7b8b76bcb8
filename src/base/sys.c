/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

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

void imxd_sys_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

int imxd_sys_not_standard(int fd)
{
	int copy;

	if (fd > STDERR_FILENO)
		return fd;
	copy = imxd_sys_dup(fd);
	close(fd);
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

ssize_t imxd_sys_fd_path(int fd, char *path, size_t size)
{
	char link[32];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, size - 1);
	path[(length < 0) ? 0 : length] = '\0';
	return (length < 0) ? -errno : length;
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

int imxd_sys_stat(char const *path, struct stat *status)
{
	return (stat(path, status) < 0) ? -errno : 0;
}

int imxd_sys_fstat(int fd, struct stat *status)
{
	return (fstat(fd, status) < 0) ? -errno : 0;
}

int imxd_sys_check_unix_socket(int fd)
{
	int domain = AF_UNSPEC;
	socklen_t length = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0)
		return -errno;
	return (domain == AF_UNIX) ? 0 : -EAFNOSUPPORT;
}

ssize_t imxd_sys_send(int socket_fd, void *data, size_t length, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.room = {0}};
	struct iovec bytes = {.iov_base = data, .iov_len = length};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control};
	ssize_t count;

	message.msg_controllen = sizeof(control.room);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	do
		count = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
	while (count < 0 && errno == EINTR);
	return (count < 0) ? -errno : count;
}

/* SCM_PIDFD carries a descriptor as well; a program gets it after SO_PASSPIDFD (Linux 6.5). */
#define PIDFD_MESSAGE 4

static void take_descriptors(struct cmsghdr *header, struct imxd_sys_ancillary *ancillary)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	if (header->cmsg_level != SOL_SOCKET || (header->cmsg_type != SCM_RIGHTS && header->cmsg_type != PIDFD_MESSAGE))
		return;
	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
		if (header->cmsg_type == SCM_RIGHTS && ancillary->descriptors++ == 0)
			ancillary->fd = fd;
		else
			imxd_sys_close(fd);
	}
}

ssize_t imxd_sys_receive(int socket_fd, void *data, size_t length, struct imxd_sys_ancillary *ancillary)
{
	/* Includes room for credentials and security labels, which programs may have enabled. */
	union {
		struct cmsghdr header;
		char room[1024];
	} control;
	struct iovec bytes = {.iov_base = data, .iov_len = length};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
	ssize_t count;

	*ancillary = (struct imxd_sys_ancillary){.fd = -1};
	do {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		count = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
		take_descriptors(header, ancillary);
	ancillary->bytes_lost = message.msg_flags & MSG_TRUNC;
	ancillary->descriptors_lost = message.msg_flags & MSG_CTRUNC;
	if (ancillary->fd >= 0 && ancillary->fd <= STDERR_FILENO) {
		ancillary->fd = imxd_sys_not_standard(ancillary->fd);
		ancillary->descriptors_lost |= ancillary->fd < 0;
	}
	return count;
}

/* A signal interrupts poll() even if it does not wait. */
int imxd_sys_is_at_end(int socket_fd)
{
	struct pollfd state = {.fd = socket_fd, .events = POLLRDHUP};
	int count, waiting = 0;

	do
		count = poll(&state, 1, 0);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	return (state.revents & (POLLRDHUP | POLLHUP)) && (ioctl(socket_fd, FIONREAD, &waiting) < 0 || waiting == 0);
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

/* Bytes that are reserved at once: signals wait so long. */
#define PIECE ((off_t)64 << 20)

/*
 * Many kernels give up fallocate() at any signal, and undo it: a program with a fast timer would never get on. Signals
 * of this thread wait meanwhile.
 */
static int reserve_piece(int fd, off_t begin, off_t length)
{
	sigset_t all, before;
	int result, code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	do
		result = fallocate(fd, 0, begin, length);
	while (result < 0 && errno == EINTR);
	code = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return (result < 0) ? -code : 0;
}

/*
 * fallocate() reserves the pages now. Without it, touching a page that cannot be had would end the process with SIGBUS,
 * and udmabuf of Linux 6.1 would not find the pages.
 */
static int reserve(int fd, size_t size, int seals)
{
	struct rlimit limit;
	int result;

	/* The kernel sends SIGXFSZ beyond this limit. */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur)
		return -EFBIG;
	if (size > (size_t)INT64_MAX)
		return -ENOMEM;
	do
		result = ftruncate(fd, (off_t)size);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return -ENOMEM;
	for (off_t begin = 0; begin < (off_t)size; begin += PIECE) {
		result = reserve_piece(fd, begin, ((off_t)size - begin < PIECE) ? (off_t)size - begin : PIECE);
		if (result < 0)
			return (result == -ENOSPC) ? -ENOMEM : result;
	}
	return (seals != 0 && fcntl(fd, F_ADD_SEALS, seals) < 0) ? -errno : 0;
}

int imxd_sys_memory_file(char const *name, unsigned int flags, size_t size, int seals)
{
	int result, fd = memfd_create(name, flags | MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	fd = imxd_sys_not_standard(fd);
	result = (fd < 0) ? fd : reserve(fd, size, seals);
	if (result < 0) {
		imxd_sys_close(fd);
		return result;
	}
	return fd;
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
