/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a driver or a library lets pass, and no program should do.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "device.h"

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

void sim_misuse_reset(void)
{
	count = 0;
	first[0] = '\0';
}

unsigned long sim_misuses(void)
{
	unsigned long result;

	sim_lock();
	result = count;
	sim_unlock();
	return result;
}

char const *sim_misuse(void)
{
	static _Thread_local char copy[sizeof(first)];

	sim_lock();
	memcpy(copy, first, sizeof(copy));
	sim_unlock();
	return copy;
}
