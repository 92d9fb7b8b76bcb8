/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "access.h"

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

#define NAME_SIZE 40
#define PATH_SIZE 256

/* The owner, mode and access control list of a file. */
struct access {
	struct stat status;
	/* The access control list. Without one, count is 0. */
	struct imxd_sys_acl_entry list[32];
	size_t count;
};

static void name_user(uid_t id, char name[NAME_SIZE])
{
	char buffer[1024];
	struct imxd_loader_stay stay;
	struct passwd user, *found = NULL;

	imxd_loader_enter(&stay);
	getpwuid_r(id, &user, buffer, sizeof(buffer), &found);
	imxd_loader_leave(&stay);
	snprintf(name, NAME_SIZE, "%s", found ? user.pw_name : "");
	if (!found)
		snprintf(name, NAME_SIZE, "%u", (unsigned int)id);
}

static void name_group(gid_t id, char name[NAME_SIZE])
{
	char buffer[1024];
	struct imxd_loader_stay stay;
	struct group group, *found = NULL;

	imxd_loader_enter(&stay);
	getgrgid_r(id, &group, buffer, sizeof(buffer), &found);
	imxd_loader_leave(&stay);
	snprintf(name, NAME_SIZE, "%s", found ? group.gr_name : "");
	if (!found)
		snprintf(name, NAME_SIZE, "%u", (unsigned int)id);
}

static bool read_access(char const *path, struct access *access)
{
	int count;

	if (imxd_sys_stat(path, &access->status) < 0)
		return false;
	count = imxd_sys_get_acl(path, access->list, sizeof(access->list) / sizeof(access->list[0]));
	access->count = (count > 0) ? (size_t)count : 0;
	return true;
}

/* Return the permissions of the first entry with this tag, or `missing`. */
static unsigned int find_entry(struct access const *access, unsigned int tag, unsigned int missing)
{
	for (size_t i = 0; i < access->count; i++)
		if (access->list[i].tag == tag)
			return access->list[i].permissions;
	return missing;
}

/* The permissions of the file's group. With an access control list, these bits of the mode are the mask of groups. */
static unsigned int group_permissions(struct access const *access)
{
	unsigned int bits = (access->status.st_mode >> 3) & 7;

	return find_entry(access, IMXD_SYS_ACL_GROUP_OWNER, bits) & find_entry(access, IMXD_SYS_ACL_MASK, bits);
}

/* Permissions of an entry for a user or a group by number. */
static unsigned int masked(struct access const *access, struct imxd_sys_acl_entry const *entry)
{
	return entry->permissions & find_entry(access, IMXD_SYS_ACL_MASK, 7);
}

/* Find the entry for this process's user. */
static struct imxd_sys_acl_entry const *find_user(struct access const *access)
{
	for (size_t i = 0; i < access->count; i++)
		if (access->list[i].tag == IMXD_SYS_ACL_USER && access->list[i].id == geteuid())
			return &access->list[i];
	return NULL;
}

static bool has(unsigned int permissions, unsigned int wanted)
{
	return (permissions & wanted) == wanted;
}

/* Decide as the kernel does: owner, user, any of the groups, others (Linux 6.1, fs/posix_acl.c). */
static bool permits(struct access const *access, unsigned int wanted)
{
	struct imxd_sys_acl_entry const *user = find_user(access);
	bool is_member = imxd_sys_is_member(access->status.st_gid);

	if (geteuid() == access->status.st_uid)
		return has((access->status.st_mode >> 6) & 7, wanted);
	if (user)
		return has(masked(access, user), wanted);
	if (is_member && has(group_permissions(access), wanted))
		return true;
	for (size_t i = 0; i < access->count; i++) {
		struct imxd_sys_acl_entry const *entry = &access->list[i];

		if (entry->tag != IMXD_SYS_ACL_GROUP || !imxd_sys_is_member(entry->id))
			continue;
		if (has(masked(access, entry), wanted))
			return true;
		is_member = true;
	}
	return !is_member && has(access->status.st_mode & 7, wanted);
}

/* Find a group that has the permission. Group root would give far more than this memory. */
static bool find_group(struct access const *access, unsigned int wanted, gid_t *group)
{
	*group = access->status.st_gid;
	if (*group != 0 && has(group_permissions(access), wanted))
		return true;
	for (size_t i = 0; i < access->count; i++) {
		*group = access->list[i].id;
		if (access->list[i].tag == IMXD_SYS_ACL_GROUP && *group != 0 && has(masked(access, &access->list[i]), wanted))
			return true;
	}
	return false;
}

/* "owner root, group video, mode 0660", and the words for a list. */
static void describe(struct access const *access, char *text, size_t size)
{
	char owner[NAME_SIZE], group[NAME_SIZE];

	name_user(access->status.st_uid, owner);
	name_group(access->status.st_gid, group);
	snprintf(text, size, "owner %s, group %s, mode %04o%s", owner, group, access->status.st_mode & 07777u,
		access->count ? " with an access control list" : "");
}

/* The path cannot be looked at: find the directory that cannot be searched, the last one that can be seen. */
static int fail_directory(char const *path, int code)
{
	char directory[PATH_SIZE], details[160];
	struct access access;
	bool is_read = false;
	char *slash;

	snprintf(directory, sizeof(directory), "%s", path);
	while (!is_read && directory[1] != '\0' && (slash = strrchr(directory, '/'))) {
		slash[slash == directory] = '\0';
		is_read = read_access(directory, &access);
	}
	/* The directory is open: a symbolic link leads into a closed one, or something else refuses. */
	if (!is_read || strlen(path) >= sizeof(directory) || permits(&access, 1))
		return imxd_fail(code,
			"%s: this process may not look at it (%s): a closed directory behind a symbolic link, a filter of system "
			"calls or a security module forbids it",
			path, imxd_errno_text(code));
	describe(&access, details, sizeof(details));
	return imxd_fail(code,
		"%s: this process may not search the directory %s (%s): %s; it needs the permission x for it", path, directory,
		imxd_errno_text(code), details);
}

/* The match of a udev rule for the node. Heap names differ between kernels, their subsystem does not. */
static int fail_without_group(char const *path, int code, char const *details)
{
	char const *slash = strrchr(path, '/');

	if (strncmp(path, IMXD_DMA_HEAP_DIRECTORY "/", sizeof(IMXD_DMA_HEAP_DIRECTORY)) == 0)
		return imxd_fail(code,
			"%s: this process may not open it (%s): %s; a udev rule can give it to a group with mode 0660: "
			"SUBSYSTEM==\"dma_heap\", GROUP=\"video\", MODE=\"0660\"",
			path, imxd_errno_text(code), details);
	return imxd_fail(code,
		"%s: this process may not open it (%s): %s; a udev rule can give it to a group with mode 0660: "
		"KERNEL==\"%s\", GROUP=\"video\", MODE=\"0660\"",
		path, imxd_errno_text(code), details, slash ? slash + 1 : path);
}

int imxd_access_fail(char const *path, int flags, int code)
{
	unsigned int wanted = ((flags & O_ACCMODE) == O_RDONLY) ? 4 : 6;
	char name[NAME_SIZE], details[160];
	struct access access;
	gid_t group;

	if (!read_access(path, &access))
		return fail_directory(path, code);
	describe(&access, details, sizeof(details));
	/* The kernel would permit it: the refusal has another reason. */
	if (code == -EPERM || permits(&access, wanted))
		return imxd_fail(code,
			"%s: this process may not open it (%s), although its mode is %04o: a container, a device cgroup "
			"(DeviceAllow= of the systemd unit) or a security module forbids it",
			path, imxd_errno_text(code), access.status.st_mode & 07777u);
	if (find_user(&access) && geteuid() != access.status.st_uid) {
		name_user(geteuid(), name);
		return imxd_fail(code,
			"%s: this process may not open it (%s): %s, in which an entry for user %s forbids it; change the entry "
			"with setfacl, or remove it",
			path, imxd_errno_text(code), details, name);
	}
	if (!find_group(&access, wanted, &group))
		return fail_without_group(path, code, details);
	name_group(group, name);
	return imxd_fail(code, "%s: this process may not open it (%s): %s; add the user to group %s and log in again", path,
		imxd_errno_text(code), details, name);
}
