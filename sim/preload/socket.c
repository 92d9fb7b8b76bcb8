/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions on sockets. The real kernel does the work. Calls on Unix sockets, which pass descriptors, are
 * counted and can be scripted to fail.
 */
#undef _FORTIFY_SOURCE

#include "preload/socket.h"

#include <errno.h>
#include <sys/socket.h>

#include "check/fault.h"
#include "kernel/calls.h"
#include "kernel/enter.h"
#include "kernel/real.h"
#include "kernel/target.h"

ssize_t wrap_sendmsg(int fd, struct msghdr const *message, int flags) __asm__("sendmsg");
ssize_t wrap_recvmsg(int fd, struct msghdr *message, int flags) __asm__("recvmsg");
int wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length) __asm__("getsockopt");
#if __SIZEOF_LONG__ == 4
/* For programs with a 64-bit time_t. Only messages about time differ. */
ssize_t wrap_sendmsg64(int fd, struct msghdr const *message, int flags) __asm__("__sendmsg64") SIM_ALIAS("sendmsg");
ssize_t wrap_recvmsg64(int fd, struct msghdr *message, int flags) __asm__("__recvmsg64") SIM_ALIAS("recvmsg");
int wrap_getsockopt64(int fd, int level, int name, void *value, socklen_t *length) __asm__("__getsockopt64")
	SIM_ALIAS("getsockopt");
#endif

bool sim_is_unix_socket(int fd)
{
	int code = errno, domain = AF_UNSPEC;
	socklen_t length = sizeof(domain);
	bool found = real()->getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;

	errno = code;
	return found;
}

/* Count the call on a Unix socket. Returns false, with errno, if the call is scripted to fail. */
static bool admit(int fd, enum sim_call call)
{
	return !sim_enter() || !sim_is_unix_socket(fd) || SIM_LOCKED(sim_admit(call));
}

/* Another process may keep what is sent. */
static void note_descriptors(struct msghdr const *message)
{
	struct cmsghdr const *control = sim_is_passed() ? NULL : CMSG_FIRSTHDR(message);

	for (; control; control = CMSG_NXTHDR((struct msghdr *)(uintptr_t)message, (struct cmsghdr *)(uintptr_t)control)) {
		int const *fds = (int const *)(void const *)CMSG_DATA(control);
		struct sim_target target;

		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < (control->cmsg_len - CMSG_LEN(0)) / sizeof(*fds); i++) {
			sim_lock();
			if (sim_find(fds[i], &target) != SIM_NOTHING && target.memory)
				target.memory->is_shared = true;
			sim_unlock();
		}
	}
}

static void open_vectors(struct msghdr const *message, bool write)
{
	for (size_t i = 0; sim_fault_is_on() && i < message->msg_iovlen; i++)
		sim_fault_transfer(message->msg_iov[i].iov_base, message->msg_iov[i].iov_len, write);
}

ssize_t wrap_sendmsg(int fd, struct msghdr const *message, int flags)
{
	open_vectors(message, false);
	note_descriptors(message);
	return admit(fd, SIM_CALL_SENDMSG) ? real()->sendmsg(fd, message, flags) : -1;
}

ssize_t wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	open_vectors(message, true);
	return admit(fd, SIM_CALL_RECVMSG) ? real()->recvmsg(fd, message, flags) : -1;
}

int wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	return admit(fd, SIM_CALL_GETSOCKOPT) ? real()->getsockopt(fd, level, name, value, length) : -1;
}
