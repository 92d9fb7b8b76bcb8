/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/misuse.h"

#include <stdarg.h>
#include <stdio.h>

static unsigned long count;
static char first[160];

void sim_note_misuse(char const *format, ...)
{
	va_list arguments;

	if (count++ > 0)
		return;
	va_start(arguments, format);
	vsnprintf(first, sizeof(first), format, arguments);
	va_end(arguments);
}

unsigned long sim_misuse_count(void)
{
	return count;
}

char const *sim_misuse_first(void)
{
	return first;
}

void sim_misuse_reset(void)
{
	count = 0;
	first[0] = '\0';
}
