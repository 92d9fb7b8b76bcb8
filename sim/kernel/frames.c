/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/frames.h"

#include "kernel/coherency.h"
#include "kernel/observer.h"

struct sim_memory *sim_frame_find(uint64_t address, uint64_t *offset, uint64_t *run)
{
	struct sim_memory *memory = sim_memories();

	for (; memory; memory = memory->next) {
		struct sim_layout const *layout = &memory->layout;
		uint64_t above = address - layout->address;

		if (layout->address == 0 || address < layout->address || above % layout->stride >= layout->unit)
			continue;
		*offset = above / layout->stride * layout->unit + above % layout->stride;
		*run = layout->unit - above % layout->stride;
		if (*offset < memory->size)
			break;
	}
	return memory;
}

/* Without `really`, only check the range. */
static bool access_range(uint64_t address, uint8_t *data, size_t length, bool write, bool really)
{
	while (length > 0) {
		uint64_t offset, run;
		struct sim_memory *memory = sim_frame_find(address, &offset, &run);

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

bool sim_frames_access(uint64_t address, void *data, size_t length, bool write)
{
	if (access_range(address, data, length, write, false))
		return access_range(address, data, length, write, true);
	if (sim_observer)
		sim_observer->missed(address, length, write);
	return false;
}
