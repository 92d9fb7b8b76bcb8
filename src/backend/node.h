/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Device nodes, with messages that help if one cannot be opened.
 */
#ifndef IMXD_NODE_H
#define IMXD_NODE_H

/* Open a node. Returns the descriptor or a negative errno code; the message has owner, group, mode and a remedy. */
int imxd_node_open(char const *path, int flags);

/*
 * Set the message for a node that could not be opened with these flags. May look up the names of users and groups.
 * Returns code.
 */
int imxd_node_fail(char const *path, int flags, int code);

#endif /* IMXD_NODE_H */
