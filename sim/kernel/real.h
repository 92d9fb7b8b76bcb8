/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions behind the interposed ones: the C library's, or a sanitizer's interceptors. The simulator itself calls
 * interposed functions through this table only, so that its own calls neither count nor fail.
 */
#ifndef SIM_REAL_H
#define SIM_REAL_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct msghdr;
struct pollfd;
struct stat;
struct statx;

/* X(member, symbol, result, parameters). Offsets have 64 bits on all machines. `void *` is either struct stat. */
#define SIM_REAL_FUNCTIONS(X)                                                                                          \
	X(open, "open64", int, (char const *path, int flags, ...))                                                         \
	X(openat, "openat64", int, (int directory, char const *path, int flags, ...))                                      \
	X(fopen, "fopen64", FILE *, (char const *path, char const *mode))                                                  \
	X(close, "close", int, (int fd))                                                                                   \
	X(ioctl, "ioctl", int, (int fd, unsigned long request, ...))                                                       \
	X(fcntl, "fcntl64", int, (int fd, int command, ...))                                                               \
	X(dup, "dup", int, (int fd))                                                                                       \
	X(dup2, "dup2", int, (int fd, int target))                                                                         \
	X(dup3, "dup3", int, (int fd, int target, int flags))                                                              \
	X(lseek, "lseek64", int64_t, (int fd, int64_t offset, int whence))                                                 \
	X(read, "read", ssize_t, (int fd, void *data, size_t length))                                                      \
	X(write, "write", ssize_t, (int fd, void const *data, size_t length))                                              \
	X(pread, "pread64", ssize_t, (int fd, void *data, size_t length, int64_t offset))                                  \
	X(mmap, "mmap64", void *, (void *address, size_t length, int protection, int flags, int fd, int64_t offset))       \
	X(munmap, "munmap", int, (void *address, size_t length))                                                           \
	X(mremap, "mremap", void *, (void *address, size_t old_length, size_t length, int flags, ...))                     \
	X(mprotect, "mprotect", int, (void *address, size_t length, int protection))                                       \
	X(register_atfork, "__register_atfork", int,                                                                       \
		(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *library))                             \
	X(readlink, "readlink", ssize_t, (char const *path, char *text, size_t size))                                      \
	X(readlinkat, "readlinkat", ssize_t, (int directory, char const *path, char *text, size_t size))                   \
	X(memfd_create, "memfd_create", int, (char const *name, unsigned int flags))                                       \
	X(fallocate, "fallocate64", int, (int fd, int mode, int64_t offset, int64_t length))                               \
	X(ftruncate, "ftruncate64", int, (int fd, int64_t length))                                                         \
	X(faccessat, "faccessat", int, (int directory, char const *path, int mode, int flags))                             \
	X(fstat, "fstat", int, (int fd, void *status))                                                                     \
	X(fstat64, "fstat64", int, (int fd, void *status))                                                                 \
	X(fstatat, "fstatat", int, (int directory, char const *path, void *status, int flags))                             \
	X(fstatat64, "fstatat64", int, (int directory, char const *path, void *status, int flags))                         \
	X(fstatfs, "fstatfs", int, (int fd, void *status))                                                                 \
	X(fstatfs64, "fstatfs64", int, (int fd, void *status))                                                             \
	X(statx, "statx", int, (int directory, char const *path, int flags, unsigned int mask, struct statx *status))      \
	X(sendmsg, "sendmsg", ssize_t, (int fd, struct msghdr const *message, int flags))                                  \
	X(recvmsg, "recvmsg", ssize_t, (int fd, struct msghdr *message, int flags))                                        \
	X(getsockopt, "getsockopt", int, (int fd, int level, int name, void *value, unsigned int *length))                 \
	X(poll, "poll", int, (struct pollfd * files, unsigned long count, int timeout))                                    \
	X(opendir, "opendir", DIR *, (char const *path))                                                                   \
	X(readdir, "readdir", void *, (DIR * directory))                                                                   \
	X(readdir64, "readdir64", void *, (DIR * directory))                                                               \
	X(scandir, "scandir", int, (char const *path, void *list, void *filter, void *compare))                            \
	X(scandir64, "scandir64", int, (char const *path, void *list, void *filter, void *compare))

#define SIM_REAL_MEMBER(member, symbol, result, parameters) result(*member) parameters;

struct sim_real {
	SIM_REAL_FUNCTIONS(SIM_REAL_MEMBER)
};

/* A further symbol of an interposed function in the same file. */
#define SIM_ALIAS(symbol) __attribute__((alias(symbol)))

/* The table, resolved at the first call. */
struct sim_real const *real(void);

#endif /* SIM_REAL_H */
