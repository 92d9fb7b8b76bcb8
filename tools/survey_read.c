/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a survey from /proc. Programs choose the names of processes, buffers and files, and end while they are read.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "files.h"
#include "output.h"
#include "survey.h"

/* PF_KTHREAD, include/linux/sched.h of Linux 6.1: a thread of the kernel has no descriptors. */
#define KERNEL_THREAD 0x00200000UL

/* The kernel's name of a DMA-BUF: since Linux 5.3, and before. */
#define PREFIX "/dmabuf:"
#define OLD_LINK "anon_inode:dmabuf"

struct reader {
	struct survey *survey;
	/* The file system of the DMA-BUFs: any other file can have such a name. 0: no descriptor has shown it. */
	dev_t device;
};

static bool is_refused(int code)
{
	return code == EACCES || code == EPERM;
}

/* Copy a text up to a line break, or all of it, and replace what could harm a terminal. */
static void copy_text(char *to, size_t room, char const *text, bool all)
{
	size_t length = all ? strlen(text) : strcspn(text, "\n");

	while (all && length > 0 && text[length - 1] == '\n')
		length--;
	snprintf(to, room, "%.*s", (int)length, text);
	output_printable(to);
}

/* Return the text behind a key at the beginning of a line before `end`, or NULL. */
static char const *find_value(char const *text, char const *end, char const *key)
{
	size_t length = strlen(key);

	for (; text && text < end; text = strchr(text, '\n'), text = text ? text + 1 : NULL)
		if (strncmp(text, key, length) == 0)
			return text + length + strspn(text + length, " \t");
	return NULL;
}

static uint64_t number_of(char const *text, char const *end, char const *key)
{
	char const *value = find_value(text, end, key);

	return value ? strtoull(value, NULL, 10) : 0;
}

/* The exporter and the name come last: a name may contain line breaks, but it forges no value before them. */
static int read_descriptor(struct reader *reader, pid_t pid, char const *number, struct stat const *status)
{
	char text[1024];
	char const *exporter, *name, *end;
	size_t process = reader->survey->process_count - 1;
	struct dmabuf *buffer;
	struct holder *holder;
	uint64_t inode;

	if (files_read(text, sizeof(text), "/proc/%d/fdinfo/%s", (int)pid, number) < 0)
		return 0;
	exporter = find_value(text, text + strlen(text), "exp_name:");
	if (!exporter)
		return 0;
	reader->device = status->st_dev;
	/* fdinfo has the inode since Linux 5.14 only. */
	inode = number_of(text, exporter, "ino:");
	buffer = survey_add_buffer(reader->survey, inode ? inode : status->st_ino);
	holder = buffer ? survey_add_holder(buffer, process) : NULL;
	if (!holder)
		return -1;
	holder->descriptors++;
	buffer->size = number_of(text, exporter, "size:");
	buffer->references = number_of(text, exporter, "count:");
	end = strchr(exporter, '\n');
	name = end ? find_value(end + 1, text + strlen(text), "name:") : NULL;
	copy_text(buffer->exporter, sizeof(buffer->exporter), exporter, false);
	copy_text(buffer->name, sizeof(buffer->name), name ? name : "", true);
	return 0;
}

/* Returns 0, EACCES if the links cannot be read, or -1 without memory. */
static int read_descriptors(struct reader *reader, pid_t pid, DIR *directory)
{
	struct dirent const *entry;

	while ((entry = readdir(directory))) {
		char path[FILES_PATH], target[FILES_PATH];
		struct stat status = {.st_ino = 0};
		ssize_t length;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
			files_path(path, "/proc/%d/fd/%.20s", (int)pid, entry->d_name) != 0)
			continue;
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0 && is_refused(errno))
			return EACCES;
		target[(length > 0) ? length : 0] = '\0';
		if (strcmp(target, OLD_LINK) == 0)
			reader->survey->indistinct++;
		if (strncmp(target, PREFIX, sizeof(PREFIX) - 1) != 0)
			continue;
		if (stat(path, &status) != 0)
			memset(&status, 0, sizeof(status));
		if (read_descriptor(reader, pid, entry->d_name, &status) != 0)
			return -1;
	}
	return 0;
}

static int read_mapping(struct reader *reader, size_t process, char const *line)
{
	uint64_t begin, end, inode;
	unsigned int major, minor;
	struct dmabuf *buffer;
	struct holder *holder;
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %x:%x %" SCNu64 " %n", &begin, &end, &major, &minor, &inode,
			&path) != 5 ||
		path == 0 || strncmp(line + path, PREFIX, sizeof(PREFIX) - 1) != 0)
		return 0;
	if (reader->device != 0 && makedev(major, minor) != reader->device)
		return 0;
	buffer = survey_add_buffer(reader->survey, inode);
	holder = buffer ? survey_add_holder(buffer, process) : NULL;
	if (!holder)
		return -1;
	holder->mappings++;
	if (buffer->exporter[0] != '\0')
		return 0;
	/* No descriptor shows the size: it is that of the largest mapping, at least. */
	if (buffer->size < end - begin)
		buffer->size = end - begin;
	copy_text(buffer->name, sizeof(buffer->name), line + path + sizeof(PREFIX) - 1, false);
	return 0;
}

/* Read line by line: a program can have so many mappings that the text does not fit into memory. */
static int read_mappings(struct reader *reader, size_t process)
{
	char path[FILES_PATH], line[512];
	bool begins = true;
	FILE *stream = NULL;
	int result = 0;

	if (files_path(path, "/proc/%d/maps", (int)reader->survey->processes[process].pid) == 0)
		stream = fopen(path, "re");
	if (!stream)
		return (errno == ENOMEM || errno == EMFILE || errno == ENFILE) ? -1 : 0;
	while (result == 0 && fgets(line, sizeof(line), stream)) {
		/* A long path continues; only its beginning matters. */
		if (begins)
			result = read_mapping(reader, process, line);
		begins = strchr(line, '\n') != NULL;
	}
	fclose(stream);
	return result;
}

static bool is_kernel_thread(pid_t pid)
{
	char text[1024];
	char const *rest;
	unsigned long flags = 0;

	files_read(text, sizeof(text), "/proc/%d/stat", (int)pid);
	/* The name before the last bracket may contain anything. */
	rest = strrchr(text, ')');
	return rest && sscanf(rest, ") %*c %*d %*d %*d %*d %*d %lu", &flags) == 1 && (flags & KERNEL_THREAD);
}

static int add_process(struct reader *reader, pid_t pid)
{
	struct process process = {.pid = pid};

	files_read(process.name, sizeof(process.name), "/proc/%d/comm", (int)pid);
	process.name[strcspn(process.name, "\n")] = '\0';
	output_printable(process.name);
	return survey_add_process(reader->survey, &process);
}

static int read_process(struct reader *reader, pid_t pid)
{
	char path[FILES_PATH];
	DIR *directory;
	int result;

	if (files_path(path, "/proc/%d/fd", (int)pid) != 0)
		return -1;
	directory = opendir(path);
	if (!directory) {
		/* A process that has ended meanwhile is no gap. */
		if (is_refused(errno) && !is_kernel_thread(pid))
			reader->survey->unreadable++;
		return (errno == ENOMEM || errno == EMFILE || errno == ENFILE) ? -1 : 0;
	}
	result = add_process(reader, pid);
	if (result == 0)
		result = read_descriptors(reader, pid, directory);
	closedir(directory);
	/* In a container, root may see the numbers of descriptors, but nothing behind them. */
	reader->survey->unreadable += result == EACCES;
	return (result == EACCES) ? 0 : result;
}

/* Is this process in the group that hidepid= spares? */
static bool is_spared(char const *options)
{
	char const *found = strstr(options, ",gid=");
	gid_t groups[256], spared;
	int count;

	if (!found)
		return false;
	spared = (gid_t)strtoul(found + sizeof(",gid=") - 1, NULL, 10);
	count = getgroups(sizeof(groups) / sizeof(groups[0]), groups);
	for (int i = 0; i < count; i++)
		if (groups[i] == spared)
			return true;
	return getegid() == spared;
}

/* Option hidepid of the mount of /proc, see proc(5). */
static bool hides_processes(void)
{
	char *text = files_read_all("/proc/self/mounts"), *rest = NULL;
	bool hides = false;

	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
		char options[512], *found;

		/* The last mount covers earlier ones. */
		if (sscanf(line, "%*s /proc proc %511s", options) != 1)
			continue;
		found = strstr(options, "hidepid=");
		hides = found && found[8] != '0' && strncmp(found + 8, "off", 3) != 0 && !is_spared(options);
	}
	free(text);
	return hides && geteuid() != 0;
}

static int by_pid(void const *a, void const *b)
{
	pid_t one = *(pid_t const *)a, other = *(pid_t const *)b;

	return (one > other) - (one < other);
}

/* List the processes in the order of their numbers. Returns how many, or -1 with errno. */
static ssize_t list_processes(DIR *directory, pid_t **list)
{
	struct dirent const *entry;
	size_t count = 0;

	*list = NULL;
	while ((entry = readdir(directory))) {
		pid_t *larger = *list;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		/* Double the room at each power of two. */
		if ((count & (count - 1)) == 0)
			larger = realloc(larger, (count ? count * 2 : 1) * sizeof(*larger));
		if (!larger)
			return -1;
		*list = larger;
		larger[count++] = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	if (count > 0)
		qsort(*list, count, sizeof(**list), by_pid);
	return (ssize_t)count;
}

static int read_all(struct reader *reader)
{
	char path[FILES_PATH];
	DIR *directory = (files_path(path, "/proc") == 0) ? opendir(path) : NULL;
	pid_t *list;
	ssize_t count;
	int result = 0, code;

	if (!directory)
		return -1;
	count = list_processes(directory, &list);
	closedir(directory);
	for (ssize_t i = 0; i < count && result == 0; i++)
		result = read_process(reader, list[i]);
	code = errno;
	free(list);
	errno = code;
	return (count < 0) ? -1 : result;
}

/* Mappings come after all descriptors, which show the file system of the DMA-BUFs. */
static int read_everything(struct reader *reader, pid_t only)
{
	int result = (only != 0) ? read_process(reader, only) : read_all(reader);

	for (size_t i = 0; i < reader->survey->process_count && result == 0; i++)
		result = read_mappings(reader, i);
	return result;
}

int survey_take(struct survey *survey, pid_t only)
{
	struct reader reader = {.survey = survey};

	*survey = (struct survey){.hides = hides_processes()};
	if (only != 0 && !files_exist("/proc/%d", (int)only)) {
		errno = (errno == ENAMETOOLONG) ? ENAMETOOLONG : ESRCH;
		return -1;
	}
	if (read_everything(&reader, only) != 0) {
		int code = errno;

		survey_free(survey);
		errno = code;
		return -1;
	}
	survey_finish(survey);
	return 0;
}
