/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The message that passes a buffer to another process.
 */
#ifndef IMXD_IPC_H
#define IMXD_IPC_H

#include "object.h"

/*
 * Send a slice of a DMA-BUF. name: "" for none; an invalid one is not sent. Returns 0 or a negative errno code, as
 * imx_dma_buffer_send().
 */
int imxd_ipc_send(int socket_fd, int fd, uint64_t offset, uint64_t size, char const *name);

/* As imx_dma_buffer_receive(). Returns 0 with *buffer or a negative errno code. */
int imxd_ipc_receive(int socket_fd, struct imxd_buffer **buffer);

/* Check that this is a Unix socket. Returns 0 or a negative errno code. */
int imxd_ipc_check_socket(int socket_fd);

#endif /* IMXD_IPC_H */
