/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The nodes of DMA-BUF heaps, and udev's rules for them. The nodes are those of this process, because it opens them.
 */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "doctor.h"
#include "files.h"
#include "listing.h"
#include "output.h"

#define HEAPS "/dev/dma_heap"
#define MAX_HEAPS 16

struct heaps {
	char names[MAX_HEAPS][64];
	size_t count;
};

/* What udev's rules say about heaps. */
struct rules {
	/* The last rule for heaps; "": there is none. */
	char last[FILES_PATH];
	bool matches;
};

static void add_heap(struct report *report, char const *name)
{
	char path[128];
	struct owner owner;
	struct stat status;

	snprintf(path, sizeof(path), HEAPS "/%.64s", name);
	listing_owner(path, &owner);
	if (stat(path, &status) != 0)
		return;
	doctor_fact(report, "heaps", "%s, %s:%s, mode %s%s", path, owner.user, owner.group, owner.mode,
		(getxattr(path, "system.posix_acl_access", NULL, 0) > 0) ? ", with an access control list" : "");
	/* Opening for reading is enough to allocate. */
	if (status.st_mode & (S_IROTH | S_IWOTH))
		doctor_finding(report, DOCTOR_WORLD, "%s has mode %s", path, owner.mode);
}

static void look_at_nodes(struct report *report, struct heaps *heaps)
{
	struct dirent const *entry;
	DIR *directory = opendir(HEAPS);

	if (!directory) {
		doctor_fact(report, "heaps", HEAPS ": %s", strerror(errno));
		return;
	}
	while ((entry = readdir(directory)) && heaps->count < MAX_HEAPS) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(heaps->names[heaps->count], sizeof(heaps->names[0]), "%.63s", entry->d_name);
		output_printable(heaps->names[heaps->count]);
		add_heap(report, heaps->names[heaps->count++]);
	}
	closedir(directory);
	if (heaps->count == 0)
		doctor_fact(report, "heaps", HEAPS " is empty");
}

/* Does one of udev's patterns, separated by "|", match? */
static bool matches(char const *patterns, char const *text)
{
	char copy[512], *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", patterns);
	for (char *one = strtok_r(copy, "|", &rest); one; one = strtok_r(NULL, "|", &rest))
		if (fnmatch(one, text, 0) == 0)
			return true;
	return false;
}

/* Find KEY=="VALUE" or KEY!="VALUE" in a rule. Returns the operator's first character, or 0 if the key is not there. */
static char find_key(char const *rule, char const *key, char value[256])
{
	size_t length = strlen(key);

	for (char const *found = strstr(rule, key); found; found = strstr(found + 1, key)) {
		char const *rest = found + length;

		/* SUBSYSTEM is also the end of SUBSYSTEMS, KERNEL that of KERNELS. */
		if ((found != rule && !strchr(", \t", found[-1])) || (rest[0] != '=' && rest[0] != '!') || rest[1] != '=' ||
			rest[2] != '"')
			continue;
		snprintf(value, 256, "%.*s", (int)strcspn(rest + 3, "\""), rest + 3);
		return rest[0];
	}
	return '\0';
}

/* Heaps of scattered, fixed, secure or protected memory are not what rules must match, see 60-imxdmabuffer.rules. */
static bool is_wanted(char const *name)
{
	static char const *const others[] = {"system", "secure", "protected", "dsp"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(name, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

static void judge_rule(char const *rule, char const *path, struct heaps const *heaps, struct rules *rules)
{
	char subsystem[256], kernel[256];
	char sign;

	if (find_key(rule, "SUBSYSTEM", subsystem) != '=' || !matches(subsystem, "dma_heap"))
		return;
	snprintf(rules->last, sizeof(rules->last), "%s: %.400s", path, rule);
	sign = find_key(rule, "KERNEL", kernel);
	for (size_t i = 0; i < heaps->count; i++)
		if (is_wanted(heaps->names[i]) && (sign == '\0' || (sign == '=') == matches(kernel, heaps->names[i])))
			rules->matches = true;
}

static void read_rules(char const *directory, char const *name, struct heaps const *heaps, struct rules *rules)
{
	char path[512], *rest = NULL, *text = files_read_all("%s/%.200s", directory, name);

	snprintf(path, sizeof(path), "%s/%.200s", directory, name);
	/* A backslash continues a line. */
	for (char *found = text; found && (found = strstr(found, "\\\n"));)
		found[0] = found[1] = ' ';
	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " \t");
		if (line[0] != '#')
			judge_rule(line, path, heaps, rules);
	}
	free(text);
}

/* The directories of udev, the first one first: a file hides those of the same name in later ones. */
static char const *const directories[] = {"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
	"/usr/lib/udev/rules.d", "/lib/udev/rules.d"};

static bool is_hidden(size_t directory, char const *name)
{
	for (size_t i = 0; i < directory; i++)
		if (files_exist("%s/%.200s", directories[i], name))
			return true;
	return false;
}

static int is_rules_file(struct dirent const *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 6 && strcmp(entry->d_name + length - 6, ".rules") == 0;
}

static void read_directory(size_t directory, struct heaps const *heaps, struct rules *rules)
{
	char path[FILES_PATH];
	struct dirent **entries = NULL;
	int count = -1;

	if (files_path(path, "%s", directories[directory]) == 0)
		count = scandir(path, &entries, is_rules_file, alphasort);
	for (int i = 0; i < count; i++) {
		if (!is_hidden(directory, entries[i]->d_name))
			read_rules(directories[directory], entries[i]->d_name, heaps, rules);
		free(entries[i]);
	}
	free(entries);
}

static void look_at_rules(struct report *report, struct heaps const *heaps)
{
	static struct rules rules;
	bool wanted = false;

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		read_directory(i, heaps, &rules);
	for (size_t i = 0; i < heaps->count; i++)
		wanted |= is_wanted(heaps->names[i]);
	output_printable(rules.last);
	if (wanted && rules.last[0] != '\0' && !rules.matches)
		doctor_finding(report, DOCTOR_UDEV_RULE, "%s", rules.last);
}

void doctor_look_at_heaps(struct report *report)
{
	struct heaps heaps = {.count = 0};

	look_at_nodes(report, &heaps);
	look_at_rules(report, &heaps);
}
