/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static unsigned int number, num_failed, num_skipped;

bool tap(bool good, char const *format, ...)
{
	va_list arguments;

	num_failed += !good;
	printf("%s %u - ", good ? "ok" : "not ok", ++number);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	return good;
}

char const *tap_why(bool good)
{
	return good ? "yes" : strerror(errno);
}

void tap_skip(char const *name, char const *format, ...)
{
	va_list arguments;

	num_skipped++;
	printf("ok %u - %s # SKIP ", ++number, name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

void tap_note(char const *format, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

int tap_done(void)
{
	printf("1..%u\n", number);
	if (num_failed > 0 || number == 0)
		return 1;
	return num_skipped == number ? 77 : 0;
}
