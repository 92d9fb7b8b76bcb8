/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes the outcome of each test for scripts/contract.py, into the file that the environment variable
 * CONTRACT_OUTCOMES names. Without the variable, nothing is written.
 */
#ifndef TESTS_OUTCOMES_H
#define TESTS_OUTCOMES_H

#include "support.h"

/* As in support.h. Also record the reason. */
#undef SKIP_BECAUSE
#define SKIP_BECAUSE(why)                                                                                              \
	do {                                                                                                               \
		record_skip(__func__, why);                                                                                    \
		return;                                                                                                        \
	} while (0)

void record_skip(char const *test, char const *reason);

/* Remove the file of an earlier run. */
void begin_outcomes(void);

/*
 * Write the file if no test failed. Entries without a name are ignored. Returns the exit code of the program: 0 if no
 * test failed and the file was written.
 */
int write_outcomes(int failed, struct CMUnitTest const *tests, size_t count);

#endif /* TESTS_OUTCOMES_H */
