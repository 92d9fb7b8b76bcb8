/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions that let the kernel access memory of the program: it would find guarded pages closed. Only in
 * the preload library. fd.c and socket.c have the functions that the simulator interposes anyway.
 */
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "check/fault.h"

/*
 * Define a function that opens guarded pages and then calls the C library's. ISO C does not convert an object pointer
 * to a function pointer.
 */
#define TRANSFER(symbol, alias, result, parameters, arguments, open)                                                   \
	result alias parameters __asm__(symbol);                                                                           \
	result alias parameters                                                                                            \
	{                                                                                                                  \
		static result(*next) parameters;                                                                               \
		if (!next)                                                                                                     \
			*(void **)&next = dlsym(RTLD_NEXT, symbol);                                                                \
		open;                                                                                                          \
		return next arguments;                                                                                         \
	}

#define READS(data, length) sim_fault_transfer(data, length, false)
#define WRITES(data, length) sim_fault_transfer(data, length, true)

static void open_vectors(struct iovec const *vectors, int count, bool write)
{
	for (int i = 0; i < count && sim_fault_is_on(); i++)
		sim_fault_transfer(vectors[i].iov_base, vectors[i].iov_len, write);
}

#define VECTORS(write) open_vectors(vectors, count, write)

TRANSFER("write", wrap_write, ssize_t, (int fd, void const *data, size_t length), (fd, data, length),
	READS(data, length))
TRANSFER("pwrite", wrap_pwrite, ssize_t, (int fd, void const *data, size_t length, long offset),
	(fd, data, length, offset), READS(data, length))
TRANSFER("pwrite64", wrap_pwrite64, ssize_t, (int fd, void const *data, size_t length, off_t offset),
	(fd, data, length, offset), READS(data, length))
TRANSFER("writev", wrap_writev, ssize_t, (int fd, struct iovec const *vectors, int count), (fd, vectors, count),
	VECTORS(false))
TRANSFER("readv", wrap_readv, ssize_t, (int fd, struct iovec const *vectors, int count), (fd, vectors, count),
	VECTORS(true))
TRANSFER("pwritev", wrap_pwritev, ssize_t, (int fd, struct iovec const *vectors, int count, long offset),
	(fd, vectors, count, offset), VECTORS(false))
TRANSFER("preadv", wrap_preadv, ssize_t, (int fd, struct iovec const *vectors, int count, long offset),
	(fd, vectors, count, offset), VECTORS(true))
TRANSFER("pwritev64", wrap_pwritev64, ssize_t, (int fd, struct iovec const *vectors, int count, off_t offset),
	(fd, vectors, count, offset), VECTORS(false))
TRANSFER("preadv64", wrap_preadv64, ssize_t, (int fd, struct iovec const *vectors, int count, off_t offset),
	(fd, vectors, count, offset), VECTORS(true))
TRANSFER("send", wrap_send, ssize_t, (int fd, void const *data, size_t length, int flags), (fd, data, length, flags),
	READS(data, length))
TRANSFER("sendto", wrap_sendto, ssize_t,
	(int fd, void const *data, size_t length, int flags, void const *address, socklen_t size),
	(fd, data, length, flags, address, size), READS(data, length))
TRANSFER("recv", wrap_recv, ssize_t, (int fd, void *data, size_t length, int flags), (fd, data, length, flags),
	WRITES(data, length))
TRANSFER("recvfrom", wrap_recvfrom, ssize_t,
	(int fd, void *data, size_t length, int flags, void *address, socklen_t *size),
	(fd, data, length, flags, address, size), WRITES(data, length))
TRANSFER("__recv_chk", wrap_recv_chk, ssize_t, (int fd, void *data, size_t length, size_t room, int flags),
	(fd, data, length, room, flags), WRITES(data, length))
TRANSFER("__recvfrom_chk", wrap_recvfrom_chk, ssize_t,
	(int fd, void *data, size_t length, size_t room, int flags, void *address, socklen_t *size),
	(fd, data, length, room, flags, address, size), WRITES(data, length))
TRANSFER("fwrite", wrap_fwrite, size_t, (void const *data, size_t size, size_t count, FILE *file),
	(data, size, count, file), READS(data, size *count))
TRANSFER("fwrite_unlocked", wrap_fwrite_unlocked, size_t, (void const *data, size_t size, size_t count, FILE *file),
	(data, size, count, file), READS(data, size *count))
TRANSFER("fread", wrap_fread, size_t, (void *data, size_t size, size_t count, FILE *file), (data, size, count, file),
	WRITES(data, size *count))
TRANSFER("fread_unlocked", wrap_fread_unlocked, size_t, (void *data, size_t size, size_t count, FILE *file),
	(data, size, count, file), WRITES(data, size *count))
TRANSFER("__fread_chk", wrap_fread_chk, size_t, (void *data, size_t room, size_t size, size_t count, FILE *file),
	(data, room, size, count, file), WRITES(data, size *count))
