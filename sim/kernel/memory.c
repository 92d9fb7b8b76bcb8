/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/observer.h"
#include "kernel/real.h"

bool sim_sweep_due;

static struct sim_memory *memories;

size_t sim_page_size(void)
{
	static _Atomic size_t size;

	if (size == 0)
		size = (size_t)sysconf(_SC_PAGESIZE);
	return size;
}

uint64_t sim_round_up(uint64_t value, uint64_t unit)
{
	return (value % unit == 0) ? value : value - value % unit + unit;
}

bool sim_identify(int fd, struct sim_identity *identity)
{
	struct statx status;

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) < 0)
		return false;
	identity->device = makedev(status.stx_dev_major, status.stx_dev_minor);
	identity->inode = status.stx_ino;
	identity->size = status.stx_size;
	identity->mode = status.stx_mode;
	return true;
}

struct sim_memory *sim_memories(void)
{
	return memories;
}

struct sim_memory *sim_memory_find(uint64_t device, uint64_t inode)
{
	struct sim_memory *memory = memories;

	while (memory && (memory->inode != inode || memory->device != device))
		memory = memory->next;
	return memory;
}

static void insert(struct sim_memory *memory)
{
	struct sim_memory **place = &memories;

	while (*place && (*place)->layout.address < memory->layout.address)
		place = &(*place)->next;
	memory->next = *place;
	*place = memory;
}

static void take_out(struct sim_memory *memory)
{
	struct sim_memory **place = &memories;

	while (*place != memory)
		place = &(*place)->next;
	*place = memory->next;
}

struct sim_memory *sim_memory_add(int fd, enum sim_memory_kind kind)
{
	struct sim_identity identity;
	struct sim_memory *memory;

	if (!sim_identify(fd, &identity))
		return NULL;
	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return NULL;
	memory->device = identity.device;
	memory->inode = identity.inode;
	memory->kind = kind;
	insert(memory);
	return memory;
}

static uint64_t span(struct sim_layout const *layout, uint64_t size)
{
	return sim_round_up(size, layout->unit) / layout->unit * layout->stride;
}

/* The list is in order, so one pass finds the first gap. Adopted buffers may overlap others. */
static uint64_t find_gap(uint64_t from, uint64_t length, uint64_t alignment)
{
	uint64_t place = sim_round_up(from, alignment);

	for (struct sim_memory *memory = memories; memory; memory = memory->next) {
		uint64_t begin = memory->layout.address, end;

		if (begin == 0)
			continue;
		end = begin + span(&memory->layout, memory->size);
		if (begin < place + length && end > place)
			place = sim_round_up(end, alignment);
	}
	return place;
}

void sim_memory_keep(struct sim_memory *memory, struct sim_layout const *layout, uint64_t size)
{
	take_out(memory);
	memory->layout = *layout;
	memory->size = size;
	insert(memory);
}

void sim_memory_place(struct sim_memory *memory, struct sim_layout const *layout, uint64_t size, uint64_t alignment)
{
	struct sim_layout placed = *layout;

	/* The present place of the memory is free for it. */
	memory->size = 0;
	placed.address = find_gap(layout->address, span(layout, size) + layout->shift, alignment) + layout->shift;
	sim_memory_keep(memory, &placed, size);
}

static void stop_looking(struct sim_memory *memory)
{
	if (memory->view)
		real()->munmap(memory->view, memory->view_size);
	memory->view = NULL;
	memory->view_size = 0;
}

bool sim_memory_look(struct sim_memory *memory, int fd, uint64_t size)
{
	void *view;

	if (size == 0 || size > SIZE_MAX) {
		errno = ENOMEM;
		return false;
	}
	view = real()->mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (view == MAP_FAILED)
		return false;
	/* A core dump needs no second view of the same memory. */
	madvise(view, (size_t)size, MADV_DONTDUMP);
	stop_looking(memory);
	memory->view = view;
	memory->view_size = (size_t)size;
	return true;
}

void sim_memory_remove(struct sim_memory *memory)
{
	if (sim_observer)
		sim_observer->removed(memory);
	take_out(memory);
	stop_looking(memory);
	while (memory->slices) {
		struct sim_slice *slice = memory->slices;

		memory->slices = slice->next;
		free(slice);
	}
	if (memory->path && memory->maker == getpid())
		unlink(memory->path);
	free(memory->path);
	free(memory);
}

void sim_memory_reset(void)
{
	while (memories)
		sim_memory_remove(memories);
}

uint64_t sim_memory_address(struct sim_memory const *memory, uint64_t offset)
{
	struct sim_layout const *layout = &memory->layout;

	if (layout->address == 0 || offset >= memory->size)
		return 0;
	return layout->address + offset / layout->unit * layout->stride + offset % layout->unit;
}
