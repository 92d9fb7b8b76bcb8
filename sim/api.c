/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of sim.h. Each takes the lock.
 */
#include "sim.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "devices/vendor.h"
#include "kernel/cache.h"
#include "kernel/calls.h"
#include "kernel/coherency.h"
#include "kernel/dmabuf.h"
#include "kernel/enter.h"
#include "kernel/frames.h"
#include "kernel/huge.h"
#include "kernel/life.h"
#include "kernel/parse.h"
#include "kernel/pool.h"
#include "kernel/target.h"

int sim_configure(char const *text)
{
	char *copy = strdup(text);
	bool good;

	if (!copy) {
		sim_complain("no memory");
		return -1;
	}
	sim_complaint_clear();
	sim_lock();
	good = sim_config_apply(copy);
	sim_unlock();
	free(copy);
	return good ? 0 : -1;
}

char const *sim_message(void)
{
	return sim_complaint();
}

void sim_reset(void)
{
	sim_lock();
	sim_config_reset();
	sim_unlock();
}

char const *sim_call_name(enum sim_call call)
{
	return ((unsigned int)call < SIM_CALLS) ? sim_call_names[call] : NULL;
}

int sim_fail(enum sim_call call, unsigned int nth, int code, unsigned int times)
{
	return SIM_LOCKED(sim_call_fail(call, nth, code, times));
}

void sim_forget_failures(void)
{
	sim_lock();
	sim_call_forget_failures();
	sim_unlock();
}

unsigned long sim_count(enum sim_call call)
{
	return SIM_LOCKED(sim_call_count(call));
}

unsigned long sim_cache_operations(enum sim_cache_operation operation)
{
	return ((unsigned int)operation < SIM_CACHE_OPERATIONS) ? SIM_LOCKED(sim_cache_count(operation)) : 0;
}

char const *sim_sync_steps(void)
{
	return SIM_LOCKED(sim_trace());
}

static int open_accesses(int fd)
{
	struct sim_target target;

	sim_find(fd, &target);
	return (target.kind == SIM_IS_DMABUF && !target.slice) ? target.memory->header->accesses : 0;
}

int sim_open_accesses(int fd)
{
	return SIM_LOCKED(open_accesses(fd));
}

void sim_reset_counts(void)
{
	sim_lock();
	sim_call_reset_counts();
	sim_cache_reset_counts();
	sim_unlock();
}

static bool access_fd(int fd, uint64_t offset, void *data, size_t length, bool write)
{
	struct sim_target target;

	sim_find(fd, &target);
	if (!target.memory || target.memory->layout.address == 0)
		return false;
	if (target.kind == SIM_IS_DMABUF && (offset > target.size || length > target.size - offset))
		return false;
	return sim_device_access(target.memory, target.offset + offset, data, length, write);
}

int sim_device_read_fd(int fd, uint64_t offset, void *data, size_t length)
{
	return SIM_LOCKED(access_fd(fd, offset, data, length, false)) ? 0 : -1;
}

/* access_fd() does not write to the data when it writes to the memory. */
int sim_device_write_fd(int fd, uint64_t offset, void const *data, size_t length)
{
	return SIM_LOCKED(access_fd(fd, offset, (void *)(uintptr_t)data, length, true)) ? 0 : -1;
}

static int access_address(uint64_t address, void *data, size_t length, bool write)
{
	bool done;

	sim_lock();
	sim_sweep();
	done = sim_frames_access(address, data, length, write);
	sim_unlock();
	return done ? 0 : -1;
}

int sim_device_read(uint64_t address, void *data, size_t length)
{
	return access_address(address, data, length, false);
}

int sim_device_write(uint64_t address, void const *data, size_t length)
{
	return access_address(address, (void *)(uintptr_t)data, length, true);
}

void sim_evict(uint64_t address, uint64_t length)
{
	struct sim_memory *memory;

	sim_lock();
	if (length == 0)
		for (memory = sim_memories(); memory; memory = memory->next)
			sim_clean(memory, 0, memory->size);
	while (length > 0) {
		uint64_t offset, run = sim_page_size() - address % sim_page_size();

		memory = sim_frame_find(address, &offset, &run);
		if (!memory)
			run = sim_page_size() - address % sim_page_size();
		if (run > length)
			run = length;
		if (memory)
			sim_clean(memory, offset, run);
		address += run;
		length -= run;
	}
	sim_unlock();
}

unsigned int sim_live_buffers(void)
{
	unsigned int count = 0;

	sim_lock();
	sim_sweep_now();
	for (struct sim_memory *memory = sim_memories(); memory; memory = memory->next) {
		count += memory->kind == SIM_BUFFER;
		for (struct sim_slice *slice = memory->slices; slice; slice = slice->next)
			count++;
	}
	sim_unlock();
	return count;
}

uint64_t sim_physical_address(int fd, uint64_t offset)
{
	struct sim_target target;
	uint64_t address = 0;

	sim_lock();
	sim_find(fd, &target);
	if (target.memory && (target.kind != SIM_IS_DMABUF || offset < target.size))
		address = sim_memory_address(target.memory, target.offset + offset);
	sim_unlock();
	return address;
}

static int change_attachment(int fd, bool (*change)(struct sim_target const *target))
{
	struct sim_target target;
	return SIM_LOCKED(sim_find(fd, &target) == SIM_IS_DMABUF && change(&target)) ? 0 : -1;
}

int sim_attach(int fd)
{
	return change_attachment(fd, sim_dmabuf_attach);
}

int sim_detach(int fd)
{
	return change_attachment(fd, sim_dmabuf_detach);
}

unsigned int sim_attachments(int fd)
{
	struct sim_target target;

	return SIM_LOCKED((sim_find(fd, &target) == SIM_IS_DMABUF) ? sim_dmabuf_attachments(&target) : 0);
}

int sim_set_fences(int fd, unsigned int readers, unsigned int writers)
{
	struct sim_target target;
	bool found;

	sim_lock();
	found = sim_find(fd, &target) == SIM_IS_DMABUF;
	if (found)
		sim_dmabuf_set_fences(&target, readers, writers);
	sim_unlock();
	return found ? 0 : -1;
}

uint64_t sim_heap_used(char const *heap)
{
	uint64_t used;

	sim_lock();
	sim_sweep_now();
	used = sim_pool_used(heap);
	sim_unlock();
	return used;
}

unsigned int sim_live_handles(void)
{
	return SIM_LOCKED(sim_vendor_handles());
}

unsigned long sim_misuses(void)
{
	return SIM_LOCKED(sim_misuse_count());
}

char const *sim_misuse(void)
{
	static _Thread_local char copy[160];

	sim_lock();
	strncpy(copy, sim_misuse_first(), sizeof(copy) - 1);
	sim_unlock();
	return copy;
}

unsigned int sim_huge_pages_used(void)
{
	uint64_t used;

	sim_lock();
	sim_sweep_now();
	used = sim_huge_used();
	sim_unlock();
	return (unsigned int)used;
}
