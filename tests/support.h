/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all cmocka tests of this project use.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/*
 * Leaves the running test and says why. The line counts: scripts/count-tests.py takes the test as skipped. cmocka 1.1.5
 * reports its own skips as "not ok", which Meson takes for a failure.
 */
#define SKIP_BECAUSE(why)                                                                                              \
	do {                                                                                                               \
		printf("# skipped %s: %s\n", __func__, why);                                                                   \
		fflush(stdout);                                                                                                \
		return;                                                                                                        \
	} while (0)

/* The last failing call left this in its sentence. */
#define assert_sentence(text) assert_contains(imx_dma_buffer_get_last_error(), text)

#define assert_contains(haystack, needle) contains(haystack, needle, __FILE__, __LINE__)

static inline void contains(char const *haystack, char const *needle, char const *file, int line)
{
	if (haystack && strstr(haystack, needle))
		return;
	print_error("\"%s\" does not contain \"%s\"\n", haystack ? haystack : "(null)", needle);
	_fail(file, line);
}

#endif /* TESTS_SUPPORT_H */
