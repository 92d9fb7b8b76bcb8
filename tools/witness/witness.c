/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "witness.h"

#include <stdarg.h>
#include <stdio.h>

struct witness const *const witnesses[] = {&witness_g2d, &witness_v4l2, &witness_edu, NULL};

static char reason[WITNESS_TEXT];

int witness_fail(char const *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	return -1;
}

char const *witness_reason(void)
{
	return reason;
}

void witness_barrier(void)
{
#if defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
	__asm__ volatile("dsb sy" : : : "memory");
#else
	__sync_synchronize();
#endif
}
