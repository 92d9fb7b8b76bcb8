/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of imxdmabuffer_ipc.h.
 */
#include "imxdmabuffer/imxdmabuffer_ipc.h"

#include <errno.h>
#include <pthread.h>

#include "../base/error.h"
#include "../base/sys.h"
#include "../core/ipc.h"
#include "../core/name.h"
#include "descriptor.h"
#include "export.h"

static void close_descriptor(void *fd)
{
	imxd_sys_close(*(int *)fd);
}

static int send(ImxDmaBuffer *buffer, int socket_fd)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	size_t offset;
	int code, fd = imxd_export_descriptor(buffer, &offset);

	if (fd < 0)
		return fd;
	/* The thread may be cancelled while the socket has no room. */
	pthread_cleanup_push(close_descriptor, &fd);
	code = imxd_ipc_check_socket(socket_fd);
	/* A name that cannot be read is not sent. */
	if (code == 0 && imxd_name_get(buffer, fd, name) != 0)
		name[0] = '\0';
	if (code == 0)
		code = imxd_ipc_send(socket_fd, fd, offset, imx_dma_buffer_get_size(buffer), name);
	pthread_cleanup_pop(1);
	return code;
}

IMXD_EXPORT int imx_dma_buffer_send(ImxDmaBuffer *buffer, int socket_fd, int *error)
{
	int code = buffer ? send(buffer, socket_fd) : imxd_fail(-EINVAL, "the buffer is NULL");

	return imxd_result(code, error);
}

IMXD_EXPORT ImxDmaBuffer *imx_dma_buffer_receive(int socket_fd, int *error)
{
	struct imxd_buffer *buffer = NULL;
	int code = imxd_ipc_receive(socket_fd, &buffer);

	imxd_result(code, error);
	return (ImxDmaBuffer *)buffer;
}
