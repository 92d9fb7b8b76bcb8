/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed fstatfs. DMA-BUFs have a file system of their own since Linux 5.3, and were anonymous files before.
 */
#undef _TIME_BITS
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE

#include <stdbool.h>
#include <sys/vfs.h>

#include "kernel/calls.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/real.h"
#include "kernel/target.h"

#define DMABUF_MAGIC 0x444d4142
#define ANONYMOUS_MAGIC 0x09041934

int wrap_fstatfs(int fd, struct statfs *status) __asm__("fstatfs");
int wrap_fstatfs64(int fd, struct statfs64 *status) __asm__("fstatfs64");

/* Returns false if the call is scripted to fail. */
static bool prepare(int fd, long *magic)
{
	struct sim_target target;
	bool good = true;

	*magic = 0;
	if (!sim_enter())
		return true;
	sim_lock();
	if (sim_find(fd, &target) == SIM_IS_DMABUF)
		*magic = sim_dmabuf_is_anonymous() ? ANONYMOUS_MAGIC : DMABUF_MAGIC;
	if (target.kind != SIM_NOTHING)
		good = sim_admit(SIM_CALL_STAT);
	sim_unlock();
	return good;
}

int wrap_fstatfs(int fd, struct statfs *status)
{
	long magic;
	int result = prepare(fd, &magic) ? real()->fstatfs(fd, status) : -1;

	if (result == 0 && magic != 0)
		status->f_type = magic;
	return result;
}

int wrap_fstatfs64(int fd, struct statfs64 *status)
{
	long magic;
	int result = prepare(fd, &magic) ? real()->fstatfs64(fd, status) : -1;

	if (result == 0 && magic != 0)
		status->f_type = magic;
	return result;
}
