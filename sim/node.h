/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Device nodes, the paths that lead to them, and what a descriptor stands for. Nodes are real, empty files in a private
 * folder, recognised by device and inode number, so that dup, fork and passing descriptors on need no care. All
 * functions need the lock.
 *
 * To add a device: a file with a struct sim_device, and a line in the table in device.c.
 */
#ifndef SIM_NODE_H
#define SIM_NODE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "calls.h"
#include "memory.h"

/* Names of the simulator's own memfds; /proc/self/fd shows them. */
#define SIM_BUFFER_NAME "imxdmabuffer-sim-buffer"
#define SIM_TEXT_NAME "imxdmabuffer-sim-text"

struct sim_node;
struct sim_file;

/* What mmap() was called with. */
struct sim_request {
	void *address;
	size_t length;
	int protection, flags, fd;
	uint64_t offset;
};

struct sim_device {
	/* The word in sim_configure() that makes nodes of this device. */
	char const *keyword;
	/* The node's path, or with a slash at the end the folder of all its nodes: the real ones are never seen. */
	char const *path;
	/*
	 * Handles a statement; words[0] is the keyword, the last one NULL. False for words that it does not understand,
	 * with the reason left by sim_complain().
	 */
	bool (*configure)(struct sim_device const *device, char **words);
	/* Counts the call and does what the driver does. Returns its result, or -1 with errno. */
	int (*ioctl)(struct sim_node *node, int fd, unsigned long request, void *argument);
	/* The memory that the driver maps, or NULL with errno. Or NULL: the device has no mmap. */
	struct sim_memory *(*mmap)(struct sim_file *file, struct sim_request const *request);
	/* Whether one more may be open. 0, or an errno code. NULL: it always may. */
	int (*may_open)(struct sim_node *node);
	/* A file was opened; all its descriptors are closed, and what it mapped is unmapped. Or NULL. */
	void (*opened)(struct sim_file *file);
	void (*closed)(struct sim_file *file);
	/* Frees what it allocated for a node, or NULL. */
	void (*release)(struct sim_node *node);
	/* Back to defaults, or NULL. */
	void (*reset)(void);
};

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
	void *data; /* the device's */
};

/* device.c: the table, ending with NULL */
extern struct sim_device const *const sim_devices[];

/* node.c */

/* Makes a node with the default owner and mode. NULL with a complaint. */
struct sim_node *sim_node_add(struct sim_device const *device, char const *path);
struct sim_node *sim_node_by_path(char const *path);
struct sim_node *sim_node_by_inode(uint64_t dev, uint64_t ino);
struct sim_node *sim_nodes(void);
void sim_node_remove(struct sim_node *node);

/* With the first node, or when a fork makes its own. False with a complaint. */
bool sim_own_folder(void);

/* file.c */

struct sim_file {
	struct sim_file *next;
	struct sim_node *node;
	uint64_t id;
	unsigned int number; /* the device's */
	unsigned int references; /* found by the last sweep */
};

struct sim_file *sim_files(void);
/* Takes note of what was just opened. NULL: no memory. */
struct sim_file *sim_file_add(struct sim_node *node, int fd);
/* The one that a node's descriptor stands for, made if need be; NULL: no memory. */
struct sim_file *sim_file_find(struct sim_node *node, int fd);
/* The same, NULL if it is not known. */
struct sim_file *sim_file_look(struct sim_node const *node, int fd);
/* Closes those without references, and those of a node. */
void sim_file_drop_dead(void);
void sim_file_forget(struct sim_node const *node);

/* folder.c */

#define SIM_FOLDER_SIZE 256

/* Whether there is a private folder, and this process made it. */
bool sim_owns_folder(void);
/* Makes one. False with a complaint. Tells the folder that was used before, SIM_FOLDER_SIZE bytes. */
bool sim_folder_create(char *old_folder);
void sim_folder_remove(void);
/* A new file, and its path; it is not where programs look. The descriptor or -1 with errno. */
int sim_folder_make_file(char *path, size_t size);
/* Whether a path could be that of such a file, of any process. */
bool sim_is_block_path(char const *path);
/* False with errno; one that is there is fine. */
bool sim_make_folder(char const *path);
/* Whether this is the device number of the private folder. */
bool sim_is_private(uint64_t dev);
/* The path in the private folder that stands for this one; it does not exist before there is a node. */
void sim_private_path(char const *path, char *result, size_t size);
/* The other way round. False for paths elsewhere. */
bool sim_public_path(char const *path, char *result, size_t size);

/* path.c */

enum sim_place {
	SIM_ELSEWHERE,
	SIM_DEVICE, /* a device's path, whether a node is there or not */
	SIM_MEMINFO, /* /proc/meminfo */
	SIM_PAGEMAP, /* this process's pagemap */
	SIM_FD, /* this process's /proc/self/fd/N */
	SIM_FDINFO
};

struct sim_path {
	enum sim_place place;
	int fd; /* SIM_FD, SIM_FDINFO */
	char path[PATH_MAX]; /* SIM_DEVICE: as programs see it */
	char actual[PATH_MAX]; /* SIM_DEVICE: what to use in its place */
};

/*
 * What a path leads to; if its last component is a symbolic link, that is followed or not. Takes the lock itself. Keeps
 * errno.
 */
enum sim_place sim_resolve(int folder, char const *path, bool follow, struct sim_path *result);

/* target.c */

enum sim_kind {
	SIM_NOTHING, /* not the simulator's business */
	SIM_IS_NODE,
	SIM_IS_FOLDER, /* of nodes */
	SIM_IS_DMABUF,
	SIM_IS_FILE, /* a memfd of the program */
	SIM_IS_TEXT, /* a file in /proc that was written by the simulator */
	SIM_IS_PAGEMAP
};

struct sim_target {
	enum sim_kind kind;
	struct sim_node *node;
	struct sim_memory *memory;
	struct sim_part *part; /* a DMA-BUF of udmabuf */
	uint64_t offset, size; /* of a DMA-BUF in its memory */
};

/* What a descriptor stands for. Keeps errno. */
enum sim_kind sim_find(int fd, struct sim_target *target);
/* Completes a target whose memory is known. */
void sim_find_part(int fd, struct sim_memory *memory, struct sim_target *target);
/* Makes a descriptor, of whatever memfd, that of a part. */
void sim_mark_part(int fd, struct sim_part const *part);

/* config.c */

/* Leaves the reason why a text is bad. Always false. */
__attribute__((format(printf, 1, 2))) bool sim_complain(char const *format, ...);
/* owner=, mode=, open=, open-write=: 1 if the word was one of these, 0 if not, -1 with a complaint. */
int sim_node_option(struct sim_node *node, char const *word);
/* If the word is KEY=VALUE returns the value, otherwise NULL. */
char const *sim_value(char const *word, char const *key);
/* A power of two, at least a page. */
bool sim_parse_alignment(char const *text, uint64_t *alignment);
/* A number that may have a suffix, K M G. */
bool sim_parse_size(char const *text, uint64_t *size);
bool sim_parse_errno(char const *text, int *code);
/* The words after the first must be "on" or "off" and options: *option is what is left to read. */
bool sim_switch(struct sim_device const *device, char **words, struct sim_node **node, char ***options);

#define SIM_MAPPING_UNIT (UINT64_C(1) << 20)

/* settings that belong to no device; config.c */
struct sim_settings {
	enum { SIM_PHYS_ABSENT, SIM_PHYS_NATIVE, SIM_PHYS_U64, SIM_PHYS_ZERO, SIM_PHYS_FAULT, SIM_PHYS_OLD } phys;
	enum { SIM_NAMES_ANY, SIM_NAMES_ATTACHED, SIM_NAMES_NATIVE, SIM_NAMES_PHYS } names;
	enum { SIM_PAGEMAP_PRIVILEGED, SIM_PAGEMAP_UNPRIVILEGED, SIM_PAGEMAP_PFNMAP } pagemap;
	bool exporter_is_module;
	bool huge_apart;
	uint64_t base, cma_alignment, huge_base, huge_pages;
	bool places_mappings; /* this far above a multiple of SIM_MAPPING_UNIT */
	uint64_t mapping_offset;
	char release[32]; /* "": that of the real kernel */
	gid_t member; /* a further group of this process; 0: none */
};

extern struct sim_settings sim_settings;

#endif /* SIM_NODE_H */
