/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * poll() on DMA-BUFs, which waits for fences. On other files the real kernel does the work; calls with Unix sockets are
 * counted and can be scripted to fail.
 */
#undef _FORTIFY_SOURCE

#include <poll.h>
#include <time.h>

#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/real.h"
#include "kernel/target.h"
#include "preload/socket.h"

int wrap_poll(struct pollfd *files, nfds_t count, int timeout) __asm__("poll");
int wrap_poll_chk(struct pollfd *files, nfds_t count, int timeout, size_t size) __asm__("__poll_chk");

/* The most files of one call with DMA-BUFs. */
#define MAX_FILES 64

static bool is_dmabuf(int fd)
{
	struct sim_target target;

	return sim_find(fd, &target) == SIM_IS_DMABUF;
}

/* Look at the DMA-BUFs, and leave the other files in *rest. Returns the number of files that are ready. */
static int look(struct pollfd *files, nfds_t count, struct pollfd *rest)
{
	struct sim_target target;
	int ready = 0;

	for (nfds_t i = 0; i < count; i++) {
		rest[i] = files[i];
		if (files[i].fd < 0 || sim_find(files[i].fd, &target) != SIM_IS_DMABUF)
			continue;
		rest[i].fd = -1;
		files[i].revents = (short)(files[i].events & sim_dmabuf_events(&target));
		ready += files[i].revents != 0;
	}
	return ready;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* Look each millisecond: fences may change in another process, too. */
static int wait_for_fences(struct pollfd *files, nfds_t count, int timeout)
{
	long long end = now() + timeout;
	struct pollfd rest[MAX_FILES];

	for (;;) {
		int ready = SIM_LOCKED(look(files, count, rest));
		bool is_over = ready > 0 || timeout == 0 || (timeout > 0 && now() >= end);
		int others = real()->poll(rest, count, is_over ? 0 : 1);

		if (others < 0)
			return others;
		for (nfds_t i = 0; i < count; i++)
			if (rest[i].fd >= 0)
				files[i].revents = rest[i].revents;
		if (is_over || others > 0)
			return ready + others;
	}
}

int wrap_poll(struct pollfd *files, nfds_t count, int timeout)
{
	bool has_dmabuf = false, is_counted = false;

	if (!sim_enter())
		return real()->poll(files, count, timeout);
	sim_lock();
	for (nfds_t i = 0; i < count && !has_dmabuf; i++) {
		has_dmabuf = count <= MAX_FILES && is_dmabuf(files[i].fd);
		is_counted = is_counted || has_dmabuf || sim_is_unix_socket(files[i].fd);
	}
	sim_unlock();
	if (is_counted && !SIM_LOCKED(sim_admit(SIM_CALL_POLL)))
		return -1;
	return has_dmabuf ? wait_for_fences(files, count, timeout) : real()->poll(files, count, timeout);
}

int wrap_poll_chk(struct pollfd *files, nfds_t count, int timeout, size_t size)
{
	return wrap_poll(files, (count < size / sizeof(*files)) ? count : (nfds_t)(size / sizeof(*files)), timeout);
}
