/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "node_share.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/locks.h"
#include "../base/sys.h"
#include "node.h"

struct imxd_shared_node {
	int fd;
	unsigned int users;
	bool kept;
	/* In a forked child: drivers distinguish users by the open file, and this one is the parent's. */
	bool inherited;
	/* The node when it was opened. */
	struct stat status;
	struct imxd_shared_node *next;
	char path[];
};

/* Guarded by IMXD_LOCK_NODES. */
static struct imxd_shared_node *nodes;

static void mark_forked(void)
{
	for (struct imxd_shared_node *node = nodes; node; node = node->next)
		node->inherited = true;
}

static bool is_same(struct stat const *one, struct stat const *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino && one->st_rdev == other->st_rdev;
}

/* Remove a node, and close it unless the program has closed it: the number may belong to another file by now. */
static void list_del(struct imxd_shared_node *node)
{
	struct imxd_shared_node **link = &nodes;
	struct stat status;
	int result = imxd_sys_fstat(node->fd, &status);

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	if (result != -EBADF && (result < 0 || is_same(&status, &node->status)))
		imxd_sys_close(node->fd);
	free(node);
}

/* A kept node lives as long as the process: meanwhile a daemon may close all descriptors, and the driver be reloaded.
 */
static bool is_stale(struct imxd_shared_node const *node)
{
	struct stat open, now;

	return imxd_sys_fstat(node->fd, &open) < 0 || !is_same(&open, &node->status) ||
		imxd_sys_stat(node->path, &now) < 0 || !is_same(&now, &node->status);
}

static struct imxd_shared_node *find_node(char const *path)
{
	struct imxd_shared_node *node = nodes;

	while (node && (node->inherited || strcmp(node->path, path) != 0))
		node = node->next;
	if (node && node->users == 0 && is_stale(node)) {
		list_del(node);
		return NULL;
	}
	return node;
}

/* Returns 0 or a negative errno code. Sets no message: that may look up names in the network, without the lock. */
static int add_node(char const *path, int flags, struct imxd_shared_node **added)
{
	struct imxd_shared_node *node = calloc(1, sizeof(*node) + strlen(path) + 1);
	int result = node ? imxd_sys_open_node(path, flags) : -ENOMEM, fd = result;

	if (fd >= 0)
		result = imxd_sys_fstat(fd, &node->status);
	if (result < 0) {
		imxd_sys_close(fd);
		free(node);
		return result;
	}
	node->fd = fd;
	memcpy(node->path, path, strlen(path) + 1);
	node->next = nodes;
	nodes = node;
	*added = node;
	return 0;
}

int imxd_node_share(char const *path, int flags, bool keep, struct imxd_shared_node **share, int *fd)
{
	struct imxd_shared_node *node;
	int code = 0;

	imxd_on_fork(IMXD_LOCK_NODES, mark_forked);
	imxd_lock(IMXD_LOCK_NODES);
	node = find_node(path);
	if (!node)
		code = add_node(path, flags, &node);
	if (code == 0) {
		node->users++;
		node->kept |= keep;
		*share = node;
		*fd = node->fd;
	}
	imxd_unlock(IMXD_LOCK_NODES);
	return (code == 0) ? 0 : imxd_node_fail(path, flags, code);
}

void imxd_node_unshare(struct imxd_shared_node *share)
{
	if (!share)
		return;
	imxd_lock(IMXD_LOCK_NODES);
	if (--share->users == 0 && !share->kept)
		list_del(share);
	imxd_unlock(IMXD_LOCK_NODES);
}
