/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "outcomes.h"

#include <stdlib.h>
#include <unistd.h>

#define MAX_SKIPS 256

static struct {
	char const *test;
	char const *reason;
} skips[MAX_SKIPS];
static size_t num_skips;

void record_skip(char const *test, char const *reason)
{
	printf("# skipped %s: %s\n", test, reason);
	fflush(stdout);
	if (num_skips == MAX_SKIPS)
		abort();
	skips[num_skips].test = test;
	skips[num_skips++].reason = reason;
}

void begin_outcomes(void)
{
	if (getenv("CONTRACT_OUTCOMES"))
		unlink(getenv("CONTRACT_OUTCOMES"));
}

static char const *find_reason(char const *test)
{
	for (size_t i = 0; i < num_skips; i++)
		if (strcmp(skips[i].test, test) == 0)
			return skips[i].reason;
	return NULL;
}

static int write_lines(char const *path, struct CMUnitTest const *tests, size_t count)
{
	FILE *file = fopen(path, "we");
	int failed;

	if (!file)
		return -1;
	for (size_t i = 0; i < count && tests[i].name; i++) {
		char const *reason = find_reason(tests[i].name);

		fprintf(file, "%s: %s\n", tests[i].name, reason ? reason : "passed");
	}
	failed = ferror(file);
	return (fclose(file) == 0 && !failed) ? 0 : -1;
}

int write_outcomes(int failed, struct CMUnitTest const *tests, size_t count)
{
	char const *path = getenv("CONTRACT_OUTCOMES");
	char unfinished[4096];

	if (failed != 0 || !path)
		return (failed != 0) ? 1 : 0;
	snprintf(unfinished, sizeof(unfinished), "%s.%ld", path, (long)getpid());
	if (write_lines(unfinished, tests, count) == 0 && rename(unfinished, path) == 0)
		return 0;
	perror(path);
	unlink(unfinished);
	return 1;
}
