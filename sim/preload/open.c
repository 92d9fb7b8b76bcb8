/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions that open by path. Each has a name of its own and the symbol beside it, so that the redirections
 * of the C library's headers (_FILE_OFFSET_BITS, _FORTIFY_SOURCE) have no effect.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

#include "kernel/calls.h"
#include "kernel/enter.h"
#include "kernel/life.h"
#include "kernel/node.h"
#include "kernel/proc.h"
#include "kernel/real.h"
#include "kernel/target.h"
#include "preload/path.h"

int wrap_open(char const *path, int flags, ...) __asm__("open");
int wrap_open64(char const *path, int flags, ...) __asm__("open64") SIM_ALIAS("open");
int wrap_open_2(char const *path, int flags) __asm__("__open_2");
int wrap_open64_2(char const *path, int flags) __asm__("__open64_2") SIM_ALIAS("__open_2");
int wrap_openat(int directory, char const *path, int flags, ...) __asm__("openat");
int wrap_openat64(int directory, char const *path, int flags, ...) __asm__("openat64") SIM_ALIAS("openat");
int wrap_openat_2(int directory, char const *path, int flags) __asm__("__openat_2");
int wrap_openat64_2(int directory, char const *path, int flags) __asm__("__openat64_2") SIM_ALIAS("__openat_2");
FILE *wrap_fopen(char const *path, char const *mode) __asm__("fopen");
FILE *wrap_fopen64(char const *path, char const *mode) __asm__("fopen64") SIM_ALIAS("fopen");
DIR *wrap_opendir(char const *path) __asm__("opendir");
int wrap_scandir(char const *path, void *list, void *filter, void *compare) __asm__("scandir");
int wrap_scandir64(char const *path, void *list, void *filter, void *compare) __asm__("scandir64");

/* The errno code of a failing open, or 0. */
static int refuse(struct sim_node *node, bool writes)
{
	if (node->open_error)
		return node->open_error;
	if (writes && node->open_write_error)
		return node->open_write_error;
	sim_sweep();
	return node->device->may_open ? node->device->may_open(node) : 0;
}

static int open_device(struct sim_path const *path, int flags)
{
	struct sim_node *node = sim_node_by_path(path->path);
	bool writes = (flags & O_ACCMODE) != O_RDONLY;

	int fd, code = node ? refuse(node, writes) : 0;

	if (!sim_admit(SIM_CALL_OPEN))
		return -1;
	if (code != 0)
		return sim_error(code);
	/* Programs cannot create files in devtmpfs, and O_TRUNC has no effect on a device. */
	fd = real()->open(path->actual, flags & ~(O_CREAT | O_EXCL | O_TRUNC));
	if (fd >= 0 && node && !(flags & O_PATH))
		sim_file_add(node, fd);
	return fd;
}

/* A DMA-BUF cannot be opened through its link: anonymous inodes have no open operation, ENXIO. */
static int open_descriptor(struct sim_path const *path, int flags, bool *passed)
{
	struct sim_target target;

	*passed = sim_find(path->fd, &target) != SIM_IS_DMABUF;
	if (*passed || !sim_admit(SIM_CALL_OPEN))
		return -1;
	return (path->place == SIM_FDINFO) ? sim_open_fdinfo(path->fd, &target, flags) : sim_error(ENXIO);
}

static int open_place(struct sim_path const *path, int flags, bool *passed)
{
	switch (path->place) {
	case SIM_DEVICE:
		return open_device(path, flags);
	case SIM_MEMINFO:
		return sim_admit(SIM_CALL_OPEN) ? sim_open_meminfo(flags) : -1;
	case SIM_RELEASE:
		return sim_admit(SIM_CALL_OPEN) ? sim_open_release(flags) : -1;
	case SIM_PROCESSORS:
		return sim_admit(SIM_CALL_OPEN) ? sim_open_processors(flags) : -1;
	case SIM_MIDR:
		return sim_admit(SIM_CALL_OPEN) ? sim_open_midr(path->fd, flags) : -1;
	case SIM_PAGEMAP:
		return sim_admit(SIM_CALL_OPEN) ? real()->open(path->path, flags) : -1;
	default:
		return open_descriptor(path, flags, passed);
	}
}

/* Returns the descriptor or -1. *passed is true if the real kernel must open the path. */
static int open_simulated(int directory, char const *path, int flags, bool *passed)
{
	struct sim_path found;
	int fd = -1;

	/* As in the C library. With the lock held, the thread cannot be cancelled. */
	pthread_testcancel();
	*passed = !sim_enter() || sim_resolve(directory, path, !(flags & O_NOFOLLOW), &found) == SIM_ELSEWHERE;
	if (*passed)
		return -1;
	sim_lock();
	fd = open_place(&found, flags, passed);
	sim_unlock();
	return fd;
}

/* A real open may block, so it happens without the lock. */
static int open_at(int directory, char const *path, int flags, mode_t mode)
{
	bool passed;
	int fd = open_simulated(directory, path, flags, &passed);

	if (!passed)
		return fd;
	return (directory == AT_FDCWD) ? real()->open(path, flags, mode) : real()->openat(directory, path, flags, mode);
}

static bool has_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

/* The mode is promoted to int. */
#define READ_MODE(mode, flags)                                                                                         \
	do {                                                                                                               \
		va_list arguments;                                                                                             \
		va_start(arguments, flags);                                                                                    \
		mode = has_mode(flags) ? (mode_t)va_arg(arguments, int) : 0;                                                   \
		va_end(arguments);                                                                                             \
	} while (0)

int wrap_open(char const *path, int flags, ...)
{
	mode_t mode;

	READ_MODE(mode, flags);
	return open_at(AT_FDCWD, path, flags, mode);
}

int wrap_open_2(char const *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0);
}

int wrap_openat(int directory, char const *path, int flags, ...)
{
	mode_t mode;

	READ_MODE(mode, flags);
	return open_at(directory, path, flags, mode);
}

int wrap_openat_2(int directory, char const *path, int flags)
{
	return open_at(directory, path, flags, 0);
}

static int mode_flags(char const *mode)
{
	int flags = strchr(mode, 'e') ? O_CLOEXEC : 0;

	if (strchr(mode, '+'))
		return flags | O_RDWR;
	return flags | ((mode[0] == 'r') ? O_RDONLY : O_WRONLY);
}

FILE *wrap_fopen(char const *path, char const *mode)
{
	bool passed;
	FILE *stream;
	int fd = open_simulated(AT_FDCWD, path, mode_flags(mode), &passed);

	if (passed)
		return real()->fopen(path, mode);
	stream = (fd < 0) ? NULL : fdopen(fd, mode);
	if (fd >= 0 && !stream)
		real()->close(fd);
	return stream;
}

/* The path to open. Returns NULL if the call is scripted to fail. */
static char const *find_directory(char const *path, struct sim_path *found)
{
	if (!sim_enter() || sim_resolve(AT_FDCWD, path, true, found) != SIM_DEVICE)
		return path;
	return SIM_LOCKED(sim_admit(SIM_CALL_OPENDIR)) ? found->actual : NULL;
}

DIR *wrap_opendir(char const *path)
{
	struct sim_path found;

	path = find_directory(path, &found);
	return path ? real()->opendir(path) : NULL;
}

int wrap_scandir(char const *path, void *list, void *filter, void *compare)
{
	struct sim_path found;

	path = find_directory(path, &found);
	return path ? real()->scandir(path, list, filter, compare) : -1;
}

int wrap_scandir64(char const *path, void *list, void *filter, void *compare)
{
	struct sim_path found;

	path = find_directory(path, &found);
	return path ? real()->scandir64(path, list, filter, compare) : -1;
}
