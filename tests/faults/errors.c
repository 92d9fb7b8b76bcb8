/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the manual pages and the kernel's sources: the errors of calls on these nodes, DMA-BUFs and memory files. EPERM
 * and ENOSYS also come from security modules and seccomp filters.
 */
#include "errors.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static struct errors const table[] = {
	{.call = "open", .fails = {ENOENT, EACCES, EPERM, EMFILE, ENFILE, ENXIO, ENODEV, EBUSY, ENOMEM}, .hidden = {EINTR}},
	{.call = "close", .hidden = {EINTR, EIO}},
	{.call = "stat", .fails = {ENOENT, EACCES, ENOMEM}},
	{.call = "access", .fails = {EACCES, ENOENT}},
	{.call = "readlink", .fails = {ENOENT, EACCES, ENOMEM}},
	{.call = "opendir", .fails = {ENOENT, EACCES, EMFILE, ENFILE, ENOMEM}},
	{.call = "dup", .fails = {EMFILE, EINVAL}},
	{.call = "fcntl", .fails = {EBUSY, EINVAL, EPERM}},
	{.call = "lseek", .fails = {EINVAL, ESPIPE}},
	{.call = "read", .fails = {EIO, EPERM}, .hidden = {EINTR}},
	{.call = "pread", .fails = {EIO, EPERM}, .hidden = {EINTR}},
	{.call = "mmap", .fails = {ENOMEM, EACCES, EPERM, EAGAIN, ENODEV, ENFILE}},
	{.call = "munmap", .hidden = {ENOMEM, EINVAL}, .left = LEFT_MEMORY},
	{.call = "mprotect", .hidden = {ENOMEM, EACCES}},
	{.call = "memfd-create", .fails = {EMFILE, ENFILE, ENOMEM, EINVAL, ENOSYS}},
	{.call = "fallocate", .fails = {ENOSPC, ENOMEM, EOPNOTSUPP, EIO, EPERM}, .hidden = {EINTR}},
	{.call = "ftruncate", .fails = {EFBIG, EINVAL, EPERM}, .hidden = {EINTR}},
	{.call = "sendmsg",
		.fails = {EAGAIN, EPIPE, ECONNREFUSED, ECONNRESET, ENOTCONN, EMSGSIZE, ENOBUFS, ENOMEM, ETOOMANYREFS, EACCES},
		.hidden = {EINTR}},
	{.call = "recvmsg", .fails = {EAGAIN, ECONNRESET, ENOTCONN, EINVAL, ENOMEM, EACCES}, .hidden = {EINTR}},
	{.call = "getsockopt", .fails = {ENOTSOCK, EBADF, ENOPROTOOPT, EACCES}},
	{.call = "poll", .fails = {ENOMEM, EINVAL}, .hidden = {EINTR}},
	{.call = "getrlimit", .hidden = {EINVAL, EPERM}},
	{.call = "uname", .fails = {EPERM, ENOSYS}},
	{.call = "ioctl", .fails = {ENOTTY, EINVAL, EFAULT, EPERM}, .hidden = {EINTR}},
	{.call = "heap-alloc", .fails = {ENOMEM, EINVAL, EBUSY, EMFILE, ENFILE, ENOTTY, EFAULT, EPERM}, .hidden = {EINTR}},
	{.call = "sync", .fails = {EIO, EINVAL, EFAULT, ENOTTY}, .hidden = {EINTR, EAGAIN}},
	{.call = "phys", .fails = {ENOTTY, EFAULT, EIO, ENOMEM, EINVAL, EPERM}, .hidden = {EINTR}},
	{.call = "export-sync-file", .fails = {ENOTTY, EINVAL, EMFILE, ENOMEM}, .hidden = {EINTR}},
	{.call = "import-sync-file", .fails = {ENOTTY, EINVAL, ENOMEM}, .hidden = {EINTR}},
	{.call = "dmabuf-imx", .fails = {EFAULT, ENOTTY, EPERM}, .hidden = {EINTR}},
	{.call = "udmabuf", .fails = {ENOMEM, EINVAL, EBADF, EMFILE, ENOTTY}, .hidden = {EINTR}},
	{.call = "ion-alloc", .fails = {ENOMEM, ENODEV, EINVAL, EMFILE, ENOTTY, EFAULT, EPERM}, .hidden = {EINTR}},
	{.call = "ion-free", .hidden = {EINTR, EINVAL, EPERM}, .left = LEFT_MEMORY},
	{.call = "ion-share", .fails = {EINVAL, EMFILE, ENFILE, ENOMEM}, .hidden = {EINTR}},
	{.call = "ion-map", .fails = {EINVAL, EMFILE, ENFILE, ENOMEM}, .hidden = {EINTR}},
	{.call = "ion-import", .fails = {EINVAL, ENOMEM}, .hidden = {EINTR}},
	{.call = "ion-custom", .fails = {ENOTTY, EINVAL, EFAULT, ENODEV}, .hidden = {EINTR}},
	{.call = "ion-sync", .fails = {EINVAL, ENOTTY}, .hidden = {EINTR}},
	{.call = "ion-query", .fails = {ENOTTY, EINVAL, EFAULT}, .hidden = {EINTR}},
	{.call = "ipu-alloc", .fails = {ENOMEM, EINVAL, EFAULT, ENOTTY, EPERM}, .hidden = {EINTR}},
	{.call = "ipu-free", .hidden = {EINTR, EINVAL, EPERM}, .left = LEFT_MEMORY},
	{.call = "pxp-get", .fails = {EPERM, ENOMEM, EACCES, ENOTTY, EFAULT}, .hidden = {EINTR}},
	{.call = "pxp-put", .hidden = {EINTR, EINVAL, EACCES}, .left = LEFT_MEMORY},
	{.call = "g2d-free", .hidden = {EIO}, .left = LEFT_BY_VENDOR},
	{.call = "g2d-close", .hidden = {EIO}, .left = LEFT_BY_VENDOR},
	{.call = "dwl-free", .hidden = {EIO}, .left = LEFT_BY_VENDOR},
	{.call = "dwl-release", .hidden = {EIO}, .left = LEFT_BY_VENDOR},
	{.call = "dwl-flush", .hidden = {EIO}},
	{.call = "pxp-flush", .fails = {EINVAL, EACCES, ENOTTY}, .hidden = {EINTR}},
};

struct errors const *errors_of(enum sim_call call)
{
	static struct errors const others = {.fails = {ENOMEM, EINVAL, EIO, EPERM, ENOTTY}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].call, sim_call_name(call)) == 0)
			return &table[i];
	return &others;
}
