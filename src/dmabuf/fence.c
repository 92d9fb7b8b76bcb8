/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fence.h"

#include <errno.h>
#include <poll.h>

#include "../base/error.h"
#include "../base/sys.h"
#include "../uapi/dma_buf.h"

/* Without a direction the ioctl is EINVAL wherever it exists. */
bool imxd_fence_can_poll(int fd)
{
	struct imxd_dma_buf_sync_file nothing = {.fd = -1};

	return imxd_sys_ioctl(fd, IMXD_DMA_BUF_EXPORT_SYNC_FILE, &nothing) == -EINVAL;
}

bool imxd_fence_is_free(int fd)
{
	return imxd_sys_poll(fd, POLLOUT, 0) == POLLOUT;
}

int imxd_fence_wait(int fd, bool for_writing, int timeout)
{
	int events;

	if (!imxd_fence_can_poll(fd))
		return imxd_fail(-ENOTSUP,
			"descriptor %d: cannot wait for fences: kernels before 6.0 can stop if a DMA-BUF is polled, and those "
			"without CONFIG_SYNC_FILE cannot be told from them",
			fd);
	events = imxd_sys_poll(fd, for_writing ? POLLOUT : POLLIN, timeout);
	if (events < 0)
		return imxd_fail(events, "poll on descriptor %d failed (%s)", fd, imxd_errno_text(events));
	if (events & (POLLERR | POLLNVAL))
		return imxd_fail(-EIO, "poll on descriptor %d failed: it returned events 0x%x", fd, (unsigned int)events);
	return (events != 0) ? 0 : imxd_fail(-ETIMEDOUT, "a device is still at work after %d ms (ETIMEDOUT)", timeout);
}

static int fail_sync_file(int code, int fd, char const *name)
{
	if (code == -ENOTTY)
		return imxd_fail(-ENOTSUP, "this kernel has no %s: it exists since Linux 6.0, with CONFIG_SYNC_FILE", name);
	return imxd_fail(code, "%s on descriptor %d failed (%s)", name, fd, imxd_errno_text(code));
}

int imxd_fence_export(int fd, bool for_writing)
{
	struct imxd_dma_buf_sync_file file = {
		.flags = for_writing ? IMXD_DMA_BUF_SYNC_READ | IMXD_DMA_BUF_SYNC_WRITE : IMXD_DMA_BUF_SYNC_READ, .fd = -1};
	int result = imxd_sys_ioctl(fd, IMXD_DMA_BUF_EXPORT_SYNC_FILE, &file);

	if (result >= 0)
		result = imxd_sys_not_standard(file.fd);
	return (result >= 0) ? result : fail_sync_file(result, fd, "DMA_BUF_IOCTL_EXPORT_SYNC_FILE");
}

int imxd_fence_import(int fd, int sync_file, bool writes)
{
	struct imxd_dma_buf_sync_file file = {
		.flags = writes ? IMXD_DMA_BUF_SYNC_READ | IMXD_DMA_BUF_SYNC_WRITE : IMXD_DMA_BUF_SYNC_READ, .fd = sync_file};
	int result = imxd_sys_ioctl(fd, IMXD_DMA_BUF_IMPORT_SYNC_FILE, &file);

	if (result == -EINVAL)
		return imxd_fail(result, "descriptor %d: not a sync file (EINVAL)", sync_file);
	return (result >= 0) ? 0 : fail_sync_file(result, fd, "DMA_BUF_IOCTL_IMPORT_SYNC_FILE");
}
