/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scenarios of names, and of passing buffers to another process and back.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "imxdmabuffer/imxdmabuffer_ipc.h"

#include "scenarios.h"

#define SIZE 20000

static void names(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE);
	char name[IMX_DMA_BUFFER_NAME_SIZE];

	may_fail(ENOTSUP);
	STATUS(imx_dma_buffer_set_name, buffer, "faults", ERROR);
	may_fail(ENOTSUP);
	STATUS(imx_dma_buffer_get_name, buffer, name, sizeof(name), ERROR);
	may_fail(ENOTSUP);
	may_fail(EINVAL);
	STATUS(imx_dma_buffer_set_name, buffer, "a name that has more than 31 bytes", ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
}

/* Receive the message after one that could not be received, if there is one. */
static void receive_again(int socket_fd, int code)
{
	may_fail(code);
	VALUE(imx_dma_buffer_deallocate, POINTER(imx_dma_buffer_receive, socket_fd, ERROR));
}

/* The calls on the sockets fail, too, but not the calls that create them, which are the program's. */
static void pass(void)
{
	ImxDmaBufferAllocator *allocator = new_allocator();
	ImxDmaBuffer *buffer = new_buffer(allocator, SIZE), *arrived = NULL;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
		problem("no sockets");
		return;
	}
	may_fail(ENOTSUP);
	if (STATUS(imx_dma_buffer_send, buffer, pair[0], ERROR) == 0)
		arrived = POINTER(imx_dma_buffer_receive, pair[1], ERROR);
	VALUE(imx_dma_buffer_allocator_destroy, allocator);
	if (arrived && VALUE(imx_dma_buffer_get_size, arrived) != SIZE)
		problem("the received buffer has another size");
	if (arrived)
		POINTER(imx_dma_buffer_map, arrived, 0, ERROR);
	VALUE(imx_dma_buffer_deallocate, arrived);
	receive_again(pair[1], EAGAIN);
	close(pair[0]);
	receive_again(pair[1], ECONNRESET);
	close(pair[1]);
}

struct scenario const passing_scenarios[] = {
	{"names", names},
	{"send and receive", pass},
	{NULL, NULL},
};
