/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "preload/path.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/table.h"
#include "kernel/directory.h"
#include "kernel/enter.h"
#include "kernel/node.h"
#include "kernel/real.h"
#include "kernel/settings.h"
#include "kernel/sysfs.h"

/* Remove "//", "." and ".." from an absolute path. */
static void tidy(char *path)
{
	char *out = path, *in = path;

	while (*in) {
		size_t length;

		in += strspn(in, "/");
		length = strcspn(in, "/");
		if (length == 2 && in[0] == '.' && in[1] == '.') {
			while (out > path && *--out != '/')
				;
		} else if (length > 0 && !(length == 1 && in[0] == '.')) {
			*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

/* The directory of a relative path, as programs see it. */
static bool get_directory(int directory, char *result, size_t size)
{
	char link[40], actual[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	if (directory == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/self/cwd");
	length = real()->readlink(link, actual, sizeof(actual) - 1);
	if (length <= 0 || actual[0] != '/')
		return false;
	actual[length] = '\0';
	if (!sim_public_path(actual, result, size))
		snprintf(result, size, "%s", actual);
	return true;
}

static bool make_absolute(int directory, char const *path, char *result, size_t size)
{
	size_t length = 0;

	if (path[0] != '/') {
		if (!get_directory(directory, result, size))
			return false;
		length = strlen(result);
		if (length + 1 < size)
			result[length++] = '/';
	}
	if (strlen(path) >= size - length)
		return false;
	memcpy(result + length, path, strlen(path) + 1);
	tidy(result);
	return true;
}

static bool is_device(char const *path)
{
	for (size_t i = 0; sim_devices[i]; i++) {
		char const *own = sim_devices[i]->path;
		size_t length = strlen(own);

		if (strcmp(path, own) == 0)
			return true;
		if (own[length - 1] == '/' && strncmp(path, own, length - 1) == 0 &&
			(path[length - 1] == '/' || path[length - 1] == '\0'))
			return true;
	}
	return false;
}

/* Skip a number or a word. Return NULL if the text begins differently. */
static char const *skip_number(char const *text, long number)
{
	char *end;

	return (isdigit((unsigned char)text[0]) && strtol(text, &end, 10) == number) ? end : NULL;
}

static char const *skip(char const *text, char const *word)
{
	size_t length = strlen(word);

	return (text && strncmp(text, word, length) == 0) ? text + length : NULL;
}

/* The text after /proc/self/ in any of its spellings, or NULL. */
static char const *own_proc(char const *path)
{
	char const *rest = skip(path, "/proc/"), *own, *task;

	if (!rest)
		return NULL;
	own = skip(rest, "self/");
	if (!own)
		own = skip(rest, "thread-self/");
	if (!own)
		own = skip(skip_number(rest, (long)getpid()), "/");
	task = skip(own, "task/");
	if (task && (task = strchr(task, '/')))
		own = task + 1;
	return own;
}

static enum sim_place find_proc(char const *path, int *fd)
{
	char const *own, *number;
	char *end;

	if (strcmp(path, "/proc/meminfo") == 0)
		return SIM_MEMINFO;
	if (strcmp(path, "/proc/sys/kernel/osrelease") == 0)
		return sim_settings.release[0] ? SIM_RELEASE : SIM_ELSEWHERE;
	own = own_proc(path);
	if (!own)
		return SIM_ELSEWHERE;
	if (strcmp(own, "pagemap") == 0)
		return SIM_PAGEMAP;
	number = skip(own, "fd/");
	if (!number)
		number = skip(own, "fdinfo/");
	if (!number || !isdigit((unsigned char)number[0]))
		return SIM_ELSEWHERE;
	*fd = (int)strtol(number, &end, 10);
	if (*end != '\0')
		return SIM_ELSEWHERE;
	return (own[2] == '/') ? SIM_FD : SIM_FDINFO;
}

static enum sim_place find_processor(char const *path, int *number)
{
	char const *rest = skip(path, "/sys/devices/system/cpu/"), *digits;

	if (!rest || !sim_settings.midr[0])
		return SIM_ELSEWHERE;
	if (strcmp(rest, "possible") == 0)
		return SIM_PROCESSORS;
	digits = skip(rest, "cpu");
	if (!digits || (digits[0] != '0' && digits[0] != '1') || strcmp(digits + 1, "/regs/identification/midr_el1") != 0)
		return SIM_ELSEWHERE;
	*number = digits[0] - '0';
	return SIM_MIDR;
}

static enum sim_place find_place(struct sim_path *result)
{
	char const *device = skip(result->path, "/sys/dev/char/"), *minor;
	char *end;

	if (is_device(result->path) || sim_sysfs_covers(result->path))
		return SIM_DEVICE;
	minor = device ? skip(skip_number(device, SIM_MAJOR), ":") : NULL;
	if (minor && isdigit((unsigned char)minor[0])) {
		result->fd = (int)strtol(minor, &end, 10);
		if (strcmp(end, SIM_OF_NODE) == 0)
			return SIM_OF_DEVICE;
		return (*end == '\0') ? SIM_SYSFS : SIM_ELSEWHERE;
	}
	if (strncmp(result->path, "/sys/", 5) == 0)
		return find_processor(result->path, &result->fd);
	return find_proc(result->path, &result->fd);
}

/* Replace the path by the target of its last component. Returns false if that is not a symbolic link. */
static bool follow_link(char *path, size_t size)
{
	char link[PATH_MAX];
	ssize_t length = real()->readlink(path, link, sizeof(link) - 1);
	size_t parent = (size_t)(strrchr(path, '/') - path) + 1;

	if (length <= 0)
		return false;
	link[length] = '\0';
	if (link[0] == '/')
		parent = 0;
	if (parent + (size_t)length >= size)
		return false;
	memcpy(path + parent, link, (size_t)length + 1);
	tidy(path);
	return true;
}

static void resolve(int directory, char const *path, bool follow, struct sim_path *result)
{
	if (!path || path[0] == '\0' || !make_absolute(directory, path, result->path, sizeof(result->path)))
		return;
	result->place = find_place(result);
	/* Udev makes links to nodes. The kernel's limit is 40. */
	for (int i = 0; i < 40 && follow && result->place == SIM_ELSEWHERE; i++) {
		if (!follow_link(result->path, sizeof(result->path)))
			return;
		result->place = find_place(result);
	}
}

enum sim_place sim_resolve(int directory, char const *path, bool follow, struct sim_path *result)
{
	int code = errno;

	result->place = SIM_ELSEWHERE;
	sim_lock();
	resolve(directory, path, follow, result);
	if (result->place == SIM_DEVICE)
		sim_private_path(result->path, result->actual, sizeof(result->actual));
	sim_unlock();
	errno = code;
	return result->place;
}
