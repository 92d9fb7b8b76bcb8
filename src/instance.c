/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What back ends have in common: how they open a device, and how they say that there is no memory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "sys.h"

static int use_callers(struct imxd_instance *self, int fd)
{
	struct stat status;

	if (imxd_sys_fstat(fd, &status) < 0)
		return imxd_fail(EBADF, "descriptor %d: not open (EBADF)", fd);
	self->fd = fd;
	/* Where there is no /proc the path is not known. */
	if (imxd_sys_fd_path(fd, self->node, sizeof(self->node)) <= 0)
		snprintf(self->node, sizeof(self->node), "descriptor %d", fd);
	return 0;
}

int imxd_instance_open(struct imxd_instance *self, struct imxd_options const *options, char const *path, int flags)
{
	if (options->fd >= 0)
		return use_callers(self, options->fd);
	if (options->target && options->target[0] != '/')
		return imxd_fail(EINVAL, "%s:%.40s: what follows the colon is the path of a device, as in %s:%s",
			self->backend->name, options->target, self->backend->name, path);
	if (options->target)
		path = options->target;
	if (strlen(path) >= sizeof(self->node))
		return imxd_fail(ENAMETOOLONG, "%.60s...: the path is too long", path);
	snprintf(self->node, sizeof(self->node), "%s", path);
	return imxd_node_share(path, flags, self->backend->keeps_node, &self->share, &self->fd);
}

int imxd_fail_allocation(int code, char const *node, size_t size)
{
	char cma[80];

	switch (code) {
	case ENOMEM:
		imxd_cma_text(cma, sizeof(cma));
		return imxd_fail(code,
			"%s: no memory left for %zu bytes (ENOMEM)%s; free buffers, or give the CMA more with cma= "
			"on the kernel's command line or in the device tree",
			node, size, cma);
	case EBADF:
		return imxd_fail(code, "%s: not an open descriptor (EBADF)", node);
	case EMFILE:
	case ENFILE:
		return imxd_fail(code, "%s: too many open files (%s): free buffers, or raise the limit (ulimit -n)", node,
			imxd_errno_text(code));
	default:
		return imxd_fail(code, "%s: allocating %zu bytes failed (%s)", node, size, imxd_errno_text(code));
	}
}

void imxd_log_lost(struct imxd_instance const *self, struct imxd_block const *block, int result)
{
	if (result < 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR,
			"%s: the kernel does not take back the memory at %" IMX_PHYSICAL_ADDRESS_FORMAT " (%s)", self->node,
			block->address, imxd_errno_text(-result));
}

size_t imxd_whole_pages(size_t largest)
{
	return largest - largest % imxd_sys_page_size();
}
