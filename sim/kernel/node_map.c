/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/node_map.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/block.h"
#include "kernel/life.h"
#include "kernel/mapping.h"
#include "kernel/misuse.h"
#include "kernel/real.h"

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

static void note(struct sim_file const *file, struct sim_memory const *memory, uintptr_t start, size_t length)
{
	struct sim_mapping mapping = {
		.start = start,
		.end = start + (uintptr_t)sim_round_up(length, sim_page_size()),
		.device = memory->device,
		.inode = memory->inode,
		.file = file->id,
	};

	sim_mapping_add(&mapping);
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
		note(file, memory, (uintptr_t)address, request->length);
	return address;
}
