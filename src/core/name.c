/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "name.h"

#include <errno.h>
#include <string.h>

#include "../base/error.h"
#include "../dmabuf/dmabuf.h"
#include "../dmabuf/exporter.h"
#include "allocator.h"

bool imxd_name_is_valid(char const *name)
{
	size_t length = strnlen(name, IMX_DMA_BUFFER_NAME_SIZE);

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return false;
	return length < IMX_DMA_BUFFER_NAME_SIZE;
}

/* DMA-BUFs that libg2d and libhantro keep beside their memory belong to them, and are not named. */
static int check(ImxDmaBuffer const *buffer, int fd)
{
	struct imxd_buffer const *own = imxd_own_buffer(buffer);

	if (fd < 0)
		return imxd_fail(-ENOTSUP, "the buffer has no DMA-BUF of its own, and only DMA-BUFs have names");
	if (own && !(own->block.traits.caps & IMXD_CAP_DMABUF))
		return imxd_fail(-ENOTSUP, "descriptor %d: not a DMA-BUF, and only DMA-BUFs have names", fd);
	if (!own && imxd_dmabuf_check(fd) != 0)
		return imxd_fail(-ENOTSUP, "only DMA-BUFs have names; %s", imxd_message());
	return 0;
}

int imxd_name_set(ImxDmaBuffer const *buffer, int fd, char const *name)
{
	int code = check(buffer, fd);

	if (code == 0 && !imxd_name_is_valid(name))
		code = imxd_fail(-EINVAL, "a name of %zu bytes: at most %d are allowed, and no control characters",
			strlen(name), IMX_DMA_BUFFER_NAME_SIZE - 1);
	return (code == 0) ? imxd_dmabuf_set_name(fd, name) : code;
}

int imxd_name_get(ImxDmaBuffer const *buffer, int fd, char name[IMX_DMA_BUFFER_NAME_SIZE])
{
	struct imxd_buffer const *own = imxd_own_buffer(buffer);
	int code = check(buffer, fd);

	if (code != 0)
		return code;
	code = imxd_dmabuf_get_name(fd, name);
	if (code == 0)
		return 0;
	if (own && own->name[0] != '\0') {
		memcpy(name, own->name, sizeof(own->name));
		return 0;
	}
	if (code == -ENOTSUP)
		return imxd_fail(code, "/proc/self/fdinfo/%d: has no name: DMA-BUFs have names since Linux 5.3", fd);
	return imxd_fail(code, "/proc/self/fdinfo/%d: cannot be read (%s), and the name is only there", fd,
		imxd_errno_text(code));
}
