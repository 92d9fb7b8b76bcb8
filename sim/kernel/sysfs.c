/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/directory.h"
#include "kernel/node.h"
#include "kernel/parse.h"
#include "kernel/real.h"

static bool has_files;

static bool begins(char const *path, char const *part)
{
	size_t length = strlen(part);

	return strncmp(path, part, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool sim_sysfs_covers(char const *path)
{
	return begins(path, SIM_DEVICE_TREE) || begins(path, SIM_IOMMU_GROUPS);
}

/* Make the directories of a private path, whose first `known` bytes are there. */
static bool make_directories(char *path, size_t known)
{
	for (char *slash = strchr(path + known + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		bool made;

		*slash = '\0';
		made = sim_directory_make(path);
		*slash = '/';
		if (!made)
			return false;
	}
	return true;
}

bool sim_sysfs_add(char const *path, char const *text)
{
	char actual[PATH_MAX];
	bool written;
	int fd;

	if (!sim_own_directory())
		return false;
	has_files = true;
	sim_private_path(path, actual, sizeof(actual));
	if (!make_directories(actual, strlen(actual) - strlen(path)))
		return sim_complain("%s: %s", path, strerror(errno));
	fd = real()->open(actual, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	written = fd >= 0 && real()->write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		real()->close(fd);
	return written || sim_complain("%s: %s", path, strerror(errno));
}

void sim_sysfs_reset(void)
{
	if (has_files && sim_directory_is_own())
		sim_directory_remove_below("/sys");
	has_files = false;
}
