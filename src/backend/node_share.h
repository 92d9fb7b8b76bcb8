/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes that are opened once for the whole process, by path.
 */
#ifndef IMXD_NODE_SHARE_H
#define IMXD_NODE_SHARE_H

#include <stdbool.h>

struct imxd_shared_node;

/*
 * Open a node, or share it if it is open already. A forked child opens its own. keep: the node stays open without
 * users. Returns 0 with *share, to be released with imxd_node_unshare(), and *fd, or a negative errno code.
 */
int imxd_node_share(char const *path, int flags, bool keep, struct imxd_shared_node **share, int *fd);

/* Release a share; the last release closes the node unless it is kept. NULL does nothing. */
void imxd_node_unshare(struct imxd_shared_node *share);

#endif /* IMXD_NODE_SHARE_H */
