/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What back ends share that work on one device node: the node is the caller's, or opened once for the process.
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
	return (code == 0) ? 0 : (code == ENOMEM) ? imxd_fail_memory() : imxd_node_fail(path, code);
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

static int use_callers(struct imxd_instance *self, int fd)
{
	struct stat status;

	if (imxd_sys_fstat(fd, &status) < 0)
		return imxd_fail(EBADF, "descriptor %d: not open (EBADF)", fd);
	self->fd = fd;
	/* Where there is no /proc the path is not known. */
	if (imxd_sys_fd_path(fd, self->node, sizeof(self->node)) <= 0)
		snprintf(self->node, sizeof(self->node), "descriptor %d", fd);
	return 0;
}

int imxd_instance_open(struct imxd_instance *self, struct imxd_options const *options, char const *path, int flags)
{
	int code;

	if (options->fd >= 0)
		return use_callers(self, options->fd);
	if (options->target && options->target[0] != '/')
		return imxd_fail(EINVAL, "%s:%.40s: what follows the colon is the path of a device, as in %s:%s",
			self->backend->name, options->target, self->backend->name, path);
	if (options->target)
		path = options->target;
	if (strlen(path) >= sizeof(self->node))
		return imxd_fail(ENAMETOOLONG, "%.60s...: the path is too long", path);
	snprintf(self->node, sizeof(self->node), "%s", path);
	code = imxd_node_share(path, flags, self->backend->keeps_node, &self->fd);
	self->shares_fd = (code == 0);
	return code;
}

int imxd_fail_allocation(int code, char const *node, size_t size)
{
	char cma[80];

	switch (code) {
	case ENOMEM:
		imxd_cma_text(cma, sizeof(cma));
		return imxd_fail(code,
			"%s: no memory left for %zu bytes (ENOMEM)%s; free buffers, or give the CMA more with cma= "
			"on the kernel's command line or in the device tree",
			node, size, cma);
	case EBADF:
		return imxd_fail(code, "%s: not an open descriptor (EBADF)", node);
	case EMFILE:
	case ENFILE:
		return imxd_fail(code, "%s: too many open files (%s): free buffers, or raise the limit (ulimit -n)", node,
			imxd_errno_text(code));
	default:
		return imxd_fail(code, "%s: allocating %zu bytes failed (%s)", node, size, imxd_errno_text(code));
	}
}

void imxd_log_lost(struct imxd_instance const *self, struct imxd_block const *block, int result)
{
	if (result < 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_ERROR,
			"%s: the kernel does not take back the memory at %" IMX_PHYSICAL_ADDRESS_FORMAT " (%s)", self->node,
			block->address, imxd_errno_text(-result));
}

size_t imxd_whole_pages(size_t largest)
{
	return largest - largest % imxd_sys_page_size();
}
