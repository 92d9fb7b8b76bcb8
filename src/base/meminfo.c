/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "meminfo.h"

#include <stdio.h>
#include <string.h>

#include "sys.h"

static long long find(char const *text, char const *key)
{
	size_t length = strlen(key);
	long long value;

	for (char const *line = text; line; line = strchr(line, '\n')) {
		line += (*line == '\n');
		if (strncmp(line, key, length) == 0 && line[length] == ':' && sscanf(line + length + 1, " %lld", &value) == 1)
			return value;
	}
	return -1;
}

long long imxd_meminfo(char const *key)
{
	char text[4096];

	return (imxd_sys_read_text("/proc/meminfo", text, sizeof(text)) < 0) ? -1 : find(text, key);
}
