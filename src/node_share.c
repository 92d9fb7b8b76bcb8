/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes that are opened once for the whole process, by path.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "locks.h"
#include "sys.h"

struct imxd_shared_node {
	/* -1: the program has closed it, as daemons do with all descriptors. */
	int fd;
	unsigned int users;
	/* Stays open without users. */
	bool kept;
	/* Which node this was when it was opened. */
	struct stat status;
	/* In the child of a fork: drivers tell users apart by the opened file, and this one is the parent's. */
	bool is_copy;
	struct imxd_shared_node *next;
	char path[IMXD_NODE_SIZE];
};

/* Guarded by IMXD_LOCK_NODES. */
static struct imxd_shared_node *nodes;

static bool is_same(struct imxd_shared_node const *node, struct stat const *status)
{
	return status->st_rdev == node->status.st_rdev && status->st_ino == node->status.st_ino &&
		status->st_dev == node->status.st_dev;
}

/* The number may be another file's by now, which is not to be touched. */
static void check_descriptor(struct imxd_shared_node *node)
{
	struct stat status;
	int result;

	if (node->fd < 0)
		return;
	result = imxd_sys_fstat(node->fd, &status);
	if (result == -EBADF || (result >= 0 && !is_same(node, &status)))
		node->fd = -1;
}

/* A number that the kernel gives is nobody else's any more. */
static void take_number(int fd)
{
	for (struct imxd_shared_node *node = nodes; node; node = node->next)
		if (node->fd == fd)
			node->fd = -1;
}

/* Returns 0 or an errno code. */
static int open_node(struct imxd_shared_node *node, int flags)
{
	int result;

	node->fd = imxd_sys_open(node->path, flags);
	if (node->fd < 0)
		return -node->fd;
	result = imxd_sys_fstat(node->fd, &node->status);
	if (result < 0) {
		imxd_sys_close(node->fd);
		return -result;
	}
	take_number(node->fd);
	return 0;
}

/* Under the lock: the sentence for a failure is written later, since that may look up names in the network. */
static int add_node(char const *path, int flags, bool keep)
{
	struct imxd_shared_node *node = calloc(1, sizeof(*node));
	int code;

	if (!node)
		return ENOMEM;
	snprintf(node->path, sizeof(node->path), "%s", path);
	code = open_node(node, flags);
	if (code != 0) {
		free(node);
		return code;
	}
	node->kept = keep;
	node->next = nodes;
	nodes = node;
	return 0;
}

static void drop_node(struct imxd_shared_node **link)
{
	struct imxd_shared_node *node = *link;

	*link = node->next;
	check_descriptor(node);
	imxd_sys_close(node->fd);
	free(node);
}

/* Of no use: the program has closed it, or a driver has been loaded anew since. */
static bool is_stale(struct imxd_shared_node const *node)
{
	struct stat status;

	return node->fd < 0 || imxd_sys_stat(node->path, &status) < 0 || !is_same(node, &status);
}

/* Under the lock. What is stale and used by nobody goes; what is used can only be left to its users. */
static struct imxd_shared_node **find_node(char const *path)
{
	struct imxd_shared_node **link = &nodes;

	while (*link) {
		struct imxd_shared_node *node = *link;
		bool matches = !node->is_copy && strcmp(node->path, path) == 0;

		if (matches)
			check_descriptor(node);
		if (matches && node->users == 0 && is_stale(node)) {
			drop_node(link);
			continue;
		}
		if (matches && node->fd >= 0)
			break;
		link = &node->next;
	}
	return link;
}

int imxd_node_share(char const *path, int flags, bool keep, struct imxd_shared_node **share, int *fd)
{
	struct imxd_shared_node **link;
	int code = 0;

	imxd_lock(IMXD_LOCK_NODES);
	link = find_node(path);
	if (!*link) {
		code = add_node(path, flags, keep);
		link = &nodes;
	}
	if (code == 0) {
		(*link)->users++;
		*share = *link;
		*fd = (*link)->fd;
	}
	imxd_unlock(IMXD_LOCK_NODES);
	return (code == 0) ? 0 : (code == ENOMEM) ? imxd_fail_memory() : imxd_node_fail(path, flags, code);
}

void imxd_node_unshare(struct imxd_shared_node *share)
{
	struct imxd_shared_node **link = &nodes;

	if (!share)
		return;
	imxd_lock(IMXD_LOCK_NODES);
	while (*link != share)
		link = &(*link)->next;
	if (--share->users == 0 && !share->kept)
		drop_node(link);
	imxd_unlock(IMXD_LOCK_NODES);
}

void imxd_note_node_copies(void)
{
	for (struct imxd_shared_node *node = nodes; node; node = node->next)
		node->is_copy = true;
}
