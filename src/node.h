/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening of device nodes, with sentences that help when that fails.
 */
#ifndef IMXD_NODE_H
#define IMXD_NODE_H

#include <stdbool.h>

struct imxd_shared_node;

/* Opens a node. Returns 0 with *fd, or an errno code and a sentence: node, owner, group, mode, what would help. */
int imxd_node_open(char const *path, int flags, int *fd);

/*
 * The sentence for a node that could not be opened with these flags, which may ask for the names of users and groups.
 * Returns code.
 */
int imxd_node_fail(char const *path, int flags, int code);

/*
 * The same for a node that is opened once for the whole process, however often it is asked for; forked children open
 * their own, and so does who comes after the program has closed *fd. *share is to be given back with
 * imxd_node_unshare(); the last one closes *fd, unless it is kept, or another file has its number by now. NULL:
 * nothing.
 */
int imxd_node_share(char const *path, int flags, bool keep, struct imxd_shared_node **share, int *fd);
void imxd_node_unshare(struct imxd_shared_node *share);

/* In the child of a fork, under IMXD_LOCK_NODES. */
void imxd_note_node_copies(void);

#endif /* IMXD_NODE_H */
