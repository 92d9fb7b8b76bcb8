/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System calls of the library; socket.h and memory_file.h have the rest. Functions that can fail return 0 (or a value
 * of 0 and more) on success and a negative errno code on failure, and set no message. errno is read nowhere else.
 */
#ifndef IMXD_SYS_H
#define IMXD_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Open with O_CLOEXEC, again after EINTR. Returns the descriptor, above 2, or -errno. */
int imxd_sys_open(char const *path, int flags);

/*
 * Open a device node: a character device, without waiting (as for a FIFO) and without making it the controlling
 * terminal. Returns as imxd_sys_open(), -ENOTTY for another file.
 */
int imxd_sys_open_node(char const *path, int flags);

/* ioctl, again after EINTR. Returns the kernel's result or -errno. */
int imxd_sys_ioctl(int fd, unsigned long request, void *argument);

/* ioctl for DMA_BUF_IOCTL_SYNC: again after EAGAIN as well (linux/dma-buf.h), but not without end. */
int imxd_sys_sync_ioctl(int fd, unsigned long request, void *argument);

/* Close; not again after an error, since Linux has freed the descriptor by then. Negative descriptors: nothing. */
void imxd_sys_close(int fd);

/* Duplicate with close-on-exec. Returns the new descriptor, above 2, or -errno. */
int imxd_sys_dup(int fd);

/*
 * Replace descriptors 0 to 2: programs written for 1.x take 0 for a failure, and others write to 1 and 2 without a
 * look. Takes a descriptor from the kernel; returns it or its replacement (fd is closed then), or -errno (fd is closed
 * as well).
 */
int imxd_sys_not_standard(int fd);

/* Map shared. populate: fault all pages in. Returns 0 with *address, or -errno. */
int imxd_sys_mmap(size_t length, int protection, bool populate, int fd, off_t offset, void **address);

/* Unmap. Returns 0 or -errno. */
int imxd_sys_munmap(void *address, size_t length);

/* As mprotect(). Returns 0 or -errno. */
int imxd_sys_mprotect(void *address, size_t length, int protection);

/* poll() on one file, again after EINTR. timeout: in milliseconds, -1: no limit. Returns revents or -errno. */
int imxd_sys_poll(int fd, short events, int timeout);

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t imxd_sys_now(void);

/* Return the size that lseek() to the end returns, or -errno. */
int64_t imxd_sys_size(int fd);

/* Read up to `length` bytes at `offset`. Returns the number of bytes or -errno. */
ssize_t imxd_sys_pread(int fd, void *data, size_t length, off_t offset);

/* Read a small file as text, cut off at `size` - 1 bytes, always terminated. Returns the length or -errno. */
ssize_t imxd_sys_read_text(char const *path, char *text, size_t size);

/* Read a symbolic link, cut off in the same way. Returns the length or -errno. */
ssize_t imxd_sys_read_link(char const *path, char *target, size_t size);

/* Read the path of a descriptor (/proc/self/fd), cut off in the same way. Returns the length or -errno. */
ssize_t imxd_sys_fd_path(int fd, char *path, size_t size);

/* Is this process a member of the group? With more than 256 supplementary groups, these are ignored. */
bool imxd_sys_is_member(gid_t group);

/* An entry of an access control list, as the kernel stores it (linux/posix_acl_xattr.h of Linux 6.1). */
struct imxd_sys_acl_entry {
	uint16_t tag;
	/* As in modes: 4 read, 2 write, 1 execute. */
	uint16_t permissions;
	/* Of IMXD_SYS_ACL_USER and IMXD_SYS_ACL_GROUP. */
	uint32_t id;
};

/* Tags of entries. */
enum { IMXD_SYS_ACL_USER = 0x02, IMXD_SYS_ACL_GROUP_OWNER = 0x04, IMXD_SYS_ACL_GROUP = 0x08, IMXD_SYS_ACL_MASK = 0x10 };

/* Read the access control list of a file, up to `count` entries. Returns their number, or -errno without a list. */
int imxd_sys_get_acl(char const *path, struct imxd_sys_acl_entry *entries, size_t count);

/* As stat() and fstat(). Return 0 or -errno. */
int imxd_sys_stat(char const *path, struct stat *status);
int imxd_sys_fstat(int fd, struct stat *status);

/* Was it opened with O_PATH? Such a descriptor names a file, and cannot be used. */
bool imxd_sys_is_path_only(int fd);

/* Return the magic number of an open file's file system (linux/magic.h), or -errno. */
int64_t imxd_sys_file_system(int fd);

/* Call visit for each name but . and .. until it returns false. Returns 0 or -errno. */
int imxd_sys_list(char const *path, bool (*visit)(char const *name, void *data), void *data);

/* Return the size of a page in bytes. */
size_t imxd_sys_page_size(void);

/* Return the memory of this machine in bytes, SIZE_MAX / 2 if it is unknown or larger. */
size_t imxd_sys_memory_size(void);

/* Return the limit of the address space of this process in bytes, SIZE_MAX if there is none. */
size_t imxd_sys_address_space(void);

/* Is the kernel older than version major.minor? */
bool imxd_sys_kernel_before(unsigned int major, unsigned int minor);

/* Return the environment variable, or NULL; always NULL in set-user-ID programs. */
char const *imxd_sys_getenv(char const *name);

#endif /* IMXD_SYS_H */
