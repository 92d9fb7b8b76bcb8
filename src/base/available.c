/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "available.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "meminfo.h"
#include "sys.h"

#define PATH_SIZE 256

/* The files of a version of cgroups. */
struct version {
	char const *limit;
	char const *usage;
	/* A lower limit of a cgroup above, in memory.stat; or NULL. */
	char const *hierarchical;
	/* Memory that the kernel frees before it refuses more, in memory.stat. */
	char const *reclaimable[3];
};

static struct version const v1 = {"memory.limit_in_bytes", "memory.usage_in_bytes", "hierarchical_memory_limit",
	{"total_inactive_file", "total_active_file", NULL}};
static struct version const v2 = {
	"memory.max", "memory.current", NULL, {"inactive_file", "active_file", "slab_reclaimable"}};

static bool read_file(char const *directory, char const *file, char *text, size_t size)
{
	char path[PATH_SIZE + 32];

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	return imxd_sys_read_text(path, text, size) > 0;
}

/* Read a number. The word max is none. */
static bool read_number(char const *directory, char const *file, unsigned long long *value)
{
	char text[32];

	return read_file(directory, file, text, sizeof(text)) && sscanf(text, "%llu", value) == 1;
}

/* Find the line "key number". */
static unsigned long long find_number(char const *text, char const *key, unsigned long long missing)
{
	size_t length = strlen(key);
	unsigned long long value;

	for (char const *line = text; line; line = strchr(line, '\n')) {
		line += (*line == '\n');
		if (strncmp(line, key, length) == 0 && line[length] == ' ' && sscanf(line + length, "%llu", &value) == 1)
			return value;
	}
	return missing;
}

/* Subtract, but not below 0. */
static unsigned long long less(unsigned long long value, unsigned long long by)
{
	return (value > by) ? value - by : 0;
}

static void consider(struct imxd_available *available, char const *directory, struct version const *version)
{
	unsigned long long limit = ULLONG_MAX, usage, rest;
	char statistics[4096];

	statistics[0] = '\0';
	read_number(directory, version->limit, &limit);
	read_file(directory, "memory.stat", statistics, sizeof(statistics));
	if (version->hierarchical) {
		unsigned long long above = find_number(statistics, version->hierarchical, limit);

		limit = (above < limit) ? above : limit;
	}
	if (limit == ULLONG_MAX || !read_number(directory, version->usage, &usage))
		return;
	for (size_t i = 0; i < 3 && version->reclaimable[i]; i++)
		usage = less(usage, find_number(statistics, version->reclaimable[i], 0));
	rest = less(limit, usage);
	if (rest >= available->bytes)
		return;
	available->bytes = rest;
	snprintf(available->limit, sizeof(available->limit), "%s", directory);
}

/* Consider a cgroup and those above. A container may show a path outside of it: then the topmost one is its own. */
static void walk(struct imxd_available *available, char const *mount, char const *path, struct version const *version)
{
	char directory[PATH_SIZE];
	size_t top = strlen(mount);
	int length = snprintf(directory, sizeof(directory), "%s%s", mount, (strcmp(path, "/") == 0) ? "" : path);

	if ((size_t)length >= sizeof(directory))
		directory[top] = '\0';
	for (;;) {
		consider(available, directory, version);
		if (strlen(directory) <= top)
			return;
		*strrchr(directory, '/') = '\0';
	}
}

/* Does the list, separated by commas, have this word? */
static bool has_word(char const *list, char const *word)
{
	size_t length = strlen(word);

	for (; list; list = strchr(list, ',')) {
		list += (*list == ',');
		if (strncmp(list, word, length) == 0 && (list[length] == ',' || list[length] == '\0'))
			return true;
	}
	return false;
}

/* A line of /proc/self/cgroup: number, controllers and path, separated by colons. Version 2 has no controllers. */
static void read_line(struct imxd_available *available, char *line)
{
	char *controllers = strchr(line, ':'), *path;

	path = controllers ? strchr(++controllers, ':') : NULL;
	if (!path)
		return;
	*path++ = '\0';
	if (controllers[0] == '\0') {
		walk(available, "/sys/fs/cgroup", path, &v2);
		walk(available, "/sys/fs/cgroup/unified", path, &v2);
	} else if (has_word(controllers, "memory")) {
		walk(available, "/sys/fs/cgroup/memory", path, &v1);
	}
}

void imxd_available(struct imxd_available *available)
{
	long long kilobytes = imxd_meminfo("MemAvailable");
	char text[8192], *line = text, *end;

	available->bytes = (kilobytes < 0) ? ULLONG_MAX : (unsigned long long)kilobytes * 1024;
	snprintf(available->limit, sizeof(available->limit), "MemAvailable");
	if (imxd_sys_read_text("/proc/self/cgroup", text, sizeof(text)) < 0)
		return;
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		read_line(available, line);
		line = end + 1;
	}
}

void imxd_shortage_text(size_t size, char *text, size_t room)
{
	long long total = imxd_meminfo("CmaTotal"), free = imxd_meminfo("CmaFree");

	text[0] = '\0';
	if (total >= 0 && free >= 0)
		snprintf(text, room, ": CmaTotal %lld kB, CmaFree %lld kB%s", total, free,
			((unsigned long long)free * 1024 >= size) ? ", but not that much in one piece" : "");
}
