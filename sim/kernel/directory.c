/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The name of the private directory contains the process ID, so that the next process can remove the directory of a
 * killed one.
 */
#include "kernel/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/parse.h"
#include "kernel/real.h"

#define PREFIX "imxdmabuffer-sim-"
#define BLOCK "block-"
/* Of subdirectories: devices of a group of IOMMUs in /sys. */
#define DEPTH 8

/* The parent of all private paths before there is a directory. It does not exist. */
#define NO_DIRECTORY "/proc/self/no-simulated-device"

static char directory[SIM_DIRECTORY_SIZE];
static uint64_t directory_device;
static pid_t directory_owner;

bool sim_directory_is_own(void)
{
	return directory[0] != '\0' && directory_owner == getpid();
}

bool sim_directory_is_device(uint64_t dev)
{
	return directory[0] != '\0' && dev == directory_device;
}

void sim_private_path(char const *path, char *result, size_t size)
{
	snprintf(result, size, "%s%s", directory[0] ? directory : NO_DIRECTORY, path);
}

bool sim_public_path(char const *path, char *result, size_t size)
{
	size_t length = strlen(directory);

	if (length == 0 || strncmp(path, directory, length) != 0 || path[length] != '/')
		return false;
	snprintf(result, size, "%s", path + length);
	return true;
}

/* A program that changes its user must still have access. */
bool sim_directory_make(char const *path)
{
	return (mkdir(path, 0755) == 0 || errno == EEXIST) && chmod(path, 0755) == 0;
}

/* A process ID is valid in its PID name space only. */
static unsigned long get_name_space(void)
{
	struct stat status;

	return (real()->fstatat64(AT_FDCWD, "/proc/self/ns/pid", &status, 0) < 0) ? 0 : (unsigned long)status.st_ino;
}

/* Remove a directory with its subdirectories, down to the files. */
static void remove_tree(char const *path, int depth)
{
	DIR *tree = (depth > 0) ? real()->opendir(path) : NULL;
	struct dirent64 *entry;

	while (tree && (entry = real()->readdir64(tree))) {
		char below[PATH_MAX];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) < (int)sizeof(below) && unlink(below) < 0)
			remove_tree(below, depth - 1);
	}
	if (tree)
		closedir(tree);
	rmdir(path);
}

static void remove_stale(char const *parent, unsigned long name_space)
{
	DIR *list = real()->opendir(parent);
	struct dirent64 *entry;

	while (list && (entry = real()->readdir64(list))) {
		unsigned long space;
		int process;
		char path[PATH_MAX];

		if (sscanf(entry->d_name, PREFIX "%lu-%d-", &space, &process) != 2 || space != name_space)
			continue;
		/* A directory with this process's own ID is from before an exec. */
		if (process != getpid() && (kill(process, 0) == 0 || errno != ESRCH))
			continue;
		snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name);
		remove_tree(path, DEPTH);
	}
	if (list)
		closedir(list);
}

int sim_directory_make_file(char *path, size_t size)
{
	int fd = -1;

	if (snprintf(path, size, "%s/" BLOCK "XXXXXX", directory) < (int)size)
		fd = mkostemp(path, O_CLOEXEC);
	return fd;
}

bool sim_directory_is_block(char const *path)
{
	char const *own = strstr(path, "/" PREFIX), *block = own ? strchr(own + 1, '/') : NULL;

	return block && strncmp(block + 1, BLOCK, strlen(BLOCK)) == 0;
}

static bool populate(void)
{
	char path[sizeof(directory) + 8];
	struct stat status;

	snprintf(path, sizeof(path), "%s/dev", directory);
	if (!sim_directory_make(directory) || !sim_directory_make(path) ||
		real()->fstatat64(AT_FDCWD, directory, &status, 0) < 0)
		return sim_complain("%s: %s", directory, strerror(errno));
	directory_device = status.st_dev;
	return true;
}

bool sim_directory_create(char *old_directory)
{
	char const *parent = getenv("TMPDIR");
	unsigned long name_space = get_name_space();

	memcpy(old_directory, directory, sizeof(directory));
	if (!parent || parent[0] != '/' || strlen(parent) > sizeof(directory) / 2)
		parent = "/tmp";
	remove_stale(parent, name_space);
	snprintf(directory, sizeof(directory), "%s/" PREFIX "%lu-%d-XXXXXX", parent, name_space, (int)getpid());
	directory_owner = getpid();
	if (mkdtemp(directory))
		return populate();
	directory[0] = '\0';
	return sim_complain("cannot make a private directory in %s: %s", parent, strerror(errno));
}

void sim_directory_remove(void)
{
	remove_tree(directory, DEPTH);
	directory[0] = '\0';
}

void sim_directory_remove_below(char const *path)
{
	char actual[PATH_MAX];

	sim_private_path(path, actual, sizeof(actual));
	remove_tree(actual, DEPTH);
}
