/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blocks: memory of a pool that a driver or a vendor's library hands out without a descriptor, by a handle or an
 * address.
 */
#ifndef SIM_BLOCK_H
#define SIM_BLOCK_H

#include "kernel/node.h"
#include "kernel/pool.h"

struct sim_block {
	struct sim_block *next;
	struct sim_node *node;
	struct sim_memory *memory;
	uint64_t file; /* the open file that owns the block, or 0 */
	uint64_t size; /* as requested */
	uint32_t handle; /* free for the driver */
	uint32_t kind; /* free for the driver */
	unsigned int references; /* of a handle */
};

/*
 * Allocate `size` bytes, rounded up to whole pages, and a block that holds them. Device and CPU both see zeros. Returns
 * NULL with ENOMEM.
 */
struct sim_block *sim_block_create(struct sim_pool const *pool, struct sim_node *node, uint64_t size, bool cached);
/* As sim_block_create(), for a node whose data begins with a pool. */
struct sim_block *sim_block_take(struct sim_node *node, uint64_t size, bool cached);
/* Make a further block that holds the same memory. */
struct sim_block *sim_block_share(struct sim_memory *memory, struct sim_node *node);
/* Free a block. The memory stays while other blocks, descriptors or mappings of it exist. */
void sim_block_free(struct sim_block *block);
/* Free a block for a program. If it is still mapped, that is a misuse: the driver reuses the memory. */
void sim_block_give_back(struct sim_block *block);
/* The next block of a node; NULL: the first one. */
struct sim_block *sim_block_next(struct sim_node const *node, struct sim_block const *block);
struct sim_block *sim_block_by_address(struct sim_node const *node, uint64_t address);
struct sim_block *sim_block_by_handle(struct sim_file const *file, uint32_t handle);
/* Give a block the lowest free handle of an open file. */
void sim_block_add_handle(struct sim_block *block, struct sim_file const *file);
void sim_block_free_all(struct sim_node const *node);
/* Free the blocks of an open file. */
void sim_block_free_file(struct sim_file const *file);
/* Open the memory of a block. Returns -1 with errno. */
int sim_block_open(struct sim_memory const *memory, int flags);

/* mmap() on a node: map a block as its driver does. Returns MAP_FAILED with errno. */
void *sim_node_map(struct sim_node *node, struct sim_request const *request);

#endif /* SIM_BLOCK_H */
