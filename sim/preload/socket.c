/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions on sockets. The real kernel does the work. Calls on Unix sockets, which pass descriptors, are
 * counted and can be scripted to fail.
 */
#undef _FORTIFY_SOURCE

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "kernel/calls.h"
#include "kernel/enter.h"
#include "kernel/real.h"

ssize_t wrap_sendmsg(int fd, struct msghdr const *message, int flags) __asm__("sendmsg");
ssize_t wrap_recvmsg(int fd, struct msghdr *message, int flags) __asm__("recvmsg");
int wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length) __asm__("getsockopt");
int wrap_poll(struct pollfd *files, nfds_t count, int timeout) __asm__("poll");
int wrap_poll_chk(struct pollfd *files, nfds_t count, int timeout, size_t size) __asm__("__poll_chk");
#if __SIZEOF_LONG__ == 4
/* For programs with a 64-bit time_t. Only messages about time differ. */
ssize_t wrap_sendmsg64(int fd, struct msghdr const *message, int flags) __asm__("__sendmsg64") SIM_ALIAS("sendmsg");
ssize_t wrap_recvmsg64(int fd, struct msghdr *message, int flags) __asm__("__recvmsg64") SIM_ALIAS("recvmsg");
int wrap_getsockopt64(int fd, int level, int name, void *value, socklen_t *length) __asm__("__getsockopt64")
	SIM_ALIAS("getsockopt");
#endif

static bool is_unix_socket(int fd)
{
	int code = errno, domain = AF_UNSPEC;
	socklen_t length = sizeof(domain);
	bool found = real()->getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;

	errno = code;
	return found;
}

/* Count the call if one of these is a Unix socket. Returns false, with errno, if the call is scripted to fail. */
static bool admit(struct pollfd const *files, nfds_t count, enum sim_call call)
{
	bool found = false;

	if (!sim_enter())
		return true;
	for (nfds_t i = 0; i < count && !found; i++)
		found = is_unix_socket(files[i].fd);
	return !found || SIM_LOCKED(sim_admit(call));
}

static bool admit_one(int fd, enum sim_call call)
{
	struct pollfd file = {.fd = fd};

	return admit(&file, 1, call);
}

ssize_t wrap_sendmsg(int fd, struct msghdr const *message, int flags)
{
	return admit_one(fd, SIM_CALL_SENDMSG) ? real()->sendmsg(fd, message, flags) : -1;
}

ssize_t wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	return admit_one(fd, SIM_CALL_RECVMSG) ? real()->recvmsg(fd, message, flags) : -1;
}

int wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	return admit_one(fd, SIM_CALL_GETSOCKOPT) ? real()->getsockopt(fd, level, name, value, length) : -1;
}

int wrap_poll(struct pollfd *files, nfds_t count, int timeout)
{
	return admit(files, count, SIM_CALL_POLL) ? real()->poll(files, count, timeout) : -1;
}

int wrap_poll_chk(struct pollfd *files, nfds_t count, int timeout, size_t size)
{
	return wrap_poll(files, (count < size / sizeof(*files)) ? count : (nfds_t)(size / sizeof(*files)), timeout);
}
