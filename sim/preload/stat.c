/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions that return attributes of files. This file uses both struct stat, including the narrow one of
 * 32-bit programs.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/real.h"
#include "kernel/target.h"
#include "preload/path.h"

int wrap_stat(char const *path, struct stat *status) __asm__("stat");
int wrap_stat64(char const *path, struct stat64 *status) __asm__("stat64");
int wrap_lstat(char const *path, struct stat *status) __asm__("lstat");
int wrap_lstat64(char const *path, struct stat64 *status) __asm__("lstat64");
int wrap_fstat(int fd, struct stat *status) __asm__("fstat");
int wrap_fstat64(int fd, struct stat64 *status) __asm__("fstat64");
int wrap_fstatat(int directory, char const *path, struct stat *status, int flags) __asm__("fstatat");
int wrap_fstatat64(int directory, char const *path, struct stat64 *status, int flags) __asm__("fstatat64");
/* For programs built with a C library older than 2.33. On 64-bit machines the version has no meaning. */
int wrap_xstat(int version, char const *path, struct stat *status) __asm__("__xstat");
int wrap_xstat64(int version, char const *path, struct stat64 *status) __asm__("__xstat64");
int wrap_lxstat(int version, char const *path, struct stat *status) __asm__("__lxstat");
int wrap_lxstat64(int version, char const *path, struct stat64 *status) __asm__("__lxstat64");
int wrap_fxstat(int version, int fd, struct stat *status) __asm__("__fxstat");
int wrap_fxstat64(int version, int fd, struct stat64 *status) __asm__("__fxstat64");
int wrap_fxstatat(int version, int directory, char const *path, struct stat *status, int flags) __asm__("__fxstatat");
int wrap_fxstatat64(int version, int directory, char const *path, struct stat64 *status,
	int flags) __asm__("__fxstatat64");
int wrap_statx(int directory, char const *path, int flags, unsigned int mask, struct statx *status) __asm__("statx");
int wrap_access(char const *path, int mode) __asm__("access");
int wrap_euidaccess(char const *path, int mode) __asm__("euidaccess");
int wrap_eaccess(char const *path, int mode) __asm__("eaccess") SIM_ALIAS("euidaccess");
int wrap_faccessat(int directory, char const *path, int mode, int flags) __asm__("faccessat");
struct dirent *wrap_readdir(DIR *directory) __asm__("readdir");
struct dirent64 *wrap_readdir64(DIR *directory) __asm__("readdir64");

/* The attributes that differ from those of the real file. */
struct look {
	enum sim_kind kind;
	uid_t uid;
	gid_t gid;
	mode_t mode; /* 0: unchanged */
	unsigned int minor; /* of a node */
	int64_t size; /* of a DMA-BUF */
	int64_t block; /* of a file of huge pages */
	uint32_t inode; /* of a DMA-BUF that shares a file, or its inode; 0: unchanged */
};

/* Both are far from the inodes of memfds, which begin at 1. */
#define ANONYMOUS_INODE 0x3fffffff
#define FIRST_INODE 0x40000000

static void look_at_node(struct sim_node const *node, struct look *look)
{
	look->kind = SIM_IS_NODE;
	look->uid = node->uid;
	look->gid = node->gid;
	look->mode = S_IFCHR | node->mode;
	look->minor = sim_node_minor(node);
}

static void look_at_path(char const *path, struct look *look)
{
	struct sim_node *node = sim_node_by_path(path);

	memset(look, 0, sizeof(*look));
	if (node) {
		look_at_node(node, look);
		return;
	}
	look->kind = SIM_IS_DIRECTORY;
	look->mode = S_IFDIR | 0755;
}

static void look_at_fd(int fd, struct look *look)
{
	struct sim_target target;

	memset(look, 0, sizeof(*look));
	look->kind = sim_find(fd, &target);
	if (look->kind == SIM_IS_NODE)
		look_at_node(target.node, look);
	else if (look->kind == SIM_IS_DIRECTORY)
		look->mode = S_IFDIR | 0755;
	else if (look->kind == SIM_IS_DMABUF)
		look->size = (int64_t)target.size;
	else if (look->kind == SIM_IS_FILE && target.memory->kind == SIM_HUGE)
		look->block = (int64_t)SIM_HUGE_PAGE;
	if (look->kind == SIM_IS_DMABUF && sim_dmabuf_is_anonymous())
		look->inode = ANONYMOUS_INODE;
	else if (target.slice)
		look->inode = FIRST_INODE + (uint32_t)target.slice->id;
}

/* Both structures have the same members at different offsets. */
#define CHANGE(status, look)                                                                                           \
	do {                                                                                                               \
		if ((look)->mode != 0) {                                                                                       \
			(status)->st_mode = (look)->mode;                                                                          \
			(status)->st_uid = (look)->uid;                                                                            \
			(status)->st_gid = (look)->gid;                                                                            \
		}                                                                                                              \
		if ((look)->kind == SIM_IS_NODE)                                                                               \
			(status)->st_rdev = makedev(SIM_MAJOR, (look)->minor);                                                     \
		if ((look)->kind == SIM_IS_DMABUF)                                                                             \
			(status)->st_size = (__typeof__((status)->st_size))(look)->size;                                           \
		if ((look)->block != 0)                                                                                        \
			(status)->st_blksize = (__typeof__((status)->st_blksize))(look)->block;                                    \
		if ((look)->inode != 0)                                                                                        \
			(status)->st_ino = (look)->inode;                                                                          \
	} while (0)

static void change(void *status, bool wide, struct look const *look)
{
	if (wide)
		CHANGE((struct stat64 *)status, look);
	else
		CHANGE((struct stat *)status, look);
}

/* Returns false if the call is scripted to fail. */
static bool prepare_fd(int fd, struct look *look)
{
	bool good;

	memset(look, 0, sizeof(*look));
	if (!sim_enter())
		return true;
	sim_lock();
	look_at_fd(fd, look);
	good = look->kind == SIM_NOTHING || sim_admit(SIM_CALL_STAT);
	sim_unlock();
	return good;
}

static int stat_fd(int fd, void *status, bool wide)
{
	struct look look;
	int result;

	if (!prepare_fd(fd, &look))
		return -1;
	result = wide ? real()->fstat64(fd, status) : real()->fstat(fd, status);
	if (result == 0 && look.kind != SIM_NOTHING)
		change(status, wide, &look);
	return result;
}

/* Find the path to use. Returns false if the call is scripted to fail. */
static bool prepare(char const **path, int *directory, bool follow, struct sim_path *found, struct look *look)
{
	bool good;

	memset(look, 0, sizeof(*look));
	if (!sim_enter() || sim_resolve(*directory, *path, follow, found) != SIM_DEVICE)
		return true;
	sim_lock();
	look_at_path(found->path, look);
	good = sim_admit(SIM_CALL_STAT);
	sim_unlock();
	*path = found->actual;
	*directory = AT_FDCWD;
	return good;
}

static int stat_path(int directory, char const *path, void *status, int flags, bool wide)
{
	struct sim_path found;
	struct look look;
	int result;

	if (path && path[0] == '\0' && (flags & AT_EMPTY_PATH) && directory != AT_FDCWD)
		return stat_fd(directory, status, wide);
	if (!prepare(&path, &directory, !(flags & AT_SYMLINK_NOFOLLOW), &found, &look))
		return -1;
	result = wide ? real()->fstatat64(directory, path, status, flags) : real()->fstatat(directory, path, status, flags);
	if (result == 0 && look.kind != SIM_NOTHING)
		change(status, wide, &look);
	return result;
}

int wrap_stat(char const *path, struct stat *status)
{
	return stat_path(AT_FDCWD, path, status, 0, false);
}

int wrap_stat64(char const *path, struct stat64 *status)
{
	return stat_path(AT_FDCWD, path, status, 0, true);
}

int wrap_lstat(char const *path, struct stat *status)
{
	return stat_path(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW, false);
}

int wrap_lstat64(char const *path, struct stat64 *status)
{
	return stat_path(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW, true);
}

int wrap_fstat(int fd, struct stat *status)
{
	return stat_fd(fd, status, false);
}

int wrap_fstat64(int fd, struct stat64 *status)
{
	return stat_fd(fd, status, true);
}

int wrap_fstatat(int directory, char const *path, struct stat *status, int flags)
{
	return stat_path(directory, path, status, flags, false);
}

int wrap_fstatat64(int directory, char const *path, struct stat64 *status, int flags)
{
	return stat_path(directory, path, status, flags, true);
}

int wrap_xstat(int version, char const *path, struct stat *status)
{
	return stat_path(AT_FDCWD, path, status, 0, false);
}

int wrap_xstat64(int version, char const *path, struct stat64 *status)
{
	return stat_path(AT_FDCWD, path, status, 0, true);
}

int wrap_lxstat(int version, char const *path, struct stat *status)
{
	return stat_path(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW, false);
}

int wrap_lxstat64(int version, char const *path, struct stat64 *status)
{
	return stat_path(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW, true);
}

int wrap_fxstat(int version, int fd, struct stat *status)
{
	return stat_fd(fd, status, false);
}

int wrap_fxstat64(int version, int fd, struct stat64 *status)
{
	return stat_fd(fd, status, true);
}

int wrap_fxstatat(int version, int directory, char const *path, struct stat *status, int flags)
{
	return stat_path(directory, path, status, flags, false);
}

int wrap_fxstatat64(int version, int directory, char const *path, struct stat64 *status, int flags)
{
	return stat_path(directory, path, status, flags, true);
}

int wrap_statx(int directory, char const *path, int flags, unsigned int mask, struct statx *status)
{
	struct sim_path found;
	struct look look;
	bool good;
	int result;

	if (path && path[0] == '\0' && (flags & AT_EMPTY_PATH) && directory != AT_FDCWD)
		good = prepare_fd(directory, &look);
	else
		good = prepare(&path, &directory, !(flags & AT_SYMLINK_NOFOLLOW), &found, &look);
	result = good ? real()->statx(directory, path, flags, mask, status) : -1;
	if (result < 0 || look.kind == SIM_NOTHING)
		return result;
	if (look.mode != 0) {
		status->stx_mode = (uint16_t)look.mode;
		status->stx_uid = look.uid;
		status->stx_gid = look.gid;
		status->stx_rdev_major = (look.kind == SIM_IS_NODE) ? SIM_MAJOR : 0;
		status->stx_rdev_minor = look.minor;
	}
	if (look.kind == SIM_IS_DMABUF)
		status->stx_size = (uint64_t)look.size;
	if (look.inode != 0)
		status->stx_ino = look.inode;
	return 0;
}

/* If opening the node fails, access fails with the same code. */
static int check_access(int directory, char const *path, int mode, int flags)
{
	struct sim_path found;
	struct sim_node *node;
	int code = 0;

	if (!sim_enter() || sim_resolve(directory, path, !(flags & AT_SYMLINK_NOFOLLOW), &found) != SIM_DEVICE)
		return real()->faccessat(directory, path, mode, flags);
	sim_lock();
	node = sim_node_by_path(found.path);
	if (!sim_admit(SIM_CALL_ACCESS))
		code = errno;
	else if (node && (mode & (R_OK | W_OK)) && node->open_error)
		code = node->open_error;
	else if (node && (mode & W_OK))
		code = node->open_write_error;
	sim_unlock();
	return (code != 0) ? sim_error(code) : real()->faccessat(AT_FDCWD, found.actual, mode & ~X_OK, flags);
}

int wrap_access(char const *path, int mode)
{
	return check_access(AT_FDCWD, path, mode, 0);
}

int wrap_euidaccess(char const *path, int mode)
{
	return check_access(AT_FDCWD, path, mode, AT_EACCESS);
}

int wrap_faccessat(int directory, char const *path, int mode, int flags)
{
	return check_access(directory, path, mode, flags);
}

/* The files in the private directory are regular ones. */
static bool lists_nodes(DIR *directory)
{
	struct sim_target target;

	return sim_enter() && SIM_LOCKED(sim_find(dirfd(directory), &target) == SIM_IS_DIRECTORY);
}

struct dirent *wrap_readdir(DIR *directory)
{
	bool nodes = lists_nodes(directory);
	struct dirent *entry = real()->readdir(directory);

	if (entry && nodes && entry->d_type == DT_REG)
		entry->d_type = DT_CHR;
	return entry;
}

struct dirent64 *wrap_readdir64(DIR *directory)
{
	bool nodes = lists_nodes(directory);
	struct dirent64 *entry = real()->readdir64(directory);

	if (entry && nodes && entry->d_type == DT_REG)
		entry->d_type = DT_CHR;
	return entry;
}
