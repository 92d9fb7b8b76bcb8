/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "survey.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "output.h"

/* PF_KTHREAD, include/linux/sched.h of Linux 6.1: a thread of the kernel has no descriptors. */
#define KERNEL_THREAD 0x00200000UL

/* The kernel's name of a DMA-BUF: since Linux 5.3, and before. */
#define PREFIX "/dmabuf:"
#define OLD_LINK "anon_inode:dmabuf"

/* Room for one more element. Doubles the array when its length is a power of two. Returns NULL without memory. */
static void *grow(void *array, size_t count, size_t size)
{
	return (count & (count - 1)) ? array : realloc(array, (count ? count * 2 : 1) * size);
}

/* Return the index of the buffer with this inode, or the number of buffers. */
static size_t find_index(struct survey const *survey, uint64_t inode)
{
	size_t i = 0;

	while (i < survey->count && survey->buffers[i].inode != inode)
		i++;
	return i;
}

/* Return the buffer with this inode, a new one if it is not known, or NULL without memory. */
static struct dmabuf *add_buffer(struct survey *survey, uint64_t inode)
{
	size_t index = find_index(survey, inode);
	struct dmabuf *buffers;

	if (index < survey->count)
		return &survey->buffers[index];
	buffers = grow(survey->buffers, survey->count, sizeof(*buffers));
	if (!buffers)
		return NULL;
	survey->buffers = buffers;
	buffers[survey->count] = (struct dmabuf){.inode = inode};
	return &buffers[survey->count++];
}

/* Return what the last process of the survey has of a buffer. */
static struct holder *add_holder(struct survey *survey, struct dmabuf *buffer)
{
	size_t process = survey->process_count - 1;
	struct holder *holders = buffer->holders;

	if (buffer->count > 0 && holders[buffer->count - 1].process == process)
		return &holders[buffer->count - 1];
	holders = grow(holders, buffer->count, sizeof(*holders));
	if (!holders)
		return NULL;
	buffer->holders = holders;
	holders[buffer->count] = (struct holder){.process = process};
	return &holders[buffer->count++];
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

/* Return the text behind a key of fdinfo, or NULL. */
static char const *find_value(char const *text, char const *key)
{
	size_t length = strlen(key);

	for (; text; text = strchr(text, '\n'), text = text ? text + 1 : NULL)
		if (strncmp(text, key, length) == 0)
			return text + length + strspn(text + length, " \t");
	return NULL;
}

/* A name may contain line breaks, but it comes last, so it cannot forge another line. */
static int read_descriptor(struct survey *survey, pid_t pid, char const *number, uint64_t inode)
{
	char text[1024];
	char const *exporter, *name, *size, *count, *ino;
	struct dmabuf *buffer;
	struct holder *holder;

	if (files_read(text, sizeof(text), "/proc/%d/fdinfo/%s", (int)pid, number) < 0)
		return 0;
	exporter = find_value(text, "exp_name:");
	ino = find_value(text, "ino:");
	if (!exporter)
		return 0;
	buffer = add_buffer(survey, ino ? strtoull(ino, NULL, 10) : inode);
	holder = buffer ? add_holder(survey, buffer) : NULL;
	if (!holder)
		return -1;
	holder->descriptors++;
	size = find_value(text, "size:");
	count = find_value(text, "count:");
	name = find_value(exporter, "name:");
	buffer->size = size ? strtoull(size, NULL, 10) : buffer->size;
	buffer->references = count ? strtoull(count, NULL, 10) : 0;
	copy_text(buffer->exporter, sizeof(buffer->exporter), exporter, false);
	copy_text(buffer->name, sizeof(buffer->name), name ? name : "", true);
	return 0;
}

static int read_descriptors(struct survey *survey, pid_t pid, DIR *directory)
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
		target[(length > 0) ? length : 0] = '\0';
		if (strcmp(target, OLD_LINK) == 0)
			survey->indistinct++;
		if (strncmp(target, PREFIX, sizeof(PREFIX) - 1) != 0)
			continue;
		/* fdinfo has the inode since Linux 5.14 only. */
		if (stat(path, &status) != 0)
			status.st_ino = 0;
		if (read_descriptor(survey, pid, entry->d_name, status.st_ino) != 0)
			return -1;
	}
	return 0;
}

static int read_mapping(struct survey *survey, char const *line)
{
	uint64_t begin, end, inode;
	struct dmabuf *buffer;
	struct holder *holder;
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s 00:%*s %" SCNu64 " %n", &begin, &end, &inode, &path) != 3 ||
		path == 0 || strncmp(line + path, PREFIX, sizeof(PREFIX) - 1) != 0)
		return 0;
	buffer = add_buffer(survey, inode);
	holder = buffer ? add_holder(survey, buffer) : NULL;
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

static int read_mappings(struct survey *survey, pid_t pid)
{
	char *text = files_read_all("/proc/%d/maps", (int)pid), *next;
	int result = 0;

	for (char *line = text; line && *line && result == 0; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		result = read_mapping(survey, line);
	}
	free(text);
	return result;
}

/* Add a process without buffers. Returns 0, or -1 without memory. */
static int add_process(struct survey *survey, pid_t pid)
{
	struct process *processes = grow(survey->processes, survey->process_count, sizeof(*processes));
	struct process *process;

	if (!processes)
		return -1;
	survey->processes = processes;
	process = &processes[survey->process_count++];
	*process = (struct process){.pid = pid};
	files_read(process->name, sizeof(process->name), "/proc/%d/comm", (int)pid);
	process->name[strcspn(process->name, "\n")] = '\0';
	output_printable(process->name);
	return 0;
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

static int read_process(struct survey *survey, pid_t pid)
{
	char path[FILES_PATH];
	DIR *directory;
	int result;

	if (files_path(path, "/proc/%d/fd", (int)pid) != 0)
		return -1;
	directory = opendir(path);
	if (!directory) {
		/* A process that has ended meanwhile is no gap. */
		if ((errno == EACCES || errno == EPERM) && !is_kernel_thread(pid))
			survey->unreadable++;
		return (errno == ENOMEM || errno == EMFILE || errno == ENFILE) ? -1 : 0;
	}
	result = add_process(survey, pid);
	if (result == 0)
		result = read_descriptors(survey, pid, directory);
	closedir(directory);
	return (result == 0) ? read_mappings(survey, pid) : result;
}

/* Count the buffers of each process. */
static void sum_up(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		for (size_t k = 0; k < survey->buffers[i].count; k++) {
			struct process *process = &survey->processes[survey->buffers[i].holders[k].process];

			process->buffers++;
			process->bytes += survey->buffers[i].size;
		}
	}
}

/* Option hidepid of a mount of /proc, see proc(5). */
static bool hides_processes(void)
{
	char *text = files_read_all("/proc/self/mounts");
	char const *found = text;
	bool hides = false;

	while (found && (found = strstr(found, "hidepid="))) {
		found += sizeof("hidepid=") - 1;
		hides |= *found != '0' && *found != 'o';
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
		larger = grow(larger, count, sizeof(*larger));
		if (!larger)
			return -1;
		*list = larger;
		larger[count++] = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	if (count > 0)
		qsort(*list, count, sizeof(**list), by_pid);
	return (ssize_t)count;
}

static int read_all(struct survey *survey)
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
		result = read_process(survey, list[i]);
	code = errno;
	free(list);
	errno = code;
	return (count < 0) ? -1 : result;
}

int survey_take(struct survey *survey, pid_t only)
{
	*survey = (struct survey){.hides = hides_processes()};
	if (only != 0 && !files_exist("/proc/%d", (int)only)) {
		errno = ESRCH;
		return -1;
	}
	if ((only != 0) ? read_process(survey, only) : read_all(survey)) {
		int code = errno;

		survey_free(survey);
		errno = code;
		return -1;
	}
	sum_up(survey);
	return 0;
}

void survey_free(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++)
		free(survey->buffers[i].holders);
	free(survey->buffers);
	free(survey->processes);
	*survey = (struct survey){0};
}

uint64_t survey_others(struct dmabuf const *buffer)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < buffer->count; i++)
		seen += buffer->holders[i].descriptors + buffer->holders[i].mappings;
	return (buffer->references > seen) ? buffer->references - seen : 0;
}

uint64_t survey_bytes(struct survey const *survey)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < survey->count; i++)
		sum += survey->buffers[i].size;
	return sum;
}

struct dmabuf const *survey_find(struct survey const *survey, uint64_t inode)
{
	size_t index = find_index(survey, inode);

	return (index < survey->count) ? &survey->buffers[index] : NULL;
}

/* Is this the first buffer of its exporter? */
static bool is_first(struct survey const *survey, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(survey->buffers[i].exporter, survey->buffers[index].exporter) == 0)
			return false;
	return true;
}

bool survey_exporter(struct survey const *survey, size_t *index, struct exporter *exporter)
{
	while (*index < survey->count && !is_first(survey, *index))
		(*index)++;
	if (*index >= survey->count)
		return false;
	*exporter = (struct exporter){.name = survey->buffers[*index].exporter};
	for (size_t i = (*index)++; i < survey->count; i++) {
		if (strcmp(survey->buffers[i].exporter, exporter->name) != 0)
			continue;
		exporter->bytes += survey->buffers[i].size;
		exporter->buffers++;
	}
	return true;
}
