/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Buffers on their way from process to process: one message with one descriptor on a Unix socket. Linux queues a
 * message of this size as a whole or not at all (unix_stream_sendmsg() splits what exceeds half the send buffer): it
 * cannot be cut in two by a socket that does not block or by a signal, and there is no state to keep between calls.
 */
#include <errno.h>
#include <string.h>

#include "buffer.h"
#include "dmabuf.h"
#include "export.h"
#include "import.h"
#include "name.h"
#include "sys.h"

#define MAGIC "imxdmabf"
#define VERSION 1

/* The same for 32-bit and 64-bit programs, which may talk to each other; in the byte order of the machine. */
struct message {
	char magic[8];
	uint32_t version;
	/* 0 */
	uint32_t reserved;
	/* The buffer's part of the DMA-BUF. */
	uint64_t size;
	uint64_t offset;
	/* Ends with a zero. */
	char name[IMX_DMA_BUFFER_NAME_SIZE];
};

_Static_assert(sizeof(struct message) == 64, "the message is the same in every build");

static int check_socket(int socket_fd)
{
	int result = imxd_sys_check_unix_socket(socket_fd);

	if (result == -EAFNOSUPPORT)
		return imxd_fail(EAFNOSUPPORT, "socket %d: no Unix socket (AF_UNIX), and only those carry descriptors",
			socket_fd);
	if (result < 0)
		return imxd_fail(-result, "descriptor %d: cannot be used as a Unix socket (%s)", socket_fd,
			imxd_errno_text(-result));
	return 0;
}

/* What a receiver would refuse is not sent. */
static int check_sendable(int fd, struct message const *message)
{
	int64_t total;

	if (imxd_dmabuf_check_strictly(fd) != 0)
		return imxd_fail(ENOTSUP, "receivers take DMA-BUFs only; %s", imxd_sentence());
	total = imxd_sys_size(fd);
	return imxd_check_part(message->offset, message->size, (total > 0) ? (uint64_t)total : 0);
}

static int fail_send(int socket_fd, int code)
{
	if (code == EAGAIN)
		return imxd_fail(EAGAIN, "socket %d: full, and set not to block (EAGAIN); nothing was sent", socket_fd);
	if (code == EPIPE)
		return imxd_fail(EPIPE, "socket %d: the other side has closed the connection (EPIPE)", socket_fd);
	return imxd_fail(code, "socket %d: the buffer cannot be sent (%s)", socket_fd, imxd_errno_text(code));
}

static int send_message(int socket_fd, struct message *message, int fd)
{
	ssize_t count = imxd_sys_send(socket_fd, message, sizeof(*message), fd);

	if (count == (ssize_t)sizeof(*message))
		return 0;
	if (count < 0)
		return fail_send(socket_fd, (int)-count);
	return imxd_fail(EIO, "socket %d: took %zd of the message's %zu bytes, which Linux never does; close it", socket_fd,
		count, sizeof(*message));
}

/* A name that another program gave may be one that receivers refuse; a name that is not known is none. */
static void fill_name(ImxDmaBuffer *buffer, char name[IMX_DMA_BUFFER_NAME_SIZE])
{
	if (imxd_find_name(buffer, name) != 0 || !imxd_name_is_valid(name))
		memset(name, 0, IMX_DMA_BUFFER_NAME_SIZE);
}

IMXD_EXPORT int imx_dma_buffer_send(ImxDmaBuffer *buffer, int socket_fd, int *error)
{
	struct message message = {.version = VERSION, .size = imx_dma_buffer_get_size(buffer)};
	size_t offset = 0;
	int fd, code = 0;

	fd = imx_dma_buffer_export_fd(buffer, &offset, &code);
	if (fd >= 0)
		code = check_socket(socket_fd);
	memcpy(message.magic, MAGIC, sizeof(message.magic));
	message.offset = offset;
	if (code == 0)
		code = check_sendable(fd, &message);
	if (code == 0) {
		fill_name(buffer, message.name);
		code = send_message(socket_fd, &message, fd);
	}
	imxd_sys_close(fd);
	if (code == 0)
		return 0;
	imxd_report(error, code);
	return -1;
}

static int fail_receive(int socket_fd, int code)
{
	if (code == EAGAIN)
		return imxd_fail(EAGAIN, "socket %d: nothing has arrived, and it is set not to block (EAGAIN)", socket_fd);
	if (code == ECONNRESET)
		return imxd_fail(ECONNRESET, "socket %d: the other side has closed the connection (ECONNRESET)", socket_fd);
	return imxd_fail(code, "socket %d: nothing can be received (%s)", socket_fd, imxd_errno_text(code));
}

/* The bytes of a message, which may hold anything. */
static int check_message(struct message const *message)
{
	if (memcmp(message->magic, MAGIC, sizeof(message->magic)) != 0)
		return imxd_fail(EBADMSG, "what arrived is no message of imx_dma_buffer_send()");
	if (message->version != VERSION)
		return imxd_fail(EBADMSG, "what arrived is a message of version %u, and this library knows version %d",
			(unsigned int)message->version, VERSION);
	if (message->reserved != 0)
		return imxd_fail(EBADMSG, "what arrived has 0x%x where version %d has 0", (unsigned int)message->reserved,
			VERSION);
	if (!imxd_name_is_valid(message->name))
		return imxd_fail(EBADMSG, "what arrived has a name that is too long or has control characters");
	return 0;
}

static int check_arrival(ssize_t count, struct imxd_sys_ancillary const *came)
{
	if (came->bytes_lost)
		return imxd_fail(EBADMSG, "what arrived has more than %zd bytes, a message of imx_dma_buffer_send() %zu", count,
			sizeof(struct message));
	if (count != (ssize_t)sizeof(struct message))
		return imxd_fail(EBADMSG, "what arrived has %zd bytes, a message of imx_dma_buffer_send() %zu", count,
			sizeof(struct message));
	if (came->descriptors == 0 && !came->descriptors_lost)
		return imxd_fail(EBADMSG, "what arrived has no descriptor with it");
	if (came->fd < 0)
		return imxd_fail(EMFILE,
			"the descriptor that arrived is lost: this process can open no more, see ulimit -n, or may not have this "
			"one");
	if (came->descriptors > 1 || came->descriptors_lost)
		return imxd_fail(EBADMSG, "what arrived has several descriptors with it: one is right");
	return 0;
}

/* Takes the descriptor. */
static struct imxd_buffer *make_buffer(int fd, struct message const *message, int *code)
{
	struct imxd_buffer *buffer = NULL;

	*code = imxd_dmabuf_check_strictly(fd);
	if (*code == 0)
		buffer = imxd_import_part(fd, message->offset, message->size, code);
	else
		imxd_sys_close(fd);
	if (buffer)
		memcpy(buffer->name, message->name, strlen(message->name));
	else if (*code == EINVAL)
		*code = imxd_fail(EBADMSG, "what arrived, named \"%s\", is refused: %s", message->name, imxd_sentence());
	return buffer;
}

/* 0 bytes are the end, or of packets an empty one. */
static int wait_for_message(int socket_fd, struct message *message, struct imxd_sys_ancillary *came)
{
	ssize_t count = imxd_sys_receive(socket_fd, message, sizeof(*message), came);
	int hung_up = 0;

	if (count < 0)
		return fail_receive(socket_fd, (int)-count);
	if (count == 0 && came->fd < 0)
		hung_up = imxd_sys_is_hung_up(socket_fd);
	if (hung_up != 0)
		return fail_receive(socket_fd, (hung_up > 0) ? ECONNRESET : -hung_up);
	return check_arrival(count, came);
}

IMXD_EXPORT ImxDmaBuffer *imx_dma_buffer_receive(int socket_fd, int *error)
{
	struct message message = {.version = 0};
	struct imxd_sys_ancillary came = {.fd = -1};
	struct imxd_buffer *buffer = NULL;
	int code = check_socket(socket_fd);

	if (code == 0)
		code = wait_for_message(socket_fd, &message, &came);
	if (code == 0)
		code = check_message(&message);
	if (code == 0)
		buffer = make_buffer(came.fd, &message, &code);
	else
		imxd_sys_close(came.fd);
	if (!buffer)
		imxd_report(error, code);
	else
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_DEBUG, "received \"%s\": %zu bytes, %zu bytes into a DMA-BUF", buffer->name,
			buffer->size, buffer->shift);
	return (ImxDmaBuffer *)buffer;
}
