/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sys.h"

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
 * and udmabuf of Linux 6.1 would not find huge pages.
 */
static int reserve(int fd, size_t size)
{
	int result = 0;

	for (off_t begin = 0; begin < (off_t)size && result == 0; begin += PIECE)
		result = reserve_piece(fd, begin, ((off_t)size - begin < PIECE) ? (off_t)size - begin : PIECE);
	return (result == -ENOSPC) ? -ENOMEM : result;
}

static int set_size(int fd, size_t size)
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
		return (errno == EINVAL || errno == EFBIG) ? -ENOMEM : -errno;
	return 0;
}

static int create(char const *name, unsigned int flags, size_t size, int seals, bool reserved)
{
	int result, fd = memfd_create(name, flags | MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	fd = imxd_sys_not_standard(fd);
	result = (fd < 0) ? fd : set_size(fd, size);
	if (result == 0 && reserved)
		result = reserve(fd, size);
	if (result == 0 && seals != 0 && fcntl(fd, F_ADD_SEALS, seals) < 0)
		result = -errno;
	if (result < 0) {
		imxd_sys_close(fd);
		return result;
	}
	return fd;
}

int imxd_memory_file(char const *name, unsigned int flags, size_t size, int seals)
{
	return create(name, flags, size, seals, true);
}

int imxd_memory_file_unreserved(char const *name, unsigned int flags, size_t size, int seals)
{
	return create(name, flags, size, seals, false);
}

bool imxd_memory_file_keeps_size(int fd)
{
	int seals = (fd >= 0) ? fcntl(fd, F_GET_SEALS) : -1;

	return seals >= 0 && (seals & F_SEAL_SHRINK);
}
