/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../base/sys.h"
#include "../dmabuf/heap.h"

#define MATCH_SIZE 80

struct owner {
	char user[40];
	char group[40];
};

static void name_owner(struct stat const *status, struct owner *owner)
{
	char buffer[1024];
	struct passwd user, *found_user = NULL;
	struct group group, *found_group = NULL;
	struct imxd_loader_stay stay;

	imxd_loader_enter(&stay);
	getpwuid_r(status->st_uid, &user, buffer, sizeof(buffer), &found_user);
	snprintf(owner->user, sizeof(owner->user), "%s", found_user ? user.pw_name : "");
	if (!found_user)
		snprintf(owner->user, sizeof(owner->user), "%u", (unsigned int)status->st_uid);
	getgrgid_r(status->st_gid, &group, buffer, sizeof(buffer), &found_group);
	snprintf(owner->group, sizeof(owner->group), "%s", found_group ? group.gr_name : "");
	if (!found_group)
		snprintf(owner->group, sizeof(owner->group), "%u", (unsigned int)status->st_gid);
	imxd_loader_leave(&stay);
}

/* The match of a udev rule for the node. Heap names differ between kernels, their subsystem does not. */
static void name_match(char const *path, char match[MATCH_SIZE])
{
	char const *slash = strrchr(path, '/');

	if (strncmp(path, IMXD_DMA_HEAP_DIRECTORY "/", sizeof(IMXD_DMA_HEAP_DIRECTORY)) == 0)
		snprintf(match, MATCH_SIZE, "SUBSYSTEM==\"dma_heap\"");
	else
		snprintf(match, MATCH_SIZE, "KERNEL==\"%s\"", slash ? slash + 1 : path);
}

static bool has(mode_t mode, mode_t wanted)
{
	return (mode & wanted) == wanted;
}

/* Decide as the kernel does: by the first of the three classes that match. wanted: as bits of others. */
static bool mode_permits(struct stat const *status, mode_t wanted)
{
	uid_t user = geteuid();

	if (user == status->st_uid)
		return has(status->st_mode, wanted << 6);
	return has(status->st_mode, imxd_sys_is_member(status->st_gid) ? wanted << 3 : wanted);
}

static int fail_access(char const *path, int flags, int code)
{
	mode_t wanted = ((flags & O_ACCMODE) == O_RDONLY) ? S_IROTH : S_IROTH | S_IWOTH;
	struct owner owner;
	struct stat status;
	char match[MATCH_SIZE];

	if (imxd_sys_stat(path, &status) < 0)
		return imxd_fail(code, "%s: this process may not open it (%s)", path, imxd_errno_text(code));
	name_owner(&status, &owner);
	/* The mode permits access: the refusal has another reason. */
	if (code == -EPERM || mode_permits(&status, wanted))
		return imxd_fail(code,
			"%s: this process may not open it (%s), although its mode is %04o: a container, a device cgroup "
			"(DeviceAllow= of the systemd unit) or a security module forbids it",
			path, imxd_errno_text(code), status.st_mode & 07777u);
	/* Group root would give far more than this memory, and a group without the permission nothing. */
	if (status.st_gid != 0 && has(status.st_mode, wanted << 3))
		return imxd_fail(code,
			"%s: this process may not open it (%s): owner %s, group %s, mode %04o; "
			"add the user to group %s and log in again",
			path, imxd_errno_text(code), owner.user, owner.group, status.st_mode & 07777u, owner.group);
	name_match(path, match);
	return imxd_fail(code,
		"%s: this process may not open it (%s): owner %s, group %s, mode %04o; "
		"a udev rule can give it to a group with mode 0660: %s, GROUP=\"video\", MODE=\"0660\"",
		path, imxd_errno_text(code), owner.user, owner.group, status.st_mode & 07777u, match);
}

int imxd_node_fail(char const *path, int flags, int code)
{
	switch (code) {
	case -EACCES:
	case -EPERM:
		return fail_access(path, flags, code);
	case -ENOENT:
	case -ENOTDIR:
	case -ENXIO:
	case -ENODEV:
		return imxd_fail(code, "%s: no such device (%s): the kernel or its device tree does not offer it", path,
			imxd_errno_text(code));
	case -ENOTTY:
		return imxd_fail(code, "%s: not a device (ENOTTY): a character device is needed", path);
	case -EMFILE:
	case -ENFILE:
		return imxd_fail(code, "%s: too many open files (%s): close descriptors, or raise the limit (ulimit -n)", path,
			imxd_errno_text(code));
	default:
		return imxd_fail(code, "%s: cannot be opened (%s)", path, imxd_errno_text(code));
	}
}

int imxd_node_open(char const *path, int flags)
{
	int fd = imxd_sys_open_node(path, flags);

	return (fd < 0) ? imxd_node_fail(path, flags, fd) : fd;
}
