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
static void draw(char const *text, int rows)
{
	fputs("\033[H", stdout);
	for (int row = 0; row < rows - 1 && *text; row++) {
		size_t length = strcspn(text, "\n");

		/* Clear the rest of the line: no flicker, as clearing the whole screen has. */
		printf("%.*s\033[K\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
	fputs(*text ? "... more with --once; q: quit\033[K\033[J" : "q: quit\033[K\033[J", stdout);
	fflush(stdout);
}

static int refresh(int (*take)(void *context, struct survey *survey), void *context)
{
	struct winsize window = {.ws_row = 0};
	struct survey survey;
	char *text = NULL;
	size_t length = 0;
	FILE *stream;
	int code = take(context, &survey);

	if (code != EXIT_DONE)
		return code;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0)
		window = (struct winsize){.ws_row = 24, .ws_col = 80};
	stream = open_memstream(&text, &length);
	if (stream) {
		top_print(&survey, stream, window.ws_col - 1);
		fclose(stream);
		draw(text, window.ws_row);
		free(text);
	}
	survey_free(&survey);
	return stream ? EXIT_DONE : output_fail(EXIT_FAILED, "out of memory for the screen");
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

int top_watch(int (*take)(void *context, struct survey *survey), void *context)
{
	/* Without SA_RESTART, so that signals end poll(). */
	struct sigaction ending = {.sa_handler = end}, waking = {.sa_handler = wake};
	struct termios before, raw;
	int code = EXIT_DONE;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return output_fail(EXIT_FAILED, "the terminal has no settings: %s", strerror(errno));
	sigaction(SIGINT, &ending, NULL);
	sigaction(SIGTERM, &ending, NULL);
	sigaction(SIGHUP, &ending, NULL);
	/* A new size of the window is shown at once. */
	sigaction(SIGWINCH, &waking, NULL);
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	/* The screen could not be restored before a stop. */
	raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs(ENTER, stdout);
	while (!ended && code == EXIT_DONE) {
		code = refresh(take, context);
		if (code == EXIT_DONE && (ferror(stdout) || wants_end()))
			break;
	}
	fputs(LEAVE, stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return (code == EXIT_DONE) ? output_flush() : code;
}
