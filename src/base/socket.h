/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System calls on Unix sockets, with the rules of sys.h for results.
 */
#ifndef IMXD_SOCKET_H
#define IMXD_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Check that this is a Unix socket. Returns 0, -EAFNOSUPPORT for other sockets, or -errno. */
int imxd_socket_check_unix(int fd);

/* Send bytes and a descriptor in one message, again after EINTR, without SIGPIPE. Returns the bytes or -errno. */
ssize_t imxd_socket_send(int socket_fd, void *data, size_t length, int fd);

/* Ancillary data of a message. */
struct imxd_socket_ancillary {
	/* The first descriptor, close-on-exec, above 2, owned by the receiver; -1: none. Further ones are closed. */
	int fd;
	/* Number of descriptors in the message. */
	size_t descriptors;
	/* The message was longer than the buffer; descriptors were dropped by the kernel. */
	bool bytes_lost, descriptors_lost;
};

/*
 * Wait for a message, or for the end of the stream, and take nothing: a thread that is cancelled while it waits in
 * recvmsg() may have taken the message, with its descriptor. Returns 0 or -errno.
 */
int imxd_socket_wait(int socket_fd);

/* Receive one message, or up to `length` bytes of a stream, without waiting. Returns the bytes or -errno. */
ssize_t imxd_socket_receive(int socket_fd, void *data, size_t length, struct imxd_socket_ancillary *ancillary);

/* Has the peer hung up, and is nothing left to receive? (0 bytes may be an empty message.) Returns 1, 0 or -errno. */
int imxd_socket_is_at_end(int socket_fd);

#endif /* IMXD_SOCKET_H */
