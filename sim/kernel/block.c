/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory without a descriptor is a file in the private directory, so that it can be mapped at any time.
 */
#include "kernel/block.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "kernel/buffer.h"
#include "kernel/calls.h"
#include "kernel/coherency.h"
#include "kernel/enter.h"
#include "kernel/life.h"
#include "kernel/mapping.h"
#include "kernel/real.h"

static struct sim_block *blocks;

struct sim_block *sim_block_share(struct sim_memory *memory, struct sim_node *node)
{
	struct sim_block **end = &blocks;
	struct sim_block *block = calloc(1, sizeof(*block));

	if (!block)
		return NULL;
	block->node = node;
	block->memory = memory;
	block->references = 1;
	memory->holds++;
	while (*end)
		end = &(*end)->next;
	*end = block;
	return block;
}

static bool is_reachable(uint64_t reach, struct sim_memory const *memory)
{
	uint64_t last = sim_memory_address(memory, memory->size - 1);

	return reach == 0 || (last >= memory->layout.address && last < reach);
}

struct sim_block *sim_block_create(struct sim_pool const *pool, struct sim_node *node, uint64_t size, bool cached)
{
	uint64_t rounded = sim_round_up(size, sim_page_size());
	struct sim_header header;
	struct sim_memory *memory = NULL;
	struct sim_block *block = NULL;

	if (size > 0 && rounded >= size && sim_pool_has_room(pool, rounded)) {
		sim_pool_describe(pool, rounded, cached, &header);
		header.pfnmap = true;
		memory = sim_buffer_create_file(&header, sim_pool_alignment(pool, rounded));
	}
	if (memory && is_reachable(node->device->reach, memory))
		block = sim_block_share(memory, node);
	if (!block) {
		if (memory)
			sim_memory_remove(memory);
		errno = ENOMEM;
		return NULL;
	}
	block->size = size;
	sim_clean(memory, 0, rounded);
	return block;
}

struct sim_block *sim_block_take(struct sim_node *node, uint64_t size, bool cached)
{
	return sim_block_create(node->data, node, size, cached);
}

void sim_block_free(struct sim_block *block)
{
	struct sim_block **place = &blocks;

	while (*place != block)
		place = &(*place)->next;
	*place = block->next;
	block->memory->holds--;
	sim_sweep_due = true;
	free(block);
}

void sim_block_give_back(struct sim_block *block)
{
	if (sim_mapping_of_slice(block->memory, 0) > 0)
		sim_note_misuse("%s: free of the block at 0x%llx while it is mapped", block->memory->header->heap,
			(unsigned long long)block->memory->layout.address);
	sim_block_free(block);
}

struct sim_block *sim_block_next(struct sim_node const *node, struct sim_block const *block)
{
	struct sim_block *next = block ? block->next : blocks;

	while (next && next->node != node)
		next = next->next;
	return next;
}

struct sim_block *sim_block_by_address(struct sim_node const *node, uint64_t address)
{
	struct sim_block *block = sim_block_next(node, NULL);

	while (block && block->memory->layout.address != address)
		block = sim_block_next(node, block);
	return block;
}

struct sim_block *sim_block_by_handle(struct sim_file const *file, uint32_t handle)
{
	struct sim_block *block = sim_block_next(file->node, NULL);

	while (block && (block->file != file->id || block->handle != handle))
		block = sim_block_next(file->node, block);
	return block;
}

void sim_block_add_handle(struct sim_block *block, struct sim_file const *file)
{
	uint32_t handle = 1;

	while (sim_block_by_handle(file, handle))
		handle++;
	block->file = file->id;
	block->handle = handle;
}

void sim_block_free_all(struct sim_node const *node)
{
	struct sim_block *block;

	while ((block = sim_block_next(node, NULL)))
		sim_block_free(block);
}

void sim_block_free_file(struct sim_file const *file)
{
	struct sim_block *block = sim_block_next(file->node, NULL);

	while (block) {
		struct sim_block *next = sim_block_next(file->node, block);

		if (block->file == file->id)
			sim_block_free(block);
		block = next;
	}
}

int sim_block_open(struct sim_memory const *memory, int flags)
{
	if (memory->path)
		return real()->open(memory->path, flags);
	return sim_error(ENOMEM);
}

/* The kernel checks this before it calls the driver. */
static bool may_access(struct sim_request const *request)
{
	int mode = real()->fcntl(request->fd, F_GETFL) & O_ACCMODE;

	if (mode == O_WRONLY)
		return false;
	return mode == O_RDWR || !(request->protection & PROT_WRITE) || (request->flags & MAP_TYPE) == MAP_PRIVATE;
}

/* The pages after the block belong to other users of the memory. Here they are anonymous memory. */
static void *map_beyond(struct sim_memory const *memory, struct sim_request const *request)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (request->flags & MAP_FIXED);

	sim_note_misuse("%s: mapping of %zu bytes, but the block has %llu", memory->header->heap, request->length,
		(unsigned long long)memory->size);
	return real()->mmap(request->address, request->length, request->protection, flags, -1, 0);
}

static void *map(struct sim_memory const *memory, struct sim_request const *request, int fd)
{
	void *address = sim_mapping_place(request->address, request->length);
	size_t length = request->length;
	int flags = request->flags;

	if (length > memory->size) {
		address = map_beyond(memory, request);
		if (address == MAP_FAILED)
			return address;
		length = (size_t)memory->size;
		flags |= MAP_FIXED;
	}
	return real()->mmap(address, length, request->protection, flags, fd, 0);
}

static void *map_memory(struct sim_memory const *memory, struct sim_request const *request)
{
	int fd = sim_block_open(memory, O_RDWR | O_CLOEXEC);
	void *address = MAP_FAILED;

	if (fd >= 0) {
		address = map(memory, request, fd);
		real()->close(fd);
	}
	return address;
}

void *sim_node_map(struct sim_node *node, struct sim_request const *request)
{
	struct sim_file *file;
	struct sim_memory *memory;
	void *address;

	if (!node->device->mmap || request->length == 0 || !may_access(request)) {
		errno = !node->device->mmap ? ENODEV : (request->length == 0) ? EINVAL : EACCES;
		return MAP_FAILED;
	}
	sim_sweep();
	errno = ENOMEM;
	file = sim_file_find(node, request->fd);
	memory = file ? node->device->mmap(file, request) : NULL;
	if (!memory)
		return MAP_FAILED;
	address = map_memory(memory, request);
	if (address != MAP_FAILED)
		sim_mapping_add(&(struct sim_mapping){.start = (uintptr_t)address,
			.end = (uintptr_t)address + (uintptr_t)sim_round_up(request->length, sim_page_size()),
			.device = memory->device,
			.inode = memory->inode,
			.file = file->id});
	return address;
}
