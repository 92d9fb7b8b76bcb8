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

struct shared_node {
	int fd;
	unsigned int users;
	/* Stays open without users. */
	bool kept;
	/* Which node this was when it was opened. */
	struct stat status;
	/* In the child of a fork: drivers tell users apart by the opened file, and this one is the parent's. */
	bool is_copy;
	struct shared_node *next;
	char path[IMXD_NODE_SIZE];
};

/* Guarded by IMXD_LOCK_NODES. */
static struct shared_node *nodes;

/* Under the lock: the sentence for a failure is written later, since that may look up names in the network. */
static int add_node(char const *path, int flags, bool keep)
{
	struct shared_node *node = calloc(1, sizeof(*node));

	if (!node)
		return ENOMEM;
	snprintf(node->path, sizeof(node->path), "%s", path);
	node->fd = imxd_sys_open(path, flags);
	if (node->fd < 0) {
		int code = -node->fd;

		free(node);
		return code;
	}
	imxd_sys_fstat(node->fd, &node->status);
	node->kept = keep;
	node->next = nodes;
	nodes = node;
	return 0;
}

static void drop_node(struct shared_node **link)
{
	struct shared_node *node = *link;

	*link = node->next;
	imxd_sys_close(node->fd);
	free(node);
}

/* A driver may have been loaded anew since: what nobody uses is then of no use. */
static bool is_stale(struct shared_node const *node)
{
	struct stat status;

	return node->users == 0 &&
		(imxd_sys_stat(node->path, &status) < 0 || status.st_rdev != node->status.st_rdev ||
			status.st_ino != node->status.st_ino || status.st_dev != node->status.st_dev);
}

/* Under the lock. */
static struct shared_node **find_node(char const *path)
{
	struct shared_node **link = &nodes;

	while (*link && ((*link)->is_copy || strcmp((*link)->path, path) != 0))
		link = &(*link)->next;
	return link;
}

int imxd_node_share(char const *path, int flags, bool keep, int *fd)
{
	struct shared_node **link;
	int code = 0;

	imxd_lock(IMXD_LOCK_NODES);
	link = find_node(path);
	if (*link && is_stale(*link)) {
		drop_node(link);
		link = find_node(path);
	}
	if (!*link) {
		code = add_node(path, flags, keep);
		link = &nodes;
	}
	if (code == 0) {
		(*link)->users++;
		*fd = (*link)->fd;
	}
	imxd_unlock(IMXD_LOCK_NODES);
	return (code == 0) ? 0 : (code == ENOMEM) ? imxd_fail_memory() : imxd_node_fail(path, flags, code);
}

void imxd_node_unshare(int fd)
{
	struct shared_node **link = &nodes;

	imxd_lock(IMXD_LOCK_NODES);
	while (*link && (*link)->fd != fd)
		link = &(*link)->next;
	if (*link && --(*link)->users == 0 && !(*link)->kept)
		drop_node(link);
	imxd_unlock(IMXD_LOCK_NODES);
}

void imxd_note_node_copies(void)
{
	for (struct shared_node *node = nodes; node; node = node->next)
		node->is_copy = true;
}
