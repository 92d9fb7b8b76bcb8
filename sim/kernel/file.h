/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open files of nodes. No driver uses the file position, and it belongs to the open file: here it is the number of the
 * open file, and identifies it through duplicated, inherited and passed descriptors.
 */
#ifndef SIM_FILE_H
#define SIM_FILE_H

#include "kernel/node.h"

struct sim_file {
	struct sim_file *next;
	struct sim_node *node;
	uint64_t id;
	unsigned int number; /* free for the device */
	unsigned int references; /* found by the last sweep */
};

struct sim_file *sim_files(void);
/* Add a new open file. Returns NULL without memory. */
struct sim_file *sim_file_add(struct sim_node *node, int fd);
/* Return the open file of a node's descriptor; add it if it is unknown. Returns NULL without memory. */
struct sim_file *sim_file_find(struct sim_node *node, int fd);
/* As sim_file_find(), but return NULL if it is unknown. */
struct sim_file *sim_file_look(struct sim_node const *node, int fd);
/* Close the files without references. */
void sim_file_drop_dead(void);
/* Close the files of a node. */
void sim_file_drop_node(struct sim_node const *node);

#endif /* SIM_FILE_H */
