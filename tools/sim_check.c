/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim_check.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "output.h"
#include "sim_report.h"
#include "sim_run.h"

static volatile sig_atomic_t program;

/* Signals from a terminal reach the program by themselves. */
static void pass_on(int signal)
{
	if (program > 0)
		kill(program, signal);
}

static void watch_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, pass = {.sa_handler = pass_on, .sa_flags = SA_RESTART};

	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGQUIT, &ignore, NULL);
	sigaction(SIGTERM, &pass, NULL);
	sigaction(SIGHUP, &pass, NULL);
}

/* Returns the exit code of the program, or -1 after an error line. */
static int run(char const *path, char **arguments)
{
	int status;
	pid_t process;
	sigset_t all, mask;

	/* The parent may have ignored it: the status would be lost. */
	signal(SIGCHLD, SIG_DFL);
	/* No signal is lost before it can be passed on. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	process = fork();
	if (process == 0) {
		sigprocmask(SIG_SETMASK, &mask, NULL);
		_exit(sim_become(path, arguments));
	}
	if (process < 0) {
		sigprocmask(SIG_SETMASK, &mask, NULL);
		output_fail(EXIT_FAILED, "no process for the program: %s", strerror(errno));
		return -1;
	}
	program = process;
	watch_signals();
	sigprocmask(SIG_SETMASK, &mask, NULL);
	while (waitpid(process, &status, 0) < 0)
		if (errno != EINTR) {
			output_fail(EXIT_FAILED, "the program cannot be waited for: %s", strerror(errno));
			return -1;
		}
	program = 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int write_report(json_object *report, char const *file)
{
	char const *text = json_object_to_json_string_ext(report, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	return files_replace(file, text, strlen(text));
}

static int report(char const *lines, int code, char const *file)
{
	json_object *document = sim_report_read(lines);
	int written = EXIT_DONE;

	if (!document)
		return EXIT_FAILED;
	json_object_object_add(document, "exit_code", json_object_new_int(code));
	sim_report_print(document);
	if (file)
		written = write_report(document, file);
	if (sim_report_findings(document) > 0)
		code = SIM_EXIT_FINDINGS;
	else if (written != EXIT_DONE)
		code = written;
	json_object_put(document);
	return code;
}

/* Returns EXIT_DONE, or EXIT_FAILED after an error line: before the program runs, not afterwards. */
static int check_file(char const *file)
{
	char path[FILES_PATH];
	struct stat status;

	if (stat(file, &status) == 0 && S_ISDIR(status.st_mode))
		return output_fail(EXIT_FAILED, "%s: the report cannot be written: %s", file, strerror(EISDIR));
	snprintf(path, sizeof(path), "%s", file);
	if (access(dirname(path), W_OK | X_OK) != 0)
		return output_fail(EXIT_FAILED, "%s: the report cannot be written: %s", file, strerror(errno));
	return EXIT_DONE;
}

/* Make the file to which the processes add what they find, also with another user or directory. */
static int make_lines(char lines[FILES_PATH])
{
	char const *directory = getenv("TMPDIR");
	char *whole;
	int fd;

	if (!directory || directory[0] == '\0')
		directory = "/tmp";
	whole = realpath(directory, NULL);
	snprintf(lines, FILES_PATH, "%.4000s/imxdmabuffer-sim-XXXXXX", whole ? whole : directory);
	free(whole);
	fd = mkstemp(lines);
	if (fd < 0)
		return output_fail(EXIT_FAILED, "%s: no file for the report: %s", lines, strerror(errno));
	fchmod(fd, 0622);
	close(fd);
	return EXIT_DONE;
}

int sim_check(char const *path, char **arguments, bool trace, char const *file)
{
	char lines[FILES_PATH];
	int code = file ? check_file(file) : EXIT_DONE;

	if (code == EXIT_DONE)
		code = make_lines(lines);
	if (code != EXIT_DONE)
		return code;
	code = sim_set("IMXDMABUFFER_SIM_REPORT", lines);
	if (code == EXIT_DONE && trace)
		code = sim_set("IMXDMABUFFER_SIM_TRACE", "1");
	if (code == EXIT_DONE) {
		code = run(path, arguments);
		code = (code < 0) ? EXIT_FAILED : report(lines, code, file);
	}
	unlink(lines);
	return code;
}
