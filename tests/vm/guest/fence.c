/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>

/* drivers/dma-buf/sw_sync.c; the kernel has no header for programs. */
struct sw_sync_create {
	uint32_t value;
	char name[32];
	int32_t fence;
};

#define SW_SYNC_CREATE _IOWR('W', 0, struct sw_sync_create)
#define SW_SYNC_ADVANCE _IOW('W', 1, uint32_t)

int fence_timeline(void)
{
	int fd = open("/sys/kernel/debug/sync/sw_sync", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int fence_create(int timeline, uint32_t value)
{
	struct sw_sync_create create = {.value = value, .name = "test"};

	return ioctl(timeline, SW_SYNC_CREATE, &create) < 0 ? -errno : create.fence;
}

int fence_advance(int timeline, uint32_t steps)
{
	return ioctl(timeline, SW_SYNC_ADVANCE, &steps) < 0 ? -errno : 0;
}

int fence_attach(int dmabuf_fd, int fence_fd, bool writes)
{
	struct dma_buf_import_sync_file import = {.flags = writes ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ, .fd = fence_fd};

	return ioctl(dmabuf_fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import) < 0 ? -errno : 0;
}
