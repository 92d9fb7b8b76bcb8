/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

static _Thread_local char sentence[IMXD_SENTENCE_SIZE];
static _Thread_local char reported[IMXD_SENTENCE_SIZE];
static _Thread_local char errno_text[96];

int imxd_fail(int code, char const *format, ...)
{
	char text[IMXD_SENTENCE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	memcpy(sentence, text, strlen(text) + 1);
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_DEBUG, "%s", sentence);
	return code;
}

char const *imxd_sentence(void)
{
	return sentence;
}

void imxd_set_last_error(char const *text)
{
	snprintf(reported, sizeof(reported), "%s", text);
}

void imxd_report(int *error, int code)
{
	imxd_set_last_error(sentence);
	imxd_set_error(error, code);
}

char const *imxd_last_error(void)
{
	return reported;
}

/* strerrorname_np() needs glibc 2.32, and musl has none: these are the codes that the mechanisms answer. */
static char const *name_of(int code)
{
	static struct {
		int code;
		char const *name;
	} const names[] = {
		{EACCES, "EACCES"},
		{EAGAIN, "EAGAIN"},
		{EBADF, "EBADF"},
		{EBUSY, "EBUSY"},
		{EFAULT, "EFAULT"},
		{EFBIG, "EFBIG"},
		{EINTR, "EINTR"},
		{EINVAL, "EINVAL"},
		{EIO, "EIO"},
		{ELOOP, "ELOOP"},
		{EMFILE, "EMFILE"},
		{ENFILE, "ENFILE"},
		{ENODEV, "ENODEV"},
		{ENOENT, "ENOENT"},
		{ENOMEM, "ENOMEM"},
		{ENOSPC, "ENOSPC"},
		{ENOSYS, "ENOSYS"},
		{ENOTDIR, "ENOTDIR"},
		{ENOTSUP, "ENOTSUP"},
		{ENOTTY, "ENOTTY"},
		{ENXIO, "ENXIO"},
		{EOVERFLOW, "EOVERFLOW"},
		{EPERM, "EPERM"},
		{EROFS, "EROFS"},
		{EBADFD, "EBADFD"},
		{EAFNOSUPPORT, "EAFNOSUPPORT"},
		{ECONNREFUSED, "ECONNREFUSED"},
		{ECONNRESET, "ECONNRESET"},
		{ENOBUFS, "ENOBUFS"},
		{ENOTCONN, "ENOTCONN"},
		{ENOTSOCK, "ENOTSOCK"},
		{EPIPE, "EPIPE"},
		{ETOOMANYREFS, "ETOOMANYREFS"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].code == code)
			return names[i].name;
	return NULL;
}

char const *imxd_errno_text(int code)
{
	char const *name = name_of(code);
	char buffer[64] = "";
	char const *text = buffer;

	/* The GNU variant answers a pointer, the POSIX one a code. */
#if defined(__GLIBC__)
	text = strerror_r(code, buffer, sizeof(buffer));
#else
	strerror_r(code, buffer, sizeof(buffer));
#endif
	if (name)
		snprintf(errno_text, sizeof(errno_text), "%s, %s", name, text);
	else
		snprintf(errno_text, sizeof(errno_text), "errno %d, %s", code, text);
	return errno_text;
}

int imxd_fail_memory(void)
{
	return imxd_fail(ENOMEM, "out of memory: the process can allocate no more heap memory (ENOMEM)");
}
