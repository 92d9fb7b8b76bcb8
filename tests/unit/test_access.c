/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages for nodes that may not be opened: by owner, mode, access control list and directories. Linked with --wrap.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/access.h"
#include "base/error.h"
#include "base/sys.h"
#include "support.h"

#define NODE "/dev/dma_heap/linux,cma"
/* Numbers that have no names. */
#define USER 4294960001u
#define GROUP 4294960002u
#define OTHER_GROUP 4294960003u

static struct {
	uid_t owner;
	gid_t group;
	mode_t mode;
	struct imxd_sys_acl_entry list[8];
	int count;
	/* The last directory that can be looked at; NULL: the node itself. */
	char const *visible;
	/* A group of the process. */
	gid_t member;
} file;

int __wrap_imxd_sys_stat(char const *path, struct stat *status);
int __wrap_imxd_sys_stat(char const *path, struct stat *status)
{
	if (file.visible && strlen(path) > strlen(file.visible))
		return -EACCES;
	*status = (struct stat){.st_uid = file.owner, .st_gid = file.group, .st_mode = S_IFCHR | file.mode};
	return 0;
}

int __wrap_imxd_sys_get_acl(char const *path, struct imxd_sys_acl_entry *entries, size_t count);
int __wrap_imxd_sys_get_acl(char const *path, struct imxd_sys_acl_entry *entries, size_t count)
{
	memcpy(entries, file.list, sizeof(file.list));
	return file.count;
}

bool __wrap_imxd_sys_is_member(gid_t group);
bool __wrap_imxd_sys_is_member(gid_t group)
{
	return group == file.member;
}

uid_t __wrap_geteuid(void);
uid_t __wrap_geteuid(void)
{
	return USER;
}

/* A file of root, without a list. */
static int set_up(void **state)
{
	memset(&file, 0, sizeof(file));
	file.group = GROUP;
	file.count = -ENODATA;
	file.member = 1;
	return 0;
}

static void add_entry(unsigned int tag, unsigned int permissions, unsigned int id)
{
	file.count = (file.count < 0) ? 0 : file.count;
	file.list[file.count++] = (struct imxd_sys_acl_entry){(uint16_t)tag, (uint16_t)permissions, id};
}

static void assert_message(int flags, char const *text)
{
	assert_int_equal(imxd_access_fail(NODE, flags, -EACCES), -EACCES);
	assert_contains(imxd_message(), NODE ": this process may not ");
	assert_contains(imxd_message(), "EACCES");
	assert_contains(imxd_message(), text);
}

static void assert_no(char const *text)
{
	if (strstr(imxd_message(), text))
		fail_msg("\"%s\" contains \"%s\"", imxd_message(), text);
}

static void test_mode(void **state)
{
	file.mode = 0660;
	assert_message(O_RDONLY, "owner root, group 4294960002, mode 0660; add the user to group 4294960002 and log in");
	file.mode = 0640;
	assert_message(O_RDONLY, "add the user to group 4294960002");
	assert_message(O_RDWR, "a udev rule can give it to a group");
	file.mode = 0600;
	assert_message(O_RDONLY, "SUBSYSTEM==\"dma_heap\"");
	file.group = 0;
	file.mode = 0660;
	assert_message(O_RDONLY, "a udev rule");
}

/* The mode permits it: something else does not. */
static void test_other_reasons(void **state)
{
	file.mode = 0666;
	assert_message(O_RDWR, "a container, a device cgroup");
	file.mode = 0660;
	file.member = GROUP;
	assert_message(O_RDWR, "a container, a device cgroup");
	/* The class that matches decides, though others have the permission. */
	file.mode = 0606;
	assert_message(O_RDWR, "a udev rule");
}

/* With a list, the bits of the group in the mode are only the mask. */
static void test_group_of_the_list(void **state)
{
	file.mode = 0660;
	add_entry(IMXD_SYS_ACL_GROUP_OWNER, 0, 0);
	add_entry(IMXD_SYS_ACL_GROUP, 6, OTHER_GROUP);
	add_entry(IMXD_SYS_ACL_MASK, 6, 0);
	assert_message(O_RDWR, "add the user to group 4294960003");
	assert_contains(imxd_message(), "mode 0660 with an access control list");
	file.member = OTHER_GROUP;
	assert_message(O_RDWR, "a container, a device cgroup");
	/* The mask takes the permission to write. */
	file.list[2].permissions = 4;
	assert_message(O_RDWR, "a udev rule");
	file.member = 1;
	assert_message(O_RDONLY, "add the user to group 4294960003");
}

static void test_user_of_the_list(void **state)
{
	file.mode = 0666;
	add_entry(IMXD_SYS_ACL_USER, 0, USER);
	add_entry(IMXD_SYS_ACL_GROUP_OWNER, 6, 0);
	add_entry(IMXD_SYS_ACL_MASK, 6, 0);
	assert_message(O_RDONLY, "an entry for user 4294960001 forbids it");
	assert_no("add the user");
	file.list[0].permissions = 6;
	assert_message(O_RDONLY, "a container, a device cgroup");
	file.list[0].id = USER + 1;
	assert_message(O_RDONLY, "a container, a device cgroup");
}

static void test_closed_directory(void **state)
{
	file.visible = "/dev/dma_heap";
	file.mode = 0700;
	assert_message(O_RDONLY, "may not search the directory /dev/dma_heap (EACCES");
	assert_contains(imxd_message(), "mode 0700; it needs the permission x");
	assert_no("udev");
	file.visible = "/dev";
	assert_message(O_RDONLY, "may not search the directory /dev (EACCES");
	file.visible = "/";
	assert_message(O_RDONLY, "may not search the directory / (EACCES");
	/* The directory is not the cause, or nothing can be looked at. */
	file.mode = 0755;
	assert_message(O_RDONLY, "a closed directory behind a symbolic link");
	file.visible = "";
	assert_message(O_RDONLY, "a filter of system calls");
}

static void test_refusals_of_others(void **state)
{
	file.mode = 0600;
	assert_int_equal(imxd_access_fail(NODE, O_RDONLY, -EPERM), -EPERM);
	assert_contains(imxd_message(), "a container, a device cgroup");
}

int main(void)
{
	struct CMUnitTest const tests[] = {
		cmocka_unit_test_setup(test_mode, set_up),
		cmocka_unit_test_setup(test_other_reasons, set_up),
		cmocka_unit_test_setup(test_group_of_the_list, set_up),
		cmocka_unit_test_setup(test_user_of_the_list, set_up),
		cmocka_unit_test_setup(test_closed_directory, set_up),
		cmocka_unit_test_setup(test_refusals_of_others, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
