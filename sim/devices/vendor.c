/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "devices/vendor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "devices/galcore.h"
#include "devices/hantro.h"
#include "kernel/block.h"
#include "kernel/calls.h"
#include "kernel/coherency.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/frames.h"
#include "kernel/life.h"
#include "kernel/mapping.h"
#include "kernel/real.h"

struct object {
	struct object *next;
	enum sim_vendor_kind kind;
	void const *key;
	struct sim_vendor_memory memory; /* .block is NULL for objects without memory */
};

static char const *const kinds[] = {"handle of G2D", "buffer of G2D", "instance of DWL", "memory of DWL"};

static struct object *objects;

bool sim_vendor_call(enum sim_call call)
{
	return sim_enter() && SIM_LOCKED(sim_admit(call));
}

static bool can_open(struct sim_node const *node)
{
	return node && node->open_error == 0 && node->open_write_error == 0;
}

bool sim_vendor_opens(char const *path)
{
	return SIM_LOCKED(can_open(sim_node_by_path(path)));
}

/* The block belongs to the library, and stays when the node is removed. */
static struct sim_block *take(struct sim_node *node, uint64_t size, bool cached)
{
	struct sim_block *block = node->device->take ? node->device->take(node, size, cached) : NULL;

	if (block)
		block->node = NULL;
	return block;
}

/* The library's memory begins at offset `skew` in the block. */
static bool map(struct sim_block *block, uint64_t skew, bool with_fd, struct sim_vendor_memory *memory)
{
	int fd = sim_block_open(block->memory, O_RDWR | O_CLOEXEC);
	size_t length = (size_t)block->memory->size;
	void *start = MAP_FAILED;

	if (fd >= 0)
		start = real()->mmap(sim_mapping_place(NULL, length), length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0 && (!with_fd || start == MAP_FAILED)) {
		real()->close(fd);
		fd = -1;
	}
	if (start == MAP_FAILED)
		return false;
	*memory = (struct sim_vendor_memory){.pointer = (uint8_t *)start + skew, .fd = fd, .block = block};
	memory->address = block->memory->layout.address + skew;
	sim_mapping_add(&(struct sim_mapping){.start = (uintptr_t)start,
		.end = (uintptr_t)start + (uintptr_t)length,
		.device = block->memory->device,
		.inode = block->memory->inode});
	return true;
}

bool sim_vendor_allocate(char const *path, uint64_t size, bool cached, bool with_fd, struct sim_vendor_memory *memory)
{
	struct sim_block *block = NULL;
	struct sim_node *node;
	uint64_t skew;
	bool done = false;

	sim_lock();
	node = sim_node_by_path(path);
	skew = with_fd ? sim_hantro_skew() : sim_galcore_skew();
	if (can_open(node) && size > 0)
		block = take(node, size + skew, cached);
	if (block) {
		done = map(block, skew, with_fd, memory);
		if (!done)
			sim_block_free(block);
	}
	sim_unlock();
	memory->size = sim_round_up(size, sim_page_size());
	return done;
}

/* The program must not have closed or unmapped the library's memory. */
static void free_memory(struct sim_vendor_memory const *memory)
{
	struct sim_block *block = memory->block;
	uintptr_t start = (uintptr_t)memory->pointer - (uintptr_t)(memory->address - block->memory->layout.address);
	struct sim_target target;

	if (memory->fd >= 0) {
		sim_find(memory->fd, &target);
		if (target.memory == block->memory)
			real()->close(memory->fd);
		else
			sim_note_misuse("the program closed descriptor %d, which belongs to a vendor library's memory", memory->fd);
	}
	if (sim_mapping_find(start))
		real()->munmap((void *)start, (size_t)block->memory->size);
	else
		sim_note_misuse("the program unmapped a vendor library's memory");
	sim_mapping_cut(start, start + (uintptr_t)block->memory->size);
	sim_block_free(block);
}

void sim_vendor_free(struct sim_vendor_memory const *memory)
{
	sim_lock();
	free_memory(memory);
	sim_unlock();
}

static struct object **find(enum sim_vendor_kind kind, void const *key)
{
	struct object **place = &objects;

	while (*place && ((*place)->kind != kind || (*place)->key != key))
		place = &(*place)->next;
	return place;
}

/* An unknown object is a misuse. */
static struct object **expect(enum sim_vendor_kind kind, void const *key)
{
	struct object **place = find(kind, key);

	if (!*place)
		sim_note_misuse("use of an unknown %s", kinds[kind]);
	return place;
}

bool sim_vendor_keep(enum sim_vendor_kind kind, void const *key, struct sim_vendor_memory const *memory)
{
	struct object *object = calloc(1, sizeof(*object));

	if (!object)
		return false;
	object->kind = kind;
	object->key = key;
	if (memory)
		object->memory = *memory;
	sim_lock();
	object->next = objects;
	objects = object;
	sim_unlock();
	return true;
}

bool sim_vendor_drop(enum sim_vendor_kind kind, void const *key)
{
	struct object **place, *object;

	sim_lock();
	place = expect(kind, key);
	object = *place;
	if (object) {
		*place = object->next;
		if (object->memory.block)
			free_memory(&object->memory);
	}
	sim_unlock();
	free(object);
	return object != NULL;
}

bool sim_vendor_has(enum sim_vendor_kind kind, void const *key, bool must)
{
	return SIM_LOCKED(must ? *expect(kind, key) != NULL : *find(kind, key) != NULL);
}

static unsigned int count(enum sim_vendor_kind kind)
{
	unsigned int result = 0;

	for (struct object *object = objects; object; object = object->next)
		result += object->kind == kind;
	return result;
}

unsigned int sim_vendor_number(enum sim_vendor_kind kind)
{
	return SIM_LOCKED(count(kind));
}

bool sim_vendor_maintain(enum sim_vendor_kind kind, void const *key, enum sim_vendor_cache operation)
{
	struct object *object;

	sim_lock();
	object = *expect(kind, key);
	if (object && object->memory.block) {
		struct sim_memory *memory = ((struct sim_block *)object->memory.block)->memory;

		if (operation != SIM_CACHE_INVALIDATE)
			sim_clean(memory, 0, memory->size);
		if (operation != SIM_CACHE_CLEAN)
			sim_invalidate(memory, 0, memory->size);
	}
	sim_unlock();
	return object != NULL;
}

bool sim_vendor_access(uint64_t address, void *data, size_t length, bool write)
{
	bool done;

	sim_lock();
	sim_sweep();
	done = sim_frames_access(address, data, length, write);
	sim_unlock();
	return done;
}

bool sim_vendor_copy(uint64_t destination, uint64_t source, size_t length)
{
	void *data = malloc(length);
	bool done = false;

	if (!data)
		return false;
	sim_lock();
	sim_sweep();
	done = sim_frames_access(source, data, length, false) && sim_frames_access(destination, data, length, true);
	sim_unlock();
	free(data);
	return done;
}

int sim_vendor_export(enum sim_vendor_kind kind, void const *key)
{
	struct object *object;
	int fd = -1;

	sim_lock();
	object = *expect(kind, key);
	if (object && object->memory.block) {
		if (object->memory.fd < 0)
			object->memory.fd = sim_block_open(((struct sim_block *)object->memory.block)->memory, O_RDWR | O_CLOEXEC);
		fd = object->memory.fd;
	}
	sim_unlock();
	return fd;
}

uint64_t sim_vendor_get_phys_addr(int fd)
{
	struct sim_target target;
	uint64_t address = 0;

	sim_lock();
	if (sim_find(fd, &target) == SIM_IS_DMABUF)
		address = sim_dmabuf_map_for_device(&target);
	sim_unlock();
	return address;
}

char const *sim_vendor_dwl_memory(uint32_t client, bool at_init)
{
	static _Thread_local char copy[128];
	char const *path;

	sim_lock();
	path = sim_hantro_memory(client, at_init);
	if (path)
		snprintf(copy, sizeof(copy), "%s", path);
	sim_unlock();
	return path ? copy : NULL;
}

bool sim_vendor_dwl_cached(void)
{
	return SIM_LOCKED(sim_hantro_is_cached());
}

bool sim_vendor_g2d_maintains(void)
{
	return SIM_LOCKED(sim_galcore_maintains());
}

unsigned int sim_vendor_handles(void)
{
	return count(SIM_G2D_HANDLE) + count(SIM_DWL_INSTANCE);
}

void sim_vendor_reset(void)
{
	while (objects) {
		struct object *object = objects;

		objects = object->next;
		free(object);
	}
	sim_block_free_all(NULL);
}
