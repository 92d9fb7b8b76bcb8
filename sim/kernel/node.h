/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Device nodes, their open files, and the interface of a device. A node is a real, empty file in the private directory,
 * recognised by device and inode number, so that dup, fork and passing a descriptor on need no further work. No driver
 * uses the file position: here it is the number of the open file, and identifies it through all its descriptors.
 */
#ifndef SIM_NODE_H
#define SIM_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sim_block;
struct sim_file;
struct sim_memory;
struct sim_node;

/* The arguments of mmap(). */
struct sim_request {
	void *address;
	size_t length;
	int protection, flags, fd;
	uint64_t offset;
};

/* Members may be NULL unless the comment states otherwise. */
struct sim_device {
	/* The word in sim_configure() that makes nodes of this device. Never NULL. */
	char const *keyword;
	/*
	 * The node's path, or the directory of all its nodes with a slash at the end. The real machine's files there are
	 * hidden. Never NULL.
	 */
	char const *path;
	/* The class of the nodes in /sys. NULL: misc. */
	char const *class;
	/* Return the name of a node in /sys. NULL: that of the node's file. */
	char const *(*own_name)(struct sim_node const *node);
	/*
	 * Apply a statement. words[0] is the keyword, the last word is NULL. Returns false with a message for bad words.
	 * Never NULL.
	 */
	bool (*configure)(struct sim_device const *device, char **words);
	/*
	 * Apply one word of a statement to a node. Returns 1, 0 if the word is unknown, or -1 with a message for a bad
	 * value.
	 */
	int (*option)(struct sim_node *node, char const *word);
	/* The size of a node's data, which is zero at first. It begins with a struct sim_pool if has_pool is true. */
	size_t data_size;
	bool has_pool;
	/* The node's allocations fail at addresses from here on; 0: no limit. */
	uint64_t reach;
	/* Count the call and do the driver's work. Returns the driver's result, or -1 with errno. NULL: ENOTTY. */
	int (*ioctl)(struct sim_node *node, int fd, unsigned long request, void *argument);
	/* Return the memory that the driver maps, or NULL with errno. NULL: the device has no mmap. */
	struct sim_memory *(*mmap)(struct sim_file *file, struct sim_request const *request);
	/* Return 0 if the node may be opened once more, or an errno code. NULL: always. */
	int (*may_open)(struct sim_node *node);
	/* Handle a new open file, or one whose descriptors are all closed and whose mappings are gone. */
	void (*opened)(struct sim_file *file);
	void (*closed)(struct sim_file *file);
	/* Allocate a block for a library of a vendor. Returns NULL with ENOMEM. */
	struct sim_block *(*take)(struct sim_node *node, uint64_t size, bool cached);
	/* Add the size of the node's CMA memory, and the free bytes of it. */
	void (*account)(struct sim_node const *node, uint64_t *total, uint64_t *available);
	/* Free the members of a node's data and its blocks, before the data. */
	void (*release)(struct sim_node const *node);
	/* Restore the defaults of the device. */
	void (*reset)(void);
};

/* Linux allocates the major number of heaps at run time, from a range that contains this one. */
#define SIM_MAJOR 251

struct sim_node {
	struct sim_node *next;
	struct sim_device const *device;
	char path[128];
	uint64_t dev;
	uint64_t ino;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	int open_error, open_write_error;
	void *data; /* of the device, data_size bytes or NULL */
};

/* Make a node with the default owner and mode. Returns NULL with a message. */
struct sim_node *sim_node_add(struct sim_device const *device, char const *path);
struct sim_node *sim_node_by_path(char const *path);
struct sim_node *sim_node_by_inode(uint64_t dev, uint64_t ino);
struct sim_node *sim_nodes(void);
/* The node's minor number. All nodes have the major number SIM_MAJOR. */
unsigned int sim_node_minor(struct sim_node const *node);
/* Write the link /sys/dev/char/SIM_MAJOR:MINOR. Returns false without such a node. */
bool sim_node_link(unsigned int minor, char *link, size_t size);
void sim_node_remove(struct sim_node *node);

/* Make the private directory of this process, for the first node or after a fork. Returns false with a message. */
bool sim_own_directory(void);

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

#endif /* SIM_NODE_H */
