/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions on descriptors, and readlink. A call on an object that is not simulated goes to the real
 * function without the lock, because it may block.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "check/fault.h"
#include "kernel/calls.h"
#include "kernel/directory.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/proc.h"
#include "kernel/node.h"
#include "kernel/real.h"
#include "kernel/settings.h"
#include "kernel/sysfs.h"
#include "kernel/target.h"
#include "preload/path.h"

int wrap_close(int fd) __asm__("close");
int wrap_ioctl(int fd, unsigned long request, ...) __asm__("ioctl");
int wrap_fcntl(int fd, int command, ...) __asm__("fcntl");
int wrap_fcntl64(int fd, int command, ...) __asm__("fcntl64") SIM_ALIAS("fcntl");
int wrap_dup(int fd) __asm__("dup");
int wrap_dup2(int fd, int target) __asm__("dup2");
int wrap_dup3(int fd, int target, int flags) __asm__("dup3");
off_t wrap_lseek64(int fd, off_t offset, int whence) __asm__("lseek64");
long wrap_lseek(int fd, long offset, int whence) __asm__("lseek");
ssize_t wrap_read(int fd, void *data, size_t length) __asm__("read");
ssize_t wrap_read_chk(int fd, void *data, size_t length, size_t size) __asm__("__read_chk");
ssize_t wrap_pread(int fd, void *data, size_t length, long offset) __asm__("pread");
ssize_t wrap_pread64(int fd, void *data, size_t length, off_t offset) __asm__("pread64");
ssize_t wrap_pread_chk(int fd, void *data, size_t length, long offset, size_t size) __asm__("__pread_chk");
ssize_t wrap_pread64_chk(int fd, void *data, size_t length, off_t offset, size_t size) __asm__("__pread64_chk");
ssize_t wrap_readlink(char const *path, char *text, size_t size) __asm__("readlink");
ssize_t wrap_readlink_chk(char const *path, char *text, size_t size, size_t room) __asm__("__readlink_chk");
ssize_t wrap_readlinkat(int directory, char const *path, char *text, size_t size) __asm__("readlinkat");
ssize_t wrap_readlinkat_chk(int directory, char const *path, char *text, size_t size,
	size_t room) __asm__("__readlinkat_chk");
#if __SIZEOF_LONG__ == 4
int wrap_ioctl_time64(int fd, unsigned long request, ...) __asm__("__ioctl_time64") SIM_ALIAS("ioctl");
int wrap_fcntl_time64(int fd, int command, ...) __asm__("__fcntl_time64") SIM_ALIAS("fcntl");
#endif

/* Find the object and count the call if it is simulated. Returns false, with errno, if the call is scripted to fail. */
static bool admit(int fd, enum sim_call call, struct sim_target *target)
{
	target->kind = SIM_NOTHING;
	return !sim_enter() || SIM_LOCKED(sim_find(fd, target) == SIM_NOTHING || sim_admit(call));
}

/* A failing close closes the descriptor, as on Linux. */
int wrap_close(int fd)
{
	struct sim_target target;
	bool good = admit(fd, SIM_CALL_CLOSE, &target);
	int code = errno, result = real()->close(fd);

	if (target.kind != SIM_NOTHING) {
		sim_lock();
		sim_sweep_due = true;
		sim_unlock();
	}
	return good ? result : sim_error(code);
}

static int control(int fd, unsigned long request, void *argument)
{
	struct sim_target target;
	bool emulated = true;
	int result = -1;

	if (!sim_enter())
		return real()->ioctl(fd, request, argument);
	/* FIOCLEX and similar requests (0x54 is 'T') go to the real kernel, which handles them for any file. */
	sim_lock();
	sim_find(fd, &target);
	if (target.kind == SIM_NOTHING || ((request >> 8) & 0xff) == 0x54)
		emulated = target.kind != SIM_NOTHING && !sim_admit_ioctl(SIM_CALL_IOCTL);
	else if (target.kind == SIM_IS_NODE && target.node->device->ioctl)
		result = target.node->device->ioctl(target.node, fd, request, argument);
	else if (target.kind == SIM_IS_DMABUF)
		result = sim_dmabuf_ioctl(&target, request, argument);
	else
		result = sim_admit_ioctl(SIM_CALL_IOCTL) ? sim_error(ENOTTY) : -1;
	sim_unlock();
	if (emulated)
		return result;
	sim_fault_argument(argument, request >> 16 & 0x3fff);
	return real()->ioctl(fd, request, argument);
}

int wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	/* Callers with an int argument extend the sign. Requests have 32 bits. */
	return control(fd, request & 0xffffffffu, argument);
}

static int command_call(int command)
{
	return (command == F_DUPFD || command == F_DUPFD_CLOEXEC) ? SIM_CALL_DUP : SIM_CALL_FCNTL;
}

/* A DMA-BUF cannot be sealed: EINVAL, as for any file without seals. */
static int control_file(int fd, int command, void *argument)
{
	struct sim_target target;

	if (!admit(fd, command_call(command), &target))
		return -1;
	if (target.kind == SIM_IS_DMABUF && (command == F_ADD_SEALS || command == F_GET_SEALS))
		return sim_error(EINVAL);
	return real()->fcntl(fd, command, argument);
}

int wrap_fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return control_file(fd, command, argument);
}

int wrap_dup(int fd)
{
	struct sim_target target;

	return admit(fd, SIM_CALL_DUP, &target) ? real()->dup(fd) : -1;
}

/* dup2 and dup3 close the earlier file of the number. */
static bool admit_onto(int fd, int onto)
{
	struct sim_target target;
	bool good = admit(fd, SIM_CALL_DUP, &target);

	if (sim_is_passed())
		return true;
	sim_lock();
	if (sim_find(onto, &target) != SIM_NOTHING)
		sim_sweep_due = true;
	sim_unlock();
	return good;
}

int wrap_dup2(int fd, int onto)
{
	return admit_onto(fd, onto) ? real()->dup2(fd, onto) : -1;
}

int wrap_dup3(int fd, int onto, int flags)
{
	return admit_onto(fd, onto) ? real()->dup3(fd, onto, flags) : -1;
}

static int64_t seek(int fd, int64_t offset, int whence)
{
	struct sim_target target;

	if (!admit(fd, SIM_CALL_LSEEK, &target))
		return -1;
	if (target.kind == SIM_IS_DMABUF)
		return sim_dmabuf_lseek(&target, offset, whence);
	/* No driver has an lseek operation. */
	if (target.kind == SIM_IS_NODE)
		return sim_error(ESPIPE);
	return real()->lseek(fd, offset, whence);
}

off_t wrap_lseek64(int fd, off_t offset, int whence)
{
	return seek(fd, offset, whence);
}

/* The 32-bit variant. */
long wrap_lseek(int fd, long offset, int whence)
{
	int64_t result = seek(fd, offset, whence);

	return ((long)result == result) ? (long)result : sim_error(EOVERFLOW);
}

/* Neither nodes nor DMA-BUFs have a read operation: EINVAL. */
static bool cannot_read(struct sim_target const *target)
{
	return target->kind == SIM_IS_DMABUF || target->kind == SIM_IS_NODE;
}

static void patch(struct sim_target const *target, void *data, ssize_t count, int64_t offset)
{
	if (target->kind != SIM_IS_PAGEMAP || count <= 0)
		return;
	sim_lock();
	sim_patch_pagemap(data, (size_t)count, (uint64_t)offset);
	sim_unlock();
}

ssize_t wrap_read(int fd, void *data, size_t length)
{
	struct sim_target target;
	int64_t offset = 0;
	ssize_t count;

	if (!admit(fd, SIM_CALL_READ, &target))
		return -1;
	if (cannot_read(&target))
		return sim_error(EINVAL);
	if (target.kind == SIM_IS_PAGEMAP)
		offset = real()->lseek(fd, 0, SEEK_CUR);
	sim_fault_transfer(data, length, true);
	count = real()->read(fd, data, length);
	patch(&target, data, count, offset);
	return count;
}

static ssize_t read_at(int fd, void *data, size_t length, int64_t offset)
{
	struct sim_target target;
	ssize_t count;

	if (!admit(fd, SIM_CALL_PREAD, &target))
		return -1;
	if (cannot_read(&target))
		return sim_error(EINVAL);
	sim_fault_transfer(data, length, true);
	count = real()->pread(fd, data, length, offset);
	patch(&target, data, count, offset);
	return count;
}

/* _FORTIFY_SOURCE checks the size of the buffer. Here a length that is too large is reduced, without aborting. */
static size_t at_most(size_t length, size_t room)
{
	return (length < room) ? length : room;
}

ssize_t wrap_read_chk(int fd, void *data, size_t length, size_t size)
{
	return wrap_read(fd, data, at_most(length, size));
}

ssize_t wrap_pread(int fd, void *data, size_t length, long offset)
{
	return read_at(fd, data, length, offset);
}

ssize_t wrap_pread64(int fd, void *data, size_t length, off_t offset)
{
	return read_at(fd, data, length, offset);
}

ssize_t wrap_pread_chk(int fd, void *data, size_t length, long offset, size_t size)
{
	return read_at(fd, data, at_most(length, size), offset);
}

ssize_t wrap_pread64_chk(int fd, void *data, size_t length, off_t offset, size_t size)
{
	return read_at(fd, data, at_most(length, size), offset);
}

/* The text of a simulated descriptor's link. Returns false if the real link is right. */
static bool show_link(int fd, struct sim_target const *target, char *link, size_t size)
{
	char actual[PATH_MAX], path[40];
	ssize_t length;

	if (target->kind == SIM_IS_DMABUF) {
		sim_dmabuf_link(target, link, size);
		return true;
	}
	if (target->kind == SIM_IS_NODE) {
		snprintf(link, size, "%s", target->node->path);
		return true;
	}
	if (target->kind != SIM_IS_DIRECTORY)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = real()->readlink(path, actual, sizeof(actual) - 1);
	actual[(length < 0) ? 0 : length] = '\0';
	return sim_public_path(actual, link, size);
}

/* Returns 1 with the link, 0 if it is a real one, or -1 with errno. */
static int show_sysfs(unsigned int minor, char *link, size_t size)
{
	if (!sim_node_link(minor, link, size))
		return 0;
	if (!sim_admit(SIM_CALL_READLINK))
		return -1;
	return sim_settings.sysfs_off ? sim_error(ENOENT) : 1;
}

static ssize_t read_link(int directory, char const *path, char *text, size_t size)
{
	struct sim_path found;
	struct sim_target target = {.kind = SIM_NOTHING};
	char link[PATH_MAX];
	size_t length;
	bool good, shown = false;

	found.place = SIM_ELSEWHERE;
	if (sim_enter())
		sim_resolve(directory, path, false, &found);
	if (found.place != SIM_FD && found.place != SIM_DEVICE && found.place != SIM_SYSFS && found.place != SIM_OF_DEVICE)
		return (directory == AT_FDCWD) ? real()->readlink(path, text, size)
									   : real()->readlinkat(directory, path, text, size);
	sim_lock();
	if (found.place == SIM_FD)
		sim_find(found.fd, &target);
	if (found.place == SIM_SYSFS || found.place == SIM_OF_DEVICE) {
		int result = show_sysfs((unsigned int)found.fd, link, sizeof(link));

		if (result > 0 && found.place == SIM_OF_DEVICE)
			snprintf(link, sizeof(link), SIM_OF_NODE_LINK);

		good = result >= 0;
		shown = result > 0;
	} else {
		good = (found.place == SIM_FD && target.kind == SIM_NOTHING) || sim_admit(SIM_CALL_READLINK);
	}
	if (good && found.place == SIM_FD)
		shown = show_link(found.fd, &target, link, sizeof(link));
	sim_unlock();
	if (!good)
		return -1;
	if (!shown)
		return real()->readlink((found.place == SIM_DEVICE) ? found.actual : found.path, text, size);
	length = strlen(link);
	length = at_most(length, size);
	memcpy(text, link, length);
	return (ssize_t)length;
}

ssize_t wrap_readlink(char const *path, char *text, size_t size)
{
	return read_link(AT_FDCWD, path, text, size);
}

ssize_t wrap_readlink_chk(char const *path, char *text, size_t size, size_t room)
{
	return read_link(AT_FDCWD, path, text, at_most(size, room));
}

ssize_t wrap_readlinkat(int directory, char const *path, char *text, size_t size)
{
	return read_link(directory, path, text, size);
}

ssize_t wrap_readlinkat_chk(int directory, char const *path, char *text, size_t size, size_t room)
{
	return read_link(directory, path, text, at_most(size, room));
}
