/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "node.h"

#include <errno.h>

#include "../base/error.h"
#include "../base/sys.h"
#include "access.h"

int imxd_node_fail(char const *path, int flags, int code)
{
	switch (code) {
	case -EACCES:
	case -EPERM:
		return imxd_access_fail(path, flags, code);
	case -ENOENT:
	case -ENOTDIR:
	case -ENXIO:
	case -ENODEV:
		return imxd_fail(code, "%s: no such device (%s): the kernel or its device tree does not offer it", path,
			imxd_errno_text(code));
	case -ENOTTY:
		return imxd_fail(code, "%s: not a device (ENOTTY): a character device is needed", path);
	case -EMFILE:
	case -ENFILE:
		return imxd_fail(code, "%s: too many open files (%s): close descriptors, or raise the limit (ulimit -n)", path,
			imxd_errno_text(code));
	default:
		return imxd_fail(code, "%s: cannot be opened (%s)", path, imxd_errno_text(code));
	}
}

int imxd_node_open(char const *path, int flags)
{
	int fd = imxd_sys_open_node(path, flags);

	return (fd < 0) ? imxd_node_fail(path, flags, fd) : fd;
}
