/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One message with one descriptor on a Unix socket. Linux queues a message of this size whole or not at all
 * (unix_stream_sendmsg() splits only messages above half the send buffer): neither a non-blocking socket nor a signal
 * can cut it in two, and no state is kept between calls.
 */
#include "ipc.h"

#include <errno.h>
#include <string.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../base/socket.h"
#include "../base/sys.h"
#include "../dmabuf/dmabuf.h"
#include "import.h"
#include "name.h"

#define MAGIC                                                                                                          \
	{                                                                                                                  \
		'i', 'm', 'x', 'd', 'm', 'a', 'b', 'f'                                                                         \
	}
#define VERSION 1

/* The same for 32-bit and 64-bit programs; in the byte order of the machine. */
struct message {
	char magic[8];
	uint32_t version;
	/* 0 */
	uint32_t reserved;
	/* The buffer's slice of the DMA-BUF. */
	uint64_t size;
	uint64_t offset;
	/* Terminated by a zero. */
	char name[IMX_DMA_BUFFER_NAME_SIZE];
};

_Static_assert(sizeof(struct message) == 64, "the message is the same in every build");

int imxd_ipc_check_socket(int socket_fd)
{
	int result = imxd_socket_check_unix(socket_fd);

	if (result == -EAFNOSUPPORT)
		return imxd_fail(-EAFNOSUPPORT, "socket %d: not a Unix socket (AF_UNIX), and only those carry descriptors",
			socket_fd);
	if (result < 0)
		return imxd_fail(result, "descriptor %d: cannot be used as a Unix socket (%s)", socket_fd,
			imxd_errno_text(result));
	return 0;
}

/* Do not send a message that a receiver refuses. */
static int check_sendable(int fd, struct message const *message)
{
	int64_t total;

	if (imxd_dmabuf_check_strictly(fd) != 0)
		return imxd_fail(-ENOTSUP, "receivers take DMA-BUFs only; %s", imxd_message());
	total = imxd_sys_size(fd);
	return imxd_check_slice(message->offset, message->size, (total > 0) ? (uint64_t)total : 0);
}

static int fail_send(int socket_fd, int code)
{
	if (code == -EAGAIN)
		return imxd_fail(-EAGAIN, "socket %d: non-blocking and full (EAGAIN); nothing was sent", socket_fd);
	if (code == -EPIPE)
		return imxd_fail(-EPIPE, "socket %d: the peer has closed the connection (EPIPE)", socket_fd);
	return imxd_fail(code, "socket %d: the buffer cannot be sent (%s)", socket_fd, imxd_errno_text(code));
}

static int send_message(int socket_fd, struct message *message, int fd)
{
	ssize_t count = imxd_socket_send(socket_fd, message, sizeof(*message), fd);

	if (count == (ssize_t)sizeof(*message))
		return 0;
	if (count < 0)
		return fail_send(socket_fd, (int)count);
	return imxd_fail(-EIO, "socket %d: took only %zd of %zu bytes, which Linux never does; close it", socket_fd, count,
		sizeof(*message));
}

int imxd_ipc_send(int socket_fd, int fd, uint64_t offset, uint64_t size, char const *name)
{
	struct message message = {.magic = MAGIC, .version = VERSION, .size = size, .offset = offset};
	int code = check_sendable(fd, &message);

	/* Another program may have set a name that receivers refuse. */
	if (imxd_name_is_valid(name))
		memcpy(message.name, name, strlen(name));
	return (code == 0) ? send_message(socket_fd, &message, fd) : code;
}

static int fail_receive(int socket_fd, int code)
{
	if (code == -EAGAIN)
		return imxd_fail(-EAGAIN, "socket %d: non-blocking and empty (EAGAIN)", socket_fd);
	if (code == -ECONNRESET)
		return imxd_fail(-ECONNRESET, "socket %d: the peer has closed the connection (ECONNRESET)", socket_fd);
	return imxd_fail(code, "socket %d: receiving failed (%s)", socket_fd, imxd_errno_text(code));
}

/* The bytes of a message may be anything. */
static int check_message(struct message const *message)
{
	static char const magic[8] = MAGIC;

	if (memcmp(message->magic, magic, sizeof(magic)) != 0)
		return imxd_fail(-EBADMSG, "malformed message: not from imx_dma_buffer_send()");
	if (message->version != VERSION)
		return imxd_fail(-EBADMSG, "malformed message: version %u, and this library supports version %d",
			(unsigned int)message->version, VERSION);
	if (message->reserved != 0)
		return imxd_fail(-EBADMSG, "malformed message: reserved member 0x%x, which version %d sets to 0",
			(unsigned int)message->reserved, VERSION);
	if (!imxd_name_is_valid(message->name))
		return imxd_fail(-EBADMSG, "malformed message: the name is too long or has control characters");
	return 0;
}

static int check_arrival(ssize_t count, struct imxd_socket_ancillary const *received)
{
	if (received->bytes_lost)
		return imxd_fail(-EBADMSG, "malformed message: more than %zd bytes, a message of imx_dma_buffer_send() has %zu",
			count, sizeof(struct message));
	if (count != (ssize_t)sizeof(struct message))
		return imxd_fail(-EBADMSG, "malformed message: %zd bytes, a message of imx_dma_buffer_send() has %zu", count,
			sizeof(struct message));
	if (received->descriptors == 0 && !received->descriptors_lost)
		return imxd_fail(-EBADMSG, "malformed message: no descriptor");
	if (received->fd < 0)
		return imxd_fail(-EMFILE,
			"the descriptor in the message is lost: too many open files in this process (ulimit -n), or a security "
			"module refused it");
	if (received->descriptors > 1 || received->descriptors_lost)
		return imxd_fail(-EBADMSG, "malformed message: several descriptors instead of one");
	return 0;
}

/* Takes the descriptor. */
static int make_buffer(int fd, struct message const *message, struct imxd_buffer **buffer)
{
	int code = imxd_dmabuf_check_strictly(fd);

	/* For an import, size 0 would be all of the DMA-BUF. */
	if (code == 0 && message->size == 0)
		code = imxd_fail(-EINVAL, "size 0");
	if (code == 0)
		code = imxd_import_slice(fd, message->offset, message->size, buffer);
	else
		imxd_sys_close(fd);
	if (code == 0) {
		memcpy((*buffer)->name, message->name, strlen(message->name));
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_DEBUG, "received \"%s\": %zu bytes at offset %zu of a DMA-BUF",
			(*buffer)->name, (*buffer)->size, (*buffer)->offset);
	} else if (code == -EINVAL)
		code = imxd_fail(-EBADMSG, "malformed message, named \"%s\": %s", message->name, imxd_message());
	return code;
}

/* 0 bytes: the end of the stream, or an empty packet. */
static int take_message(int socket_fd, struct message *message, struct imxd_socket_ancillary *received)
{
	ssize_t count = imxd_socket_receive(socket_fd, message, sizeof(*message), received);
	int at_end = 0;

	if (count < 0)
		return fail_receive(socket_fd, (int)count);
	if (count == 0 && received->fd < 0)
		at_end = imxd_socket_is_at_end(socket_fd);
	if (at_end != 0)
		return fail_receive(socket_fd, (at_end > 0) ? -ECONNRESET : at_end);
	return check_arrival(count, received);
}

/* Receive a message that is there. Sets *missed if another thread took it first. */
static int receive_now(int socket_fd, struct imxd_buffer **buffer, bool *missed)
{
	IMXD_NO_CANCEL;
	struct message message = {.version = 0};
	struct imxd_socket_ancillary received = {.fd = -1};
	int code = take_message(socket_fd, &message, &received);

	*missed = code == -EAGAIN;
	if (code == 0)
		code = check_message(&message);
	if (code != 0) {
		imxd_sys_close(received.fd);
		return code;
	}
	return make_buffer(received.fd, &message, buffer);
}

int imxd_ipc_receive(int socket_fd, struct imxd_buffer **buffer)
{
	int code = imxd_ipc_check_socket(socket_fd);
	bool missed;

	if (code != 0)
		return code;
	do {
		code = imxd_socket_wait(socket_fd);
		if (code != 0)
			return fail_receive(socket_fd, code);
		code = receive_now(socket_fd, buffer, &missed);
	} while (missed);
	return code;
}
