/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration of the kernel. /proc/config.gz is there if the kernel has CONFIG_IKCONFIG_PROC.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor.h"
#include "files.h"

/* The options without which there is no contiguous DMA-BUF heap. */
static char const *const needed[] = {"CONFIG_DMABUF_HEAPS", "CONFIG_DMABUF_HEAPS_CMA", "CONFIG_CMA", "CONFIG_DMA_CMA"};

#define NEEDED (sizeof(needed) / sizeof(needed[0]))

/* Start gzip, which every system has, to decompress a file into a pipe. Returns its process, or -1. */
static pid_t start_gzip(int file, int pipe_end)
{
	static char gzip[] = "gzip", decompress[] = "-dc";
	char *const arguments[] = {gzip, decompress, NULL};
	/* What is preloaded into this program is not for gzip. */
	char *const no_variables[] = {NULL};
	posix_spawn_file_actions_t actions;
	pid_t process;
	int code;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	posix_spawn_file_actions_adddup2(&actions, file, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipe_end, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	code = posix_spawnp(&process, gzip, &actions, NULL, arguments, no_variables);
	posix_spawn_file_actions_destroy(&actions);
	return (code == 0) ? process : -1;
}

/* Find which of the needed options are set. Returns the number of lines. */
static size_t read_lines(int fd, bool is_set[NEEDED])
{
	FILE *stream = fdopen(fd, "r");
	size_t lines = 0;
	char line[256];

	if (!stream) {
		close(fd);
		return 0;
	}
	for (; fgets(line, sizeof(line), stream); lines++) {
		for (size_t i = 0; i < NEEDED; i++) {
			size_t length = strlen(needed[i]);

			is_set[i] |= strncmp(line, needed[i], length) == 0 && line[length] == '=' && line[length + 1] != 'n';
		}
	}
	fclose(stream);
	return lines;
}

static int open_configuration(void)
{
	char path[FILES_PATH];
	struct stat status;
	int file = -1;

	if (files_path(path, "/proc/config.gz") == 0)
		file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file < 0 || (fstat(file, &status) == 0 && S_ISREG(status.st_mode)))
		return file;
	close(file);
	return -1;
}

/* Returns false if the file is not there or cannot be read. */
static bool read_configuration(bool is_set[NEEDED])
{
	int ends[2], status = -1, file = open_configuration();
	pid_t process;
	size_t lines;

	if (file < 0)
		return false;
	/* The parent may have ignored it: the status of gzip would be lost. */
	signal(SIGCHLD, SIG_DFL);
	if (pipe2(ends, O_CLOEXEC) != 0) {
		close(file);
		return false;
	}
	process = start_gzip(file, ends[1]);
	close(file);
	close(ends[1]);
	lines = read_lines(ends[0], is_set);
	return process > 0 && waitpid(process, &status, 0) == process && status == 0 && lines > 0;
}

void doctor_look_at_configuration(struct report *report)
{
	bool is_set[NEEDED] = {false};
	char missing[160] = "";

	if (!read_configuration(is_set)) {
		doctor_gap(report, "the kernel's configuration: /proc/config.gz is not there, or gzip cannot read it");
		return;
	}
	for (size_t i = 0; i < NEEDED; i++) {
		size_t used = strlen(missing);

		if (!is_set[i])
			snprintf(missing + used, sizeof(missing) - used, "%s%s", used ? ", " : "", needed[i]);
	}
	/* Another mechanism serves boards without heaps. */
	if (missing[0] != '\0' && !report->has_default)
		doctor_finding(report, DOCTOR_KERNEL_CONFIG, "/proc/config.gz: not set: %s", missing);
}
