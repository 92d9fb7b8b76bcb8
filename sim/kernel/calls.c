/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/calls.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "kernel/enter.h"

#define BIT(call) (UINT64_C(1) << (call))

struct failure {
	enum sim_call call;
	unsigned int nth; /* calls until the first failure; 0: unused entry */
	unsigned int times; /* failures that remain; 0: no end */
	int code;
};

char const *const sim_call_names[SIM_CALLS] = {
	[SIM_CALL_ANY] = "any",
	[SIM_CALL_OPEN] = "open",
	[SIM_CALL_CLOSE] = "close",
	[SIM_CALL_STAT] = "stat",
	[SIM_CALL_ACCESS] = "access",
	[SIM_CALL_READLINK] = "readlink",
	[SIM_CALL_OPENDIR] = "opendir",
	[SIM_CALL_DUP] = "dup",
	[SIM_CALL_FCNTL] = "fcntl",
	[SIM_CALL_LSEEK] = "lseek",
	[SIM_CALL_READ] = "read",
	[SIM_CALL_PREAD] = "pread",
	[SIM_CALL_MMAP] = "mmap",
	[SIM_CALL_MUNMAP] = "munmap",
	[SIM_CALL_MEMFD_CREATE] = "memfd-create",
	[SIM_CALL_FALLOCATE] = "fallocate",
	[SIM_CALL_FTRUNCATE] = "ftruncate",
	[SIM_CALL_SENDMSG] = "sendmsg",
	[SIM_CALL_RECVMSG] = "recvmsg",
	[SIM_CALL_GETSOCKOPT] = "getsockopt",
	[SIM_CALL_POLL] = "poll",
	[SIM_CALL_GETRLIMIT] = "getrlimit",
	[SIM_CALL_UNAME] = "uname",
	[SIM_CALL_IOCTL] = "ioctl",
	[SIM_CALL_HEAP_ALLOC] = "heap-alloc",
	[SIM_CALL_SYNC] = "sync",
	[SIM_CALL_PHYS] = "phys",
	[SIM_CALL_DMABUF_IMX] = "dmabuf-imx",
	[SIM_CALL_UDMABUF] = "udmabuf",
	[SIM_CALL_ION_ALLOC] = "ion-alloc",
	[SIM_CALL_ION_FREE] = "ion-free",
	[SIM_CALL_ION_MAP] = "ion-map",
	[SIM_CALL_ION_SHARE] = "ion-share",
	[SIM_CALL_ION_IMPORT] = "ion-import",
	[SIM_CALL_ION_CUSTOM] = "ion-custom",
	[SIM_CALL_ION_SYNC] = "ion-sync",
	[SIM_CALL_ION_QUERY] = "ion-query",
	[SIM_CALL_ION_GET_PHYS] = "ion-get-phys",
	[SIM_CALL_IPU_ALLOC] = "ipu-alloc",
	[SIM_CALL_IPU_FREE] = "ipu-free",
	[SIM_CALL_PXP_GET] = "pxp-get",
	[SIM_CALL_PXP_PUT] = "pxp-put",
	[SIM_CALL_PXP_FLUSH] = "pxp-flush",
	[SIM_CALL_PXP_EXPBUF] = "pxp-expbuf",
	[SIM_CALL_G2D_OPEN] = "g2d-open",
	[SIM_CALL_G2D_CLOSE] = "g2d-close",
	[SIM_CALL_G2D_ALLOC] = "g2d-alloc",
	[SIM_CALL_G2D_FREE] = "g2d-free",
	[SIM_CALL_G2D_CACHE_OP] = "g2d-cache-op",
	[SIM_CALL_G2D_EXPORT] = "g2d-export",
	[SIM_CALL_G2D_IMPORT] = "g2d-import",
	[SIM_CALL_DWL_INIT] = "dwl-init",
	[SIM_CALL_DWL_RELEASE] = "dwl-release",
	[SIM_CALL_DWL_MALLOC] = "dwl-malloc",
	[SIM_CALL_DWL_FREE] = "dwl-free",
	[SIM_CALL_DWL_FLUSH] = "dwl-flush",
};

_Static_assert(SIM_CALLS <= 64, "each call has a bit");

static unsigned long counts[SIM_CALLS];
static struct failure failures[128];
static unsigned long misuses;
static char first_misuse[160];

/* Count down every script that the call matches. The first one that is due gives the code. */
static int due(uint64_t calls)
{
	int code = 0;

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct failure *failure = &failures[i];

		if (failure->nth == 0 || !(calls & BIT(failure->call)) || (failure->nth > 1 && failure->nth-- > 1))
			continue;
		if (code == 0)
			code = failure->code;
		if (failure->times > 0 && --failure->times == 0)
			failure->nth = 0;
	}
	return code;
}

static bool admit(uint64_t calls)
{
	int code;

	for (size_t i = SIM_CALL_ANY + 1; i < SIM_CALLS; i++)
		counts[i] += (calls & BIT(i)) != 0;
	code = due(calls | BIT(SIM_CALL_ANY));
	if (code != 0)
		errno = code;
	return code == 0;
}

bool sim_admit(enum sim_call call)
{
	return admit(BIT(call));
}

bool sim_admit_ioctl(enum sim_call call)
{
	return admit(BIT(SIM_CALL_IOCTL) | BIT(call));
}

int sim_call_fail(enum sim_call call, unsigned int nth, int code, unsigned int times)
{
	if ((unsigned int)call >= SIM_CALLS || nth == 0 || code <= 0)
		return -1;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].nth == 0) {
			failures[i] = (struct failure){.call = call, .nth = nth, .times = times, .code = code};
			return 0;
		}
	return -1;
}

void sim_call_forget_failures(void)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		failures[i].nth = 0;
}

unsigned long sim_call_count(enum sim_call call)
{
	if (call == SIM_CALL_ANY)
		return sim_total();
	return ((unsigned int)call < SIM_CALLS) ? counts[call] : 0;
}

void sim_call_reset_counts(void)
{
	sim_total_reset();
	for (size_t i = 0; i < SIM_CALLS; i++)
		counts[i] = 0;
}

void sim_note_misuse(char const *format, ...)
{
	va_list arguments;

	if (misuses++ > 0)
		return;
	va_start(arguments, format);
	vsnprintf(first_misuse, sizeof(first_misuse), format, arguments);
	va_end(arguments);
}

unsigned long sim_misuse_count(void)
{
	return misuses;
}

char const *sim_misuse_first(void)
{
	return first_misuse;
}

void sim_misuse_reset(void)
{
	misuses = 0;
	first_misuse[0] = '\0';
}
