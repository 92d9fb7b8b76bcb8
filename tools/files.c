/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

/* More than any file of the kernel that is read. */
#define MAX_FILE ((size_t)64 << 20)

static char const *prefix = "";

void files_set_root(char const *root)
{
	prefix = root;
}

static int __attribute__((format(printf, 2, 0))) make_path(char path[FILES_PATH], char const *format, va_list arguments)
{
	int root = snprintf(path, FILES_PATH, "%s", prefix), rest = 0;

	if (root < FILES_PATH)
		rest = vsnprintf(path + root, (size_t)(FILES_PATH - root), format, arguments);
	if (root + rest < FILES_PATH)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* Read from a descriptor until the end or until the room is full, and close it. */
static ssize_t read_and_close(int fd, char *text, size_t room)
{
	size_t length = 0;
	ssize_t count = 0;
	int code;

	while (length < room && (count = read(fd, text + length, room - length)) != 0) {
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			break;
		length += (size_t)count;
	}
	code = errno;
	close(fd);
	errno = code;
	return (count < 0) ? -1 : (ssize_t)length;
}

static ssize_t read_beginning(char const *path, char *text, size_t room)
{
	/* A FIFO in the place of a file must not block. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t length = (fd >= 0) ? read_and_close(fd, text, room - 1) : -1;

	text[(length > 0) ? length : 0] = '\0';
	return length;
}

int files_path(char path[FILES_PATH], char const *format, ...)
{
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = make_path(path, format, arguments);
	va_end(arguments);
	return result;
}

ssize_t files_read(char *text, size_t room, char const *format, ...)
{
	char path[FILES_PATH];
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = make_path(path, format, arguments);
	va_end(arguments);
	text[0] = '\0';
	return (result == 0) ? read_beginning(path, text, room) : -1;
}

char *files_read_all(char const *format, ...)
{
	size_t room = 65536;
	ssize_t length;
	char path[FILES_PATH], *text = NULL;
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = make_path(path, format, arguments);
	va_end(arguments);
	/* Read anew with more room: files of /proc may change between two reads. */
	for (; result == 0; room *= 4) {
		char *larger = (room <= MAX_FILE) ? realloc(text, room) : NULL;

		if (!larger) {
			errno = (room <= MAX_FILE) ? ENOMEM : EFBIG;
			break;
		}
		text = larger;
		length = read_beginning(path, text, room);
		if (length >= 0 && (size_t)length < room - 1)
			return text;
		if (length < 0)
			break;
	}
	free(text);
	return NULL;
}

int files_read_number(uint64_t *value, char const *format, ...)
{
	char path[FILES_PATH], text[64], *end;
	unsigned long long number;
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = make_path(path, format, arguments);
	va_end(arguments);
	if (result != 0 || read_beginning(path, text, sizeof(text)) < 0)
		return -1;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0 || (*end != '\n' && *end != '\0')) {
		errno = EBADMSG;
		return -1;
	}
	*value = number;
	return 0;
}

bool files_exist(char const *format, ...)
{
	char path[FILES_PATH];
	struct stat status;
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = make_path(path, format, arguments);
	va_end(arguments);
	return result == 0 && stat(path, &status) == 0;
}

static int write_all(int fd, char const *text, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, text, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		text += count;
		length -= (size_t)count;
	}
	return 0;
}

/* Write to a new file beside the old one, and put it in its place. Returns 0, or -1 with errno. */
static int replace(char const *path, char *other, mode_t mode, char const *text, size_t length)
{
	int code, fd = mkostemp(other, O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write_all(fd, text, length) != 0 || fchmod(fd, mode) != 0 || fsync(fd) != 0) {
		code = errno;
		close(fd);
	} else if (close(fd) == 0 && rename(other, path) == 0) {
		return 0;
	} else {
		code = errno;
	}
	unlink(other);
	errno = code;
	return -1;
}

int files_replace(char const *path, char const *text, size_t length)
{
	char other[FILES_PATH], target[PATH_MAX];
	mode_t mask = umask(0), mode = 0666 & ~mask;
	struct stat status;

	umask(mask);
	if (stat(path, &status) == 0) {
		/* A device such as /dev/stdout is not replaced. */
		if (!S_ISREG(status.st_mode))
			return output_fail(EXIT_FAILED, "%s is no regular file", path);
		mode = status.st_mode & 0777;
		/* A link stays, and its target is replaced. */
		if (realpath(path, target))
			path = target;
	}
	if (snprintf(other, sizeof(other), "%s.XXXXXX", path) >= (int)sizeof(other))
		return output_fail(EXIT_FAILED, "the path is too long: %.200s...", path);
	if (replace(path, other, mode, text, length) != 0)
		return output_fail(EXIT_FAILED, "%s cannot be written: %s", path, strerror(errno));
	return EXIT_DONE;
}
