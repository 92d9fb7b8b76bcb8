/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The devices' side of the memory, and questions about it.
 */
#include "device.h"

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
	bool done;

	sim_lock();
	done = access_fd(fd, offset, data, length, false);
	sim_unlock();
	return done ? 0 : -1;
}

/* The accesses share a function that does not write to the data when it is told to write to the memory. */
int sim_device_write_fd(int fd, uint64_t offset, void const *data, size_t length)
{
	bool done;

	sim_lock();
	done = access_fd(fd, offset, (void *)(uintptr_t)data, length, true);
	sim_unlock();
	return done ? 0 : -1;
}

/* The memory that has this frame, the offset in it, and how many bytes from there on are neighbours. */
static struct sim_memory *find_frame(uint64_t address, uint64_t *offset, uint64_t *run)
{
	struct sim_memory *memory = sim_memories();

	for (; memory; memory = memory->next) {
		struct sim_layout const *layout = &memory->layout;
		uint64_t distance = address - layout->address;

		if (layout->address == 0 || address < layout->address || distance % layout->stride >= layout->unit)
			continue;
		*offset = distance / layout->stride * layout->unit + distance % layout->stride;
		*run = layout->unit - distance % layout->stride;
		if (*offset < memory->size)
			break;
	}
	return memory;
}

/* First all of the range is looked at, so that a bad one changes nothing. */
static bool access_range(uint64_t address, uint8_t *data, size_t length, bool write, bool really)
{
	while (length > 0) {
		uint64_t offset, run;
		struct sim_memory *memory = find_frame(address, &offset, &run);

		if (!memory)
			return false;
		if (run > length)
			run = length;
		if (really && !sim_device_access(memory, offset, data, (size_t)run, write))
			return false;
		address += run;
		data += run;
		length -= (size_t)run;
	}
	return true;
}

static int access_address(uint64_t address, void *data, size_t length, bool write)
{
	bool done;

	sim_lock();
	sim_sweep();
	done = access_range(address, data, length, write, false) && access_range(address, data, length, write, true);
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

		memory = find_frame(address, &offset, &run);
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
		for (struct sim_part *part = memory->parts; part; part = part->next)
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
