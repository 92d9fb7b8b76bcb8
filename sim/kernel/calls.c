/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/calls.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kernel/enter.h"
#include "kernel/observer.h"

#define BIT(call) (UINT64_C(1) << (call))

struct failure {
	enum sim_call call;
	unsigned int nth; /* calls until the first failure; 0: unused entry */
	unsigned int times; /* failures that remain; 0: no end */
	int code;
};

#define NAME(call, name) [SIM_CALL_##call] = name

char const *const sim_call_names[SIM_CALLS] = {NAME(ANY, "any"), NAME(OPEN, "open"), NAME(CLOSE, "close"),
	NAME(STAT, "stat"), NAME(ACCESS, "access"), NAME(READLINK, "readlink"), NAME(OPENDIR, "opendir"), NAME(DUP, "dup"),
	NAME(FCNTL, "fcntl"), NAME(LSEEK, "lseek"), NAME(READ, "read"), NAME(PREAD, "pread"), NAME(MMAP, "mmap"),
	NAME(MUNMAP, "munmap"), NAME(MPROTECT, "mprotect"), NAME(MEMFD_CREATE, "memfd-create"),
	NAME(FALLOCATE, "fallocate"), NAME(FTRUNCATE, "ftruncate"), NAME(SENDMSG, "sendmsg"), NAME(RECVMSG, "recvmsg"),
	NAME(GETSOCKOPT, "getsockopt"), NAME(POLL, "poll"), NAME(GETRLIMIT, "getrlimit"), NAME(UNAME, "uname"),
	NAME(IOCTL, "ioctl"), NAME(HEAP_ALLOC, "heap-alloc"), NAME(SYNC, "sync"), NAME(PHYS, "phys"),
	NAME(EXPORT_SYNC_FILE, "export-sync-file"), NAME(IMPORT_SYNC_FILE, "import-sync-file"),
	NAME(DMABUF_IMX, "dmabuf-imx"), NAME(UDMABUF, "udmabuf"), NAME(ION_ALLOC, "ion-alloc"), NAME(ION_FREE, "ion-free"),
	NAME(ION_MAP, "ion-map"), NAME(ION_SHARE, "ion-share"), NAME(ION_IMPORT, "ion-import"),
	NAME(ION_CUSTOM, "ion-custom"), NAME(ION_SYNC, "ion-sync"), NAME(ION_QUERY, "ion-query"),
	NAME(ION_GET_PHYS, "ion-get-phys"), NAME(IPU_ALLOC, "ipu-alloc"), NAME(IPU_FREE, "ipu-free"),
	NAME(PXP_GET, "pxp-get"), NAME(PXP_PUT, "pxp-put"), NAME(PXP_FLUSH, "pxp-flush"), NAME(PXP_EXPBUF, "pxp-expbuf"),
	NAME(DRM_VERSION, "drm-version"), NAME(PRIME_IMPORT, "prime-import"), NAME(GEM_CLOSE, "gem-close"),
	NAME(G2D_OPEN, "g2d-open"), NAME(G2D_CLOSE, "g2d-close"), NAME(G2D_ALLOC, "g2d-alloc"), NAME(G2D_FREE, "g2d-free"),
	NAME(G2D_CACHE_OP, "g2d-cache-op"), NAME(G2D_COPY, "g2d-copy"), NAME(G2D_DRAW, "g2d-draw"),
	NAME(G2D_EXPORT, "g2d-export"), NAME(G2D_IMPORT, "g2d-import"), NAME(DWL_INIT, "dwl-init"),
	NAME(DWL_RELEASE, "dwl-release"), NAME(DWL_MALLOC, "dwl-malloc"), NAME(DWL_FREE, "dwl-free"),
	NAME(DWL_FLUSH, "dwl-flush")};

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
	char text[sizeof(first_misuse)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (misuses++ == 0)
		memcpy(first_misuse, text, sizeof(text));
	if (sim_observer)
		sim_observer->misused(text);
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
