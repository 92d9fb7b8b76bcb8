/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[IMXD_MESSAGE_SIZE];
static _Thread_local char reported[IMXD_MESSAGE_SIZE];
static _Thread_local char errno_text[96];

int imxd_fail(int code, char const *format, ...)
{
	char text[IMXD_MESSAGE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	memcpy(message, text, strlen(text) + 1);
	return code;
}

char const *imxd_message(void)
{
	return message;
}

/* The handler may call functions of the library. A failure of these must not replace this message. */
void imxd_report_at(ImxDmaBufferLogLevel level, int *error, int code)
{
	char text[IMXD_MESSAGE_SIZE];

	memcpy(text, message, strlen(message) + 1);
	imxd_log(level, "%s", text);
	memcpy(reported, text, strlen(text) + 1);
	if (error)
		*error = -code;
}

void imxd_report(int *error, int code)
{
	imxd_report_at(IMX_DMA_BUFFER_LOG_LEVEL_DEBUG, error, code);
}

int imxd_result(int code, int *error)
{
	if (code == 0)
		return 0;
	imxd_report(error, code);
	return -1;
}

char const *imxd_last_error(void)
{
	return reported;
}

/* strerrorname_np() needs glibc 2.32 and is missing in musl. The table has the codes that the mechanisms return. */
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

char const *imxd_errno_text(int result)
{
	int code = -result;
	char const *name = name_of(code);
	char buffer[64] = "";
	char const *text = buffer;

	/* The GNU variant returns a pointer, the POSIX one a code. */
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
	return imxd_fail(-ENOMEM, "out of memory: malloc failed (ENOMEM)");
}
