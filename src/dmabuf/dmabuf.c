/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dmabuf.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "../base/error.h"
#include "../base/sys.h"
#include "../uapi/dma_buf.h"

/*
 * Before Linux 5.3 DMA-BUFs are anonymous files. The name in /proc decides together with the kernel's code for an
 * invalid DMA_BUF_IOCTL_SYNC: EINVAL, or ENOTTY before 4.6, which has no such ioctl. Other anonymous files may return
 * the same. Returns 1 if /proc is missing and only the code counts.
 */
static int classify_anonymous(int fd)
{
	struct imxd_dma_buf_sync nothing = {0};
	char path[32];
	ssize_t length = imxd_sys_fd_path(fd, path, sizeof(path));
	int result;

	if (length > 0 && strcmp(path, "anon_inode:dmabuf") != 0)
		return -EINVAL;
	result = imxd_sys_sync_ioctl(fd, IMXD_DMA_BUF_SYNC, &nothing);
	if (length > 0)
		return (result == -EINVAL || result == -ENOTTY) ? 0 : -EINVAL;
	return (result == -EINVAL) ? 1 : -EINVAL;
}

/* Returns 0 for a DMA-BUF, 1 for a file that behaves like one, -EBADF or -EINVAL. */
static int classify(int fd)
{
	int64_t magic = imxd_sys_file_system(fd);
	int code = -EINVAL;

	if (magic == IMXD_DMA_BUF_MAGIC)
		return 0;
	if (magic == -EBADF || (magic >= 0 && imxd_sys_is_path_only(fd)))
		return imxd_fail(-EBADF, "descriptor %d: not open (EBADF)", fd);
	if (magic == IMXD_ANONYMOUS_MAGIC && imxd_sys_kernel_before(5, 3))
		code = classify_anonymous(fd);
	if (code >= 0)
		return code;
	if (magic < 0)
		return imxd_fail(code, "descriptor %d: not known to be a DMA-BUF: the query of its file system failed (%s)", fd,
			imxd_errno_text((int)magic));
	return imxd_fail(code, "descriptor %d: not a DMA-BUF: it belongs to another file system (type 0x%llx)", fd,
		(unsigned long long)magic);
}

int imxd_dmabuf_check(int fd)
{
	int code = classify(fd);

	return (code > 0) ? 0 : code;
}

int imxd_dmabuf_check_strictly(int fd)
{
	int code = classify(fd);

	return (code > 0) ? imxd_fail(-EINVAL, "descriptor %d: not known to be a DMA-BUF, since /proc is missing", fd)
					  : code;
}

uint64_t imxd_dmabuf_inode(int fd)
{
	int64_t magic = imxd_sys_file_system(fd);
	struct stat status;

	return (magic >= 0 && magic != IMXD_ANONYMOUS_MAGIC && imxd_sys_fstat(fd, &status) == 0) ? status.st_ino : 0;
}

/*
 * The encoding of DMA_BUF_IOCTL_PHYS that this kernel has; 0: not known yet. A 64-bit kernel has the one for 64 bits
 * only; a 32-bit kernel the one for 32 bits, or in one of NXP's trees the other.
 */
static _Atomic unsigned long phys_request;

static int find_request(int fd, unsigned long failed, uint64_t *address)
{
	static unsigned long const requests[] = {
		IMXD_DMA_BUF_PHYS_32, IMXD_DMA_BUF_PHYS_64, IMXD_DMA_BUF_OLD_PHYS_32, IMXD_DMA_BUF_OLD_PHYS_64};
	int result = -ENOTTY;

	for (size_t i = 0; i < 4 && result == -ENOTTY; i++) {
		if (i == 2 && !imxd_sys_kernel_before(5, 3))
			break;
		/* A 64-bit kernel has none of the narrow ones. */
		if (requests[i] == failed || (sizeof(long) == 8 && i % 2 == 0))
			continue;
		*address = 0;
		result = imxd_sys_ioctl(fd, requests[i], address);
		/* The old number may belong to another ioctl: success without an address proves nothing. */
		if (result != -ENOTTY && (i < 2 || *address != 0))
			atomic_store_explicit(&phys_request, requests[i], memory_order_relaxed);
	}
	return result;
}

/* The kernel writes 4 or 8 bytes. Both are right on little-endian machines, as all i.MX are. */
int imxd_dmabuf_phys(int fd, uint64_t *address)
{
	unsigned long request = atomic_load_explicit(&phys_request, memory_order_relaxed);
	int result = -ENOTTY;

	*address = 0;
	if (request != 0)
		result = imxd_sys_ioctl(fd, request, address);
	return (result == -ENOTTY) ? find_request(fd, request, address) : result;
}

bool imxd_dmabuf_has_phys(int result, uint64_t address)
{
	return (result >= 0 && address != 0) || result == -ENOMEM || result == -EIO;
}

int imxd_dmabuf_validate_fd(int fd)
{
	if (fd == 0 && imxd_dmabuf_check(0) != 0)
		return -ENOTTY;
	return imxd_sys_not_standard(fd);
}

int imxd_dmabuf_sync(int fd, uint64_t flags)
{
	struct imxd_dma_buf_sync sync = {flags};
	int result = imxd_sys_sync_ioctl(fd, IMXD_DMA_BUF_SYNC, &sync);

	/* Kernels before 4.6 have DMA-BUFs, but not this ioctl. */
	if (result >= 0 || result == -ENOTTY)
		return 0;
	return imxd_fail(result, "DMA_BUF_IOCTL_SYNC on descriptor %d failed (%s)", fd, imxd_errno_text(result));
}

void imxd_dmabuf_sync_quietly(int fd, uint64_t flags)
{
	struct imxd_dma_buf_sync sync = {flags};

	imxd_sys_sync_ioctl(fd, IMXD_DMA_BUF_SYNC, &sync);
}

static int fail_name(int fd, int code)
{
	if (code == -EBUSY)
		return imxd_fail(code,
			"descriptor %d: the kernel keeps the old name, because a device is attached (EBUSY from DMA_BUF_SET_NAME, "
			"kernels up to about 5.19); set the name before a device attaches",
			fd);
	if (code == -ENOTTY)
		return imxd_fail(-ENOTSUP, "descriptor %d: this kernel has no DMA_BUF_SET_NAME", fd);
	return imxd_fail(code, "DMA_BUF_SET_NAME on descriptor %d failed (%s)", fd, imxd_errno_text(code));
}

/*
 * Before Linux 5.3 the number belongs to an ioctl that writes an address into its argument. Hence the check of the
 * version, and a writable copy in case the version is wrong.
 */
int imxd_dmabuf_set_name(int fd, char const *name)
{
	static unsigned long const requests[] = {IMXD_DMA_BUF_SET_NAME_32, IMXD_DMA_BUF_SET_NAME_64};
	char copy[IMXD_DMA_BUF_NAME_SIZE] = "", after[sizeof(copy)];
	int result = -ENOTTY;

	if (imxd_sys_kernel_before(5, 3))
		return imxd_fail(-ENOTSUP, "DMA-BUFs have names since Linux 5.3; this kernel is older");
	memcpy(copy, name, strnlen(name, sizeof(copy) - 1));
	memcpy(after, copy, sizeof(copy));
	for (size_t i = (sizeof(long) == 8) ? 1 : 0; i < 2 && result == -ENOTTY; i++)
		result = imxd_sys_ioctl(fd, requests[i], after);
	if (result < 0)
		return fail_name(fd, result);
	if (memcmp(copy, after, sizeof(copy)) != 0)
		return imxd_fail(-ENOTSUP, "descriptor %d: this kernel has another ioctl in the place of DMA_BUF_SET_NAME", fd);
	return 0;
}
