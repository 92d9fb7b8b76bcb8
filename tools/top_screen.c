/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The refreshed screen of imxdmabuffer top, with escape sequences that all terminals of Linux know (ECMA-48, and the
 * second screen of xterm).
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "output.h"
#include "top.h"

#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define REFRESH_MS 1000

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static void wake(int signal)
{
	(void)signal;
}

/* Write the text from the top left corner, without what does not fit the screen. */
static void draw(char const *text, int columns, int rows)
{
	char const *last;

	fputs("\033[H", stdout);
	for (int row = 0; row < rows - 1 && *text; row++) {
		size_t length = strcspn(text, "\n");

		/* Clear the rest of the line: no flicker, as clearing the whole screen has. */
		printf("%.*s\033[K\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
	last = *text ? "q: quit; more with --once" : "q: quit";
	printf("%.*s\033[K\033[J", columns - 1, last);
	fflush(stdout);
}

/* Returns 0, or -1 with errno. */
static int show(struct survey const *survey)
{
	struct winsize window = {.ws_row = 0};
	char *text = NULL;
	size_t length = 0;
	FILE *stream;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0)
		window = (struct winsize){.ws_row = 24, .ws_col = 80};
	stream = open_memstream(&text, &length);
	if (stream) {
		top_print(survey, stream, window.ws_col - 1);
		fclose(stream);
		draw(text, window.ws_col, window.ws_row);
		free(text);
	}
	return stream ? 0 : -1;
}

/* Wait for a second, a key or a signal. Returns true for q, or if the terminal is gone. */
static bool wants_end(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char key = '\0';

	if (poll(&input, 1, REFRESH_MS) <= 0)
		return false;
	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q';
}

/* Without SA_RESTART, so that signals end poll(). */
static void catch_signals(void)
{
	static int const numbers[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
	struct sigaction ending = {.sa_handler = end}, waking = {.sa_handler = wake};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &ending, NULL);
	/* A new size of the window is shown at once. */
	sigaction(SIGWINCH, &waking, NULL);
}

int top_watch(int (*take)(void *context, struct survey *survey), void *context)
{
	struct termios before, raw;
	int code = 0, saved;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return -1;
	catch_signals();
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	/* The screen could not be restored before a stop. */
	raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs(ENTER, stdout);
	while (!ended && code == 0 && !ferror(stdout)) {
		struct survey survey;

		code = take(context, &survey);
		if (code != 0)
			break;
		code = show(&survey);
		survey_free(&survey);
		if (code == 0 && wants_end())
			break;
	}
	saved = errno;
	fputs(LEAVE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	errno = saved;
	return code;
}
