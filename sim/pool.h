/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where memory is taken from: a heap, or the memory of a driver. Blocks are memory of a pool that is handed out without
 * a descriptor: by a handle, by an address, by a vendor's library. All functions need the lock.
 */
#ifndef SIM_POOL_H
#define SIM_POOL_H

#include "node.h"

#define SIM_DEFAULT_LIMIT (UINT64_C(256) << 20)

struct sim_pool {
	char name[SIM_NAME_SIZE]; /* as sim_heap_used() knows it */
	char exporter[SIM_NAME_SIZE]; /* exp_name of its DMA-BUFs; "": as the statement exporter says */
	bool scattered; /* page by page, with gaps */
	uint64_t limit;
	uint64_t base; /* 0: the common one */
	uint64_t alignment; /* as cma_alignment; 0: the common one */
	uint64_t shift; /* addresses are so far behind aligned ones */
	uint64_t reach; /* addresses beyond are of no use; 0: there are none */
};

/*
 * A device's data, of this size, that begins with a pool: the default limit, addresses of 32 bits, named after the
 * node. NULL with a complaint.
 */
void *sim_pool_add(size_t size, char const *path);
/* Less than this. False with a complaint. */
#define SIM_SKEW_LIMIT 0x10000
bool sim_parse_skew(char const *text, uint64_t *skew);
/* limit=, base=, alignment=, shift=: 1 if the word was one of these, 0 if not, -1 with a complaint. */
int sim_pool_option(struct sim_pool *pool, char const *word);
uint64_t sim_pool_used(char const *name);
/* Adds what a contiguous pool has, and what is free of that. */
void sim_pool_account(struct sim_pool const *pool, uint64_t *total, uint64_t *available);
bool sim_pool_has_room(struct sim_pool const *pool, uint64_t size);
uint64_t sim_pool_alignment(struct sim_pool const *pool, uint64_t size);
/* What the memory's header says; the caller completes it. */
void sim_pool_describe(struct sim_pool const *pool, uint64_t size, bool cached, struct sim_header *header);

/* block.c */

struct sim_block {
	struct sim_block *next;
	struct sim_node *node;
	struct sim_memory *memory;
	uint64_t file; /* the open file that it belongs to, or 0 */
	uint64_t size; /* that was asked for */
	uint32_t handle; /* the driver's */
	uint32_t kind; /* likewise */
	unsigned int references; /* of a handle */
};

/*
 * Makes memory of `size` bytes, rounded up to pages, and a block that holds it. Device and CPU both see zeros. NULL
 * with ENOMEM.
 */
struct sim_block *sim_block_create(struct sim_pool const *pool, struct sim_node *node, uint64_t size, bool cached);
/* A further block that holds the same memory. */
struct sim_block *sim_block_share(struct sim_memory *memory, struct sim_node *node);
/* The memory stays while there are other blocks, descriptors or mappings. */
void sim_block_free(struct sim_block *block);
/* The same for a program that frees it: a misuse while it is mapped, for the driver gives the memory to others. */
void sim_block_give_back(struct sim_block *block);
/* All blocks of a node. Begins with NULL. */
struct sim_block *sim_block_next(struct sim_node const *node, struct sim_block const *block);
void sim_block_free_all(struct sim_node const *node);
/* Those of one open file. */
void sim_block_free_file(struct sim_file const *file);
/* A descriptor of the memory. -1 with errno. */
int sim_block_open(struct sim_memory const *memory, int flags);

#endif /* SIM_POOL_H */
