/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locks.h"

/*
 * The texts of a thread that had a failure. Thread-local variables would need memory in every thread, and if a program
 * has opened the library with dlopen(), the C library aborts it when there is none.
 */
struct texts {
	char message[IMXD_MESSAGE_SIZE];
	char reported[IMXD_MESSAGE_SIZE];
	char errno_text[96];
};

static char const lost[] = "out of memory: the message is lost";
static pthread_key_t key;
static bool has_key;

__attribute__((constructor)) static void create_key(void)
{
	has_key = pthread_key_create(&key, free) == 0;
}

/* Return the texts of this thread, NULL if there are none yet. */
static struct texts *look_up_texts(void)
{
	return has_key ? pthread_getspecific(key) : NULL;
}

/* Return the texts of this thread, NULL without memory for them. */
static struct texts *get_texts(void)
{
	struct texts *texts = look_up_texts();

	if (texts || !has_key)
		return texts;
	texts = calloc(1, sizeof(*texts));
	if (texts && pthread_setspecific(key, texts) != 0) {
		free(texts);
		return NULL;
	}
	return texts;
}

int imxd_fail(int code, char const *format, ...)
{
	char text[IMXD_MESSAGE_SIZE];
	struct texts *texts;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	texts = get_texts();
	if (texts)
		imxd_copy_visible(texts->message, sizeof(texts->message), text);
	return code;
}

char const *imxd_message(void)
{
	struct texts const *texts = look_up_texts();

	return texts ? texts->message : lost;
}

/*
 * A cancellation waits: a handler may have points of cancellation, and so has standard error. The handler may also call
 * functions of the library. A failure of these does not replace the message of a call that is about to fail.
 */
void imxd_log(ImxDmaBufferLogLevel level, char const *format, ...)
{
	IMXD_NO_CANCEL;
	char text[IMXD_MESSAGE_SIZE], visible[IMXD_MESSAGE_SIZE];
	struct texts *texts = look_up_texts();
	va_list arguments;

	if (!imxd_log_wants(level))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	imxd_copy_visible(visible, sizeof(visible), text);
	if (texts)
		memcpy(text, texts->message, sizeof(text));
	imxd_log_write(level, visible);
	if (texts)
		memcpy(texts->message, text, sizeof(text));
}

/* The message is copied: a handler may be the first to need memory for the texts. */
void imxd_report_at(ImxDmaBufferLogLevel level, int *error, int code)
{
	char text[IMXD_MESSAGE_SIZE];
	struct texts *texts;

	memcpy(text, imxd_message(), strlen(imxd_message()) + 1);
	imxd_log(level, "%s", text);
	texts = get_texts();
	if (texts)
		memcpy(texts->reported, text, strlen(text) + 1);
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
	struct texts const *texts = look_up_texts();

	return texts ? texts->reported : "";
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
	struct texts *texts = get_texts();
	char buffer[64] = "";
	char const *text = buffer;

	if (!texts)
		return name ? name : "unknown error";

	/* The GNU variant returns a pointer, the POSIX one a code. */
#if defined(__GLIBC__)
	text = strerror_r(code, buffer, sizeof(buffer));
#else
	strerror_r(code, buffer, sizeof(buffer));
#endif
	if (name)
		snprintf(texts->errno_text, sizeof(texts->errno_text), "%s, %s", name, text);
	else
		snprintf(texts->errno_text, sizeof(texts->errno_text), "errno %d, %s", code, text);
	return texts->errno_text;
}

int imxd_fail_memory(void)
{
	return imxd_fail(-ENOMEM, "out of memory: malloc failed (ENOMEM)");
}
