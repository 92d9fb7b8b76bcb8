/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by all cmocka tests of this project.
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
#include "imxdmabuffer/imxdmabuffer_ipc.h"

#define YES IMX_DMA_BUFFER_TRISTATE_YES
#define NO IMX_DMA_BUFFER_TRISTATE_NO
#define UNKNOWN IMX_DMA_BUFFER_TRISTATE_UNKNOWN

/* Are devices that are given the physical address served by sync sessions? */
#define serves_addresses(coherency)                                                                                    \
	((coherency) == IMX_DMA_BUFFER_COHERENCY_UNCACHED || (coherency) == IMX_DMA_BUFFER_COHERENCY_PHYS ||               \
		(coherency) == IMX_DMA_BUFFER_COHERENCY_VENDOR || (coherency) == IMX_DMA_BUFFER_COHERENCY_USER || \
		(coherency) == IMX_DMA_BUFFER_COHERENCY_ATTACHMENT)

/*
 * Leave the running test and print the reason. scripts/count-tests.py relies on this line to count the test as skipped.
 * cmocka 1.1.5 reports its own skips as "not ok", which Meson takes for a failure.
 */
#define SKIP_BECAUSE(why)                                                                                              \
	do {                                                                                                               \
		printf("# skipped %s: %s\n", __func__, why);                                                                   \
		fflush(stdout);                                                                                                \
		return;                                                                                                        \
	} while (0)

/* Check the message of the last failing call. */
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
