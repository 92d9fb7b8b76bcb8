/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hold.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "size.h"

/* About 31 years: added to the monotonic clock, this fits a 32-bit time_t. */
#define MAX_SECONDS 1000000000

/* SIGINT counts also if it is ignored: shells start background jobs so. */
static void ending_signals(sigset_t *set)
{
	struct sigaction hangup;

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	/* Ignored under nohup. */
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		sigaddset(set, SIGHUP);
}

void hold_prepare(void)
{
	sigset_t set;

	ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static struct timespec subtract(struct timespec a, struct timespec b)
{
	struct timespec result = {.tv_sec = a.tv_sec - b.tv_sec, .tv_nsec = a.tv_nsec - b.tv_nsec};

	if (result.tv_nsec < 0) {
		result.tv_sec--;
		result.tv_nsec += 1000000000;
	}
	return result;
}

double hold_wait(struct timespec duration)
{
	struct timespec begin, now, passed, left = duration;
	sigset_t set;

	ending_signals(&set);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	/* EINTR: the program was stopped and continued. Wait for the rest of the time. */
	while (left.tv_sec >= 0 && sigtimedwait(&set, NULL, &left) < 0 && errno == EINTR) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = subtract(duration, subtract(now, begin));
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	passed = subtract(now, begin);
	return (double)passed.tv_sec + (double)passed.tv_nsec / 1e9;
}

int hold_parse(char const *text, struct timespec *duration)
{
	size_t whole = strcspn(text, "."), seconds;
	char digits[16] = "";
	long scale = 100000000;

	if (whole == 0 || whole >= sizeof(digits))
		return -1;
	memcpy(digits, text, whole);
	if (size_parse_number(digits, &seconds) != 0 || seconds > MAX_SECONDS)
		return -1;
	*duration = (struct timespec){.tv_sec = (time_t)seconds};
	if (text[whole] == '\0')
		return 0;
	text += whole + 1;
	if (*text == '\0')
		return -1;
	for (; isdigit((unsigned char)*text); text++, scale /= 10)
		duration->tv_nsec += (*text - '0') * scale;
	return (*text == '\0') ? 0 : -1;
}
