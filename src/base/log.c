/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "env.h"
#include "locks.h"

static struct {
	ImxDmaBufferLogHandler handler;
	void *user_data;
} current;
/* The highest level to log; -1: read the environment variable first. */
static _Atomic int max_wanted = -1;

static char const *const level_names[] = {"off", "error", "warning", "info", "debug"};

static int level_from_environment(void)
{
	char const *text = imxd_env(IMXD_ENV_LOG);

	for (size_t i = 0; text && i < sizeof(level_names) / sizeof(level_names[0]); i++)
		if (strcmp(text, level_names[i]) == 0)
			return (int)i;
	return 0;
}

static void write_stderr(void *user_data, ImxDmaBufferLogLevel level, char const *message)
{
	(void)user_data;
	fprintf(stderr, "imxdmabuffer: %s: %s\n", level_names[level], message);
}

/* Take the level from the environment, unless a handler was set first. */
static void begin(void)
{
	int none = -1;

	atomic_compare_exchange_strong(&max_wanted, &none, level_from_environment());
}

bool imxd_log_wants(ImxDmaBufferLogLevel level)
{
	if (max_wanted < 0)
		begin();
	return (int)level <= max_wanted;
}

/* Control characters, those of Unicode too: C2 80 to C2 9F. Terminals obey them. */
static size_t control_length(char const *text)
{
	unsigned char const *bytes = (unsigned char const *)text;

	if (bytes[0] < 0x20 || bytes[0] == 0x7f)
		return 1;
	return (bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] < 0xa0) ? 2 : 0;
}

void imxd_copy_visible(char *to, size_t size, char const *from)
{
	size_t used = 0;

	while (*from && used + 1 < size) {
		size_t control = control_length(from);
		int length;

		if (control == 0) {
			to[used++] = *from++;
			continue;
		}
		length = (*from == '\n') ? snprintf(to + used, size - used, "\\n")
								 : snprintf(to + used, size - used, "\\x%02x", (unsigned char)from[control - 1]);
		used += ((size_t)length < size - used) ? (size_t)length : size - used - 1;
		from += control;
	}
	to[used] = '\0';
}

void imxd_log_write(ImxDmaBufferLogLevel level, char const *message)
{
	ImxDmaBufferLogHandler handler;
	void *user_data;
	bool still_wanted;

	imxd_lock(IMXD_LOCK_LOG);
	handler = current.handler ? current.handler : write_stderr;
	user_data = current.user_data;
	/* The handler that wanted this level may be gone: the message is not for standard error then. */
	still_wanted = imxd_log_wants(level);
	imxd_unlock(IMXD_LOCK_LOG);
	if (still_wanted)
		handler(user_data, level, message);
}

void imxd_log_set_handler(ImxDmaBufferLogHandler handler, void *user_data, ImxDmaBufferLogLevel max_level)
{
	imxd_lock(IMXD_LOCK_LOG);
	current.handler = handler;
	current.user_data = handler ? user_data : NULL;
	max_wanted = handler ? (int)max_level : -1;
	imxd_unlock(IMXD_LOCK_LOG);
}
