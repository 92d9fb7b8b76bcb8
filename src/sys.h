/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system calls of the library, all of them. Calls that can fail answer 0 (or a value of 0 and more) on success and
 * a negative errno code on failure; errno itself is never consulted elsewhere. Those on the paths that are measured
 * stand here, so that they cost no call of their own.
 */
#ifndef IMXD_SYS_H
#define IMXD_SYS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* Opens with O_CLOEXEC, again after EINTR. Returns the descriptor, never 0, or -errno. */
int imxd_sys_open(char const *path, int flags);

/* The code of the call that failed last, negative. */
__attribute__((cold)) int imxd_sys_code(void);

/* One ioctl, for paths that are measured: what -EINTR asks for is left to the caller. */
static inline int imxd_sys_ioctl_once(int fd, unsigned long request, void *argument)
{
	int result = ioctl(fd, request, argument);

	return (result < 0) ? imxd_sys_code() : result;
}

/* ioctl, again after EINTR. Returns the kernel's result or -errno. */
int imxd_sys_ioctl(int fd, unsigned long request, void *argument);

/* ioctl for DMA_BUF_IOCTL_SYNC: again after EAGAIN too, as linux/dma-buf.h asks for. */
int imxd_sys_sync_ioctl(int fd, unsigned long request, void *argument);

/* Closes; never again after an error, since Linux has freed the descriptor by then. Negative descriptors: nothing. */
static inline void imxd_sys_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Duplicates with close-on-exec. Returns the new descriptor, never 0, or -errno. */
int imxd_sys_dup(int fd);

/*
 * Takes a descriptor that the kernel made, and gives one that is not 0: callers of old take 0 for a failure. Returns fd
 * or its replacement (fd is closed then), or -errno (fd is closed too).
 */
int imxd_sys_move_from_zero(void);
static inline int imxd_sys_not_zero(int fd)
{
	return (fd != 0) ? fd : imxd_sys_move_from_zero();
}

/* Maps shared. Returns 0 with *address, or -errno. `populate`: the pages are there afterwards, although nothing read
 * them. */
static inline int imxd_sys_mmap(size_t length, int protection, bool populate, int fd, off_t offset, void **address)
{
	void *result = mmap(NULL, length, protection, MAP_SHARED | (populate ? MAP_POPULATE : 0), fd, offset);

	if (result == MAP_FAILED)
		return -errno;
	*address = result;
	return 0;
}

static inline int imxd_sys_munmap(void *address, size_t length)
{
	return (munmap(address, length) < 0) ? -errno : 0;
}

/* The size that lseek to the end tells, or -errno. */
int64_t imxd_sys_size(int fd);

/* Reads up to `length` bytes at `offset`. Returns the number of bytes or -errno. */
ssize_t imxd_sys_pread(int fd, void *data, size_t length, off_t offset);

/* Reads a small file as text, cut off at `size` - 1 bytes, always terminated. Returns the length or -errno. */
ssize_t imxd_sys_read_text(char const *path, char *text, size_t size);

/* The path behind a descriptor (/proc/self/fd); cut off like the above. Returns the length or -errno. */
ssize_t imxd_sys_fd_path(int fd, char *path, size_t size);

/* Does this process belong to the group? Of more than 256 further groups none counts. */
bool imxd_sys_is_member(gid_t group);

/* May this process read and write it? Returns 0 or -errno. */
int imxd_sys_access(char const *path);

int imxd_sys_stat(char const *path, struct stat *status);
int imxd_sys_fstat(int fd, struct stat *status);

/* Is this a Unix socket? Returns 0, -EAFNOSUPPORT for sockets of other kinds, or -errno. */
int imxd_sys_check_unix_socket(int fd);

/* Sends bytes and a descriptor in one message, again after EINTR, without SIGPIPE. Returns the bytes or -errno. */
ssize_t imxd_sys_send(int socket_fd, void *data, size_t length, int fd);

/* What came beside the bytes of a message. */
struct imxd_sys_ancillary {
	/* The first descriptor that came, close-on-exec, never 0, the receiver's; -1: none. The others are closed. */
	int fd;
	/* How many came. */
	size_t descriptors;
	/* There were more bytes than room, or descriptors that this process could not take. */
	bool bytes_lost, descriptors_lost;
};

/* Receives one message, or of a stream up to `length` bytes; again after EINTR. Returns the bytes or -errno. */
ssize_t imxd_sys_receive(int socket_fd, void *data, size_t length, struct imxd_sys_ancillary *ancillary);

/* Will nothing come from this socket any more? 0 bytes may also be an empty message. Returns 1, 0 or -errno. */
int imxd_sys_is_hung_up(int socket_fd);

/* The magic number of the file system that an open file belongs to, as in linux/magic.h, or -errno. */
int64_t imxd_sys_file_system(int fd);

/* Calls visit for each name but . and .. until it answers false. Returns 0 or -errno. */
int imxd_sys_list(char const *path, bool (*visit)(char const *name, void *data), void *data);

/* A memory file of this size that may be sealed, its memory reserved. Returns the descriptor or -errno. */
int imxd_sys_memory_file(char const *name, unsigned int flags, size_t size, int seals);

size_t imxd_sys_page_size(void);

/* The memory of this machine in bytes, SIZE_MAX / 2 where that is not known or larger. */
size_t imxd_sys_memory_size(void);

/* Is this kernel older than version major.minor? */
bool imxd_sys_kernel_before(unsigned int major, unsigned int minor);

/* The environment variable, or NULL; always NULL in set-user-ID programs. */
char const *imxd_sys_getenv(char const *name);

#endif /* IMXD_SYS_H */
