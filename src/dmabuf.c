/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dmabuf.h"

#include <string.h>

#include "backend.h"
#include "uapi/dma_buf.h"

int imxd_dmabuf_check(int fd)
{
	struct imxd_dma_buf_sync nothing = {0};
	int result = imxd_sys_sync_ioctl(fd, IMXD_DMA_BUF_SYNC, &nothing);
	char path[32];

	if (result == -EINVAL)
		return 0;
	/* Before Linux 4.6 there is no such call, but all DMA-BUFs have one name. */
	if (result == -ENOTTY && imxd_sys_fd_path(fd, path, sizeof(path)) > 0 && strcmp(path, "anon_inode:dmabuf") == 0)
		return 0;
	if (result == -EBADF)
		return imxd_fail(EBADF, "descriptor %d: not open (EBADF)", fd);
	return imxd_fail(EINVAL, "descriptor %d: not a DMA-BUF: it does not know DMA_BUF_IOCTL_SYNC", fd);
}

_Atomic unsigned long imxd_dmabuf_phys_request;

static int find_request(int fd, unsigned long failed, uint64_t *address)
{
	static unsigned long const requests[] = {
		IMXD_DMA_BUF_PHYS_32, IMXD_DMA_BUF_PHYS_64, IMXD_DMA_BUF_OLD_PHYS_32, IMXD_DMA_BUF_OLD_PHYS_64};
	size_t count = imxd_sys_kernel_before(5, 3) ? 4 : 2;
	int result = -ENOTTY;

	for (size_t i = 0; i < count && result == -ENOTTY; i++) {
		/* A 64-bit kernel knows none of the narrow ones. */
		if (requests[i] == failed || (sizeof(long) == 8 && i % 2 == 0))
			continue;
		*address = 0;
		result = imxd_sys_ioctl(fd, requests[i], address);
		if (result != -ENOTTY)
			atomic_store_explicit(&imxd_dmabuf_phys_request, requests[i], memory_order_relaxed);
	}
	return result;
}

int imxd_dmabuf_phys_slowly(int fd, int result, uint64_t *address)
{
	unsigned long request = atomic_load_explicit(&imxd_dmabuf_phys_request, memory_order_relaxed);

	if (result == -EINTR && request != 0)
		result = imxd_sys_ioctl(fd, request, address);
	return (result == -ENOTTY) ? find_request(fd, request, address) : result;
}

int imxd_claim_dmabuf(int fd)
{
	if (fd != 0)
		return fd;
	return (imxd_dmabuf_check(0) == 0) ? imxd_sys_not_zero(0) : -ENOTTY;
}

int imxd_dmabuf_sync(int fd, uint64_t flags)
{
	struct imxd_dma_buf_sync sync = {flags};
	int result = imxd_sys_sync_ioctl(fd, IMXD_DMA_BUF_SYNC, &sync);

	if (result >= 0)
		return 0;
	return imxd_fail(-result, "DMA_BUF_IOCTL_SYNC on descriptor %d failed (%s)", fd, imxd_errno_text(-result));
}
