/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Passing buffers to other processes over a Unix socket. All functions since 1.3. The library can be built without
 * them (Meson's option ipc).
 *
 * One buffer is one message of 64 bytes (size, offset in its DMA-BUF, name) with one descriptor (SCM_RIGHTS). Linux
 * takes such a message whole or not at all, also on streams (net/unix/af_unix.c): a program may send bytes of its own
 * before and after it, and threads may share the socket. Both processes then have the same memory, which lives until
 * both have freed it.
 */
#ifndef IMXDMABUFFER_IPC_H
#define IMXDMABUFFER_IPC_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup ipc Passing buffers to other processes
 *  @{ */

/*
 * Send a buffer to another process, which takes it with imx_dma_buffer_receive().
 *
 * buffer: stays the caller's, and may be freed at once. It needs a DMA-BUF: buffers of dma-heap, ION and
 * "host:udmabuf", of G2D and DWL if their library exports them, imported, received and wrapped ones. Memory files
 * ("host:memfd") cannot be sent.
 * socket_fd: a connected Unix socket, SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM. The call blocks as the socket does.
 * Signals do not interrupt it.
 *
 * Returns 0, or -1, and then nothing was sent:
 *   EINVAL   NULL, or a wrapped buffer whose size exceeds its DMA-BUF
 *   ENOTSUP  the buffer has no DMA-BUF
 *   EAGAIN   the socket is non-blocking and full
 *   EPIPE    the peer has closed the connection; no signal is raised
 *   EAFNOSUPPORT, ENOTSOCK, EBADF  not a Unix socket
 *   ETOOMANYREFS  too many descriptors are in flight (RLIMIT_NOFILE)
 *   and the other codes of sendmsg(2) and imx_dma_buffer_export_fd().
 * Since 1.3.
 */
int imx_dma_buffer_send(ImxDmaBuffer *buffer, int socket_fd, int *error);

/*
 * Receive a buffer from imx_dma_buffer_send(), and import it as imx_dma_buffer_import_dmabuf() does, with the same
 * offset and size. The message is not trusted: see EBADMSG. The sender can write to the memory at any time.
 *
 * socket_fd: as above. One message is taken, and no byte after it.
 *
 * Returns the buffer, to be freed with imx_dma_buffer_deallocate(), or NULL; no descriptor stays open then:
 *   EAGAIN      the socket is non-blocking and empty; nothing was taken
 *   ECONNRESET  the peer has closed the connection
 *   EBADMSG     malformed message: bad magic or version, truncated, not exactly one DMA-BUF, or an invalid size, offset
 *               or name. The message is gone. Do not trust the peer; on a stream, the beginning of the next message is
 *               unknown as well
 *   EMFILE      too many open descriptors, or a security module refused this one; the message is gone
 *   ENOMEM      out of memory; the message is gone
 *   EAFNOSUPPORT, ENOTSOCK, EBADF  not a Unix socket
 *   and the other codes of recvmsg(2).
 * Since 1.3.
 */
ImxDmaBuffer *imx_dma_buffer_receive(int socket_fd, int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_IPC_H */
