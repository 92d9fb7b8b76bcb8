/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "socket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys.h"

int imxd_socket_check_unix(int fd)
{
	int domain = AF_UNSPEC;
	socklen_t length = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0)
		return -errno;
	return (domain == AF_UNIX) ? 0 : -EAFNOSUPPORT;
}

ssize_t imxd_socket_send(int socket_fd, void *data, size_t length, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.room = {0}};
	struct iovec bytes = {.iov_base = data, .iov_len = length};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control};
	ssize_t count;

	message.msg_controllen = sizeof(control.room);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	do
		count = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
	while (count < 0 && errno == EINTR);
	return (count < 0) ? -errno : count;
}

/* SCM_PIDFD carries a descriptor as well; a program gets it after SO_PASSPIDFD (Linux 6.5). */
#define PIDFD_MESSAGE 4

static void take_descriptors(struct cmsghdr *header, struct imxd_socket_ancillary *ancillary)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	if (header->cmsg_level != SOL_SOCKET || (header->cmsg_type != SCM_RIGHTS && header->cmsg_type != PIDFD_MESSAGE))
		return;
	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
		if (header->cmsg_type == SCM_RIGHTS && ancillary->descriptors++ == 0)
			ancillary->fd = fd;
		else
			imxd_sys_close(fd);
	}
}

int imxd_socket_wait(int socket_fd)
{
	char byte;
	struct iovec bytes = {.iov_base = &byte, .iov_len = sizeof(byte)};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
	ssize_t count;

	do
		count = recvmsg(socket_fd, &message, MSG_PEEK);
	while (count < 0 && errno == EINTR);
	return (count < 0) ? -errno : 0;
}

ssize_t imxd_socket_receive(int socket_fd, void *data, size_t length, struct imxd_socket_ancillary *ancillary)
{
	/* Includes room for credentials and security labels, which programs may have enabled. */
	union {
		struct cmsghdr header;
		char room[1024];
	} control;
	struct iovec bytes = {.iov_base = data, .iov_len = length};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
	ssize_t count;

	*ancillary = (struct imxd_socket_ancillary){.fd = -1};
	do {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		count = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
		take_descriptors(header, ancillary);
	ancillary->bytes_lost = message.msg_flags & MSG_TRUNC;
	ancillary->descriptors_lost = message.msg_flags & MSG_CTRUNC;
	if (ancillary->fd >= 0 && ancillary->fd <= STDERR_FILENO) {
		ancillary->fd = imxd_sys_not_standard(ancillary->fd);
		ancillary->descriptors_lost |= ancillary->fd < 0;
	}
	return count;
}

int imxd_socket_is_at_end(int socket_fd)
{
	int events = imxd_sys_poll(socket_fd, POLLRDHUP, 0), waiting = 0;

	if (events < 0)
		return events;
	return (events & (POLLRDHUP | POLLHUP)) && (ioctl(socket_fd, FIONREAD, &waiting) < 0 || waiting == 0);
}
