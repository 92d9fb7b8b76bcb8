/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of buffers: they are those of their DMA-BUFs, and the kernel keeps them.
 */
#include <errno.h>
#include <string.h>

#include "buffer.h"
#include "dmabuf.h"
#include "export.h"
#include "name.h"

bool imxd_name_is_valid(char const *name)
{
	size_t length = strnlen(name, IMX_DMA_BUFFER_NAME_SIZE);

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return false;
	return length < IMX_DMA_BUFFER_NAME_SIZE;
}

/*
 * What libg2d and libhantro keep beside their memory is theirs: naming it would be naming what this buffer does not
 * have.
 */
static int find_dmabuf(ImxDmaBuffer *buffer, struct imxd_buffer const *own, int *fd)
{
	if (!buffer)
		return imxd_fail(EINVAL, "no buffer was given (NULL)");
	*fd = own ? own->block.fd : imx_dma_buffer_get_fd(buffer);
	if (*fd < 0)
		return imxd_fail(ENOTSUP, "the buffer has no DMA-BUF of its own, and only DMA-BUFs have names");
	if (own ? !(own->block.caps & IMX_DMA_BUFFER_CAPABILITY_DMABUF) : imxd_dmabuf_check(*fd) != 0)
		return imxd_fail(ENOTSUP, "descriptor %d: the buffer's memory is no DMA-BUF, and only DMA-BUFs have names",
			*fd);
	return 0;
}

IMXD_EXPORT int imx_dma_buffer_set_name(ImxDmaBuffer *buffer, char const *name, int *error)
{
	int fd = -1, code = find_dmabuf(buffer, imxd_own_buffer(buffer), &fd);

	if (code == 0 && !name)
		code = imxd_fail(EINVAL, "no name was given (NULL)");
	else if (code == 0 && !imxd_name_is_valid(name))
		code = imxd_fail(EINVAL, "a name of %zu bytes: at most %d are allowed, and no control characters", strlen(name),
			IMX_DMA_BUFFER_NAME_SIZE - 1);
	if (code == 0)
		code = imxd_dmabuf_set_name(fd, name);
	return imxd_result(code, error);
}

int imxd_find_name(ImxDmaBuffer *buffer, char name[IMX_DMA_BUFFER_NAME_SIZE])
{
	struct imxd_buffer const *own = imxd_own_buffer(buffer);
	int result, fd = -1, code = find_dmabuf(buffer, own, &fd);

	if (code != 0)
		return code;
	result = imxd_dmabuf_get_name(fd, name);
	if (result == 0)
		return 0;
	if (own && own->name[0] != '\0') {
		memcpy(name, own->name, sizeof(own->name));
		return 0;
	}
	if (result == -ENOTSUP)
		return imxd_fail(ENOTSUP, "/proc/self/fdinfo/%d: tells no name: DMA-BUFs have names from Linux 5.3 on", fd);
	return imxd_fail(-result, "/proc/self/fdinfo/%d: cannot be read (%s), and only there stands the name", fd,
		imxd_errno_text(-result));
}

IMXD_EXPORT int imx_dma_buffer_get_name(ImxDmaBuffer *buffer, char *name, size_t size, int *error)
{
	char found[IMX_DMA_BUFFER_NAME_SIZE];
	int code;

	if (!name)
		code = imxd_fail(EINVAL, "no room for the name was given (NULL)");
	else
		code = imxd_find_name(buffer, found);
	if (code == 0 && strlen(found) >= size)
		code = imxd_fail(ERANGE, "the name has %zu bytes and a zero, the room for it %zu", strlen(found), size);
	if (code == 0)
		memcpy(name, found, strlen(found) + 1);
	return imxd_result(code, error);
}
