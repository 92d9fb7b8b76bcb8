/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fence.h"

#include <errno.h>
#include <poll.h>

#include "../base/sys.h"
#include "../uapi/dma_buf.h"

/* Without a direction the ioctl is EINVAL wherever it exists. */
bool imxd_fence_can_poll(int fd)
{
	struct imxd_dma_buf_sync_file nothing = {.fd = -1};

	return imxd_sys_ioctl(fd, IMXD_DMA_BUF_EXPORT_SYNC_FILE, &nothing) == -EINVAL;
}

int imxd_fence_wait(int fd, bool for_writing, int timeout)
{
	int events = imxd_sys_poll(fd, for_writing ? POLLOUT : POLLIN, timeout);

	if (events < 0)
		return events;
	if (events & (POLLERR | POLLNVAL))
		return -EIO;
	return events != 0;
}
