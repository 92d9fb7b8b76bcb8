/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/memory.h"

static _Thread_local char message[256];

bool sim_complain(char const *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return false;
}

char const *sim_complaint(void)
{
	return message;
}

void sim_complaint_clear(void)
{
	message[0] = '\0';
}

char const *sim_value(char const *word, char const *key)
{
	size_t length = strlen(key);

	return (strncmp(word, key, length) == 0 && word[length] == '=') ? word + length + 1 : NULL;
}

static bool parse_number(char const *text, int base, uint64_t *number, char const **rest)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*number = strtoull(text, &end, base);
	*rest = end;
	return errno == 0;
}

bool sim_parse_size(char const *text, uint64_t *size)
{
	static char const suffixes[] = "KMG";
	char const *rest, *suffix;
	uint64_t factor = 1;

	if (!parse_number(text, 0, size, &rest))
		return sim_complain("\"%s\" is not a number", text);
	suffix = (*rest != '\0') ? strchr(suffixes, *rest) : NULL;
	if (suffix) {
		factor = UINT64_C(1024) << (10 * (suffix - suffixes));
		rest++;
	}
	if (*rest != '\0' || __builtin_mul_overflow(*size, factor, size))
		return sim_complain("\"%s\" is not a size", text);
	return true;
}

bool sim_parse_alignment(char const *text, uint64_t *alignment)
{
	uint64_t value;

	if (!sim_parse_size(text, &value))
		return false;
	if (value < sim_page_size() || (value & (value - 1)) != 0)
		return sim_complain("%s: an alignment must be a power of two, at least a page", text);
	*alignment = value;
	return true;
}

bool sim_parse_base(char const *text, uint64_t *base)
{
	uint64_t value;

	if (!sim_parse_size(text, &value))
		return false;
	if (value == 0 || value % sim_page_size() != 0)
		return sim_complain("base must be a multiple of the page size other than 0");
	*base = value;
	return true;
}

bool sim_parse_errno(char const *text, int *code)
{
	*code = 0;
	if (strcmp(text, "none") == 0)
		return true;
	for (int i = 1; i < 134; i++) {
		char const *name = strerrorname_np(i);

		if (name && strcmp(name, text) == 0)
			*code = i;
	}
	return *code != 0 || sim_complain("\"%s\" is not the name of an errno code", text);
}

bool sim_parse_owner(char const *text, uint32_t *uid, uint32_t *gid)
{
	uint64_t user, group;
	char const *rest;

	if (!parse_number(text, 10, &user, &rest) || *rest != ':' || !parse_number(rest + 1, 10, &group, &rest) || *rest)
		return sim_complain("\"%s\" is not UID:GID", text);
	*uid = (uint32_t)user;
	*gid = (uint32_t)group;
	return true;
}

bool sim_parse_mode(char const *text, uint32_t *mode)
{
	uint64_t value;
	char const *rest;

	if (!parse_number(text, 8, &value, &rest) || *rest || value > 07777)
		return sim_complain("\"%s\" is not a file mode in octal", text);
	*mode = (uint32_t)value;
	return true;
}
