/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../base/available.h"
#include "../base/error.h"
#include "../base/sys.h"
#include "node_share.h"

static int use_callers(struct imxd_device *device, int fd)
{
	struct stat status;

	if (imxd_sys_fstat(fd, &status) < 0)
		return imxd_fail(-EBADF, "descriptor %d: not open (EBADF)", fd);
	device->fd = fd;
	/* Without /proc the path is unknown. */
	if (imxd_sys_fd_path(fd, device->node, sizeof(device->node)) <= 0)
		snprintf(device->node, sizeof(device->node), "descriptor %d", fd);
	return 0;
}

int imxd_device_open(struct imxd_device *device, struct imxd_options const *options, char const *path, int flags)
{
	char const *name = device->backend->name;

	if (options->fd >= 0)
		return use_callers(device, options->fd);
	if (options->target && options->target[0] != '/')
		return imxd_fail(-EINVAL, "%s:%.40s: give the path of a device behind the colon, as in %s:%s", name,
			options->target, name, path);
	if (options->target)
		path = options->target;
	if (strlen(path) >= sizeof(device->node))
		return imxd_fail(-ENAMETOOLONG, "%.60s...: the path is too long", path);
	snprintf(device->node, sizeof(device->node), "%s", path);
	return imxd_node_share(path, flags, device->backend->keeps_node, &device->share, &device->fd);
}

int imxd_device_open_uncached(struct imxd_device *device, struct imxd_options const *options, char const *path,
	size_t limit)
{
	device->traits.cached = IMX_DMA_BUFFER_TRISTATE_NO;
	device->traits.contiguous = IMX_DMA_BUFFER_TRISTATE_YES;
	device->traits.caps = IMXD_CAP_ZEROED | IMXD_CAP_PINNED | IMXD_CAP_PAGE_ALIGNED;
	device->max_size = imxd_whole_pages(limit);
	return imxd_device_open(device, options, path, O_RDWR);
}

void imxd_block_at_address(struct imxd_block *block, struct imxd_device const *device, size_t size,
	imx_physical_address_t address)
{
	block->map_fd = device->fd;
	block->map_offset = (off_t)address;
	block->address = address;
	block->size = size;
}

int imxd_fail_allocation(int code, char const *node, size_t size)
{
	char shortage[240];

	switch (code) {
	case -ENOMEM:
		imxd_shortage_text(size, shortage, sizeof(shortage));
		return imxd_fail(code,
			"%s: no memory left for %zu bytes (ENOMEM)%s; free buffers, or give the CMA more with cma= "
			"on the kernel's command line or in the device tree",
			node, size, shortage);
	case -EBADF:
		return imxd_fail(code, "%s: not an open descriptor (EBADF)", node);
	case -EMFILE:
	case -ENFILE:
		return imxd_fail(code, "%s: too many open files (%s): free buffers, or raise the limit (ulimit -n)", node,
			imxd_errno_text(code));
	default:
		return imxd_fail(code, "%s: allocating %zu bytes failed (%s)", node, size, imxd_errno_text(code));
	}
}

void imxd_log_failed_free(struct imxd_device const *device, struct imxd_block const *block, int result)
{
	if (result < 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR,
			"%s: freeing the memory at %" IMX_PHYSICAL_ADDRESS_FORMAT " failed (%s); it is lost", device->node,
			block->address, imxd_errno_text(result));
}

size_t imxd_whole_pages(size_t largest)
{
	return largest - largest % imxd_sys_page_size();
}
