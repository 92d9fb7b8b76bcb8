/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that loses written data: each shared mapping for reading has one changed byte. DAMAGE_OFFSET is the offset of
 * the byte; without it nothing is changed. DAMAGE_BUFFER selects the file, by the order of the first mappings; default
 * 0. DAMAGE_MIX_UP: all such mappings show the file that was mapped first. DAMAGE_NULL: there is no /dev/null.
 */
/* It would make mmap an alias of mmap64 in this file. */
#undef _TIME_BITS
#undef _FILE_OFFSET_BITS

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>

static void *map(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
	static void *(*next)(void *, size_t, int, int, int, off64_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "mmap64");
	return next(address, length, protection, flags, fd, offset);
}

/* Return the number of a file in the order of first use. */
static long number_of(int fd)
{
	static ino_t seen[64];
	static long count;
	struct stat status;
	long i = 0;

	if (fstat(fd, &status) != 0)
		return -1;
	while (i < count && seen[i] != status.st_ino)
		i++;
	if (i == count && count < 64)
		seen[count++] = status.st_ino;
	return i;
}

/* Return the descriptor of the file to map. */
static int shown(int protection, int flags, int fd)
{
	static int first = -1;

	if (!getenv("DAMAGE_MIX_UP") || fd < 0 || !(flags & MAP_SHARED))
		return fd;
	if (first < 0)
		first = fd;
	return (protection == PROT_READ) ? first : fd;
}

static int is_to_be_damaged(int protection, int flags, int fd)
{
	char const *buffer = getenv("DAMAGE_BUFFER");

	if (!getenv("DAMAGE_OFFSET") || fd < 0 || !(flags & MAP_SHARED))
		return 0;
	return number_of(fd) == (buffer ? strtol(buffer, NULL, 10) : 0) && protection == PROT_READ;
}

int open64(char const *path, int flags, ...)
{
	static int (*next)(char const *, int, ...);
	va_list arguments;
	int mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, int);
	va_end(arguments);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "open64");
	if (getenv("DAMAGE_NULL") && strcmp(path, "/dev/null") == 0) {
		errno = ENOENT;
		return -1;
	}
	return next(path, flags, mode);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
	unsigned char *bytes;

	if (!is_to_be_damaged(protection, flags, fd) || strtoul(getenv("DAMAGE_OFFSET"), NULL, 10) >= length)
		return map(address, length, protection, flags, shown(protection, flags, fd), offset);
	bytes = map(address, length, PROT_READ | PROT_WRITE, flags, fd, offset);
	if (bytes != MAP_FAILED) {
		bytes[strtoul(getenv("DAMAGE_OFFSET"), NULL, 10)] ^= 0x10;
		mprotect(bytes, length, PROT_READ);
	}
	return bytes;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return mmap64(address, length, protection, flags, fd, offset);
}
