/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/buffers.h"

#include <stdlib.h>

#include "check/finding.h"
#include "check/session.h"
#include "check/watch.h"
#include "kernel/enter.h"
#include "kernel/mapping.h"
#include "kernel/target.h"

#define BUCKETS 1024

struct entry {
	struct entry *next;
	void const *buffer;
	void const *allocator;
	void const *address; /* of the last map, or NULL */
	size_t size;
	unsigned int maps;
	bool manual, in_session;
	bool is_told; /* a map has told the start of its session before the library started it */
};

static struct entry *buckets[BUCKETS];

static struct entry **place_of(void const *buffer)
{
	struct entry **place = &buckets[(uintptr_t)buffer / 16 % BUCKETS];

	while (*place && (*place)->buffer != buffer)
		place = &(*place)->next;
	return place;
}

/* Returns NULL without memory: the buffer is not checked then. */
static struct entry *get(struct sim_buffer_call const *call)
{
	struct entry **place = place_of(call->buffer);

	if (!*place && (*place = calloc(1, sizeof(**place))))
		(*place)->buffer = call->buffer;
	if (*place) {
		(*place)->size = call->size;
		(*place)->allocator = call->allocator;
	}
	return *place;
}

/* The memory of a buffer that was mapped, and where it begins there. */
static struct sim_memory *locate(struct entry const *entry, uint64_t *offset)
{
	struct sim_mapping const *mapping = entry->address ? sim_mapping_find((uintptr_t)entry->address) : NULL;

	if (!mapping)
		return NULL;
	*offset = mapping->offset + ((uintptr_t)entry->address - mapping->start);
	return sim_memory_find(mapping->device, mapping->inode);
}

static bool starts(struct entry const *entry, bool overwrites)
{
	uint64_t offset;
	struct sim_memory *memory = locate(entry, &offset);

	if (memory)
		sim_session_starts(memory, offset, entry->size, overwrites);
	return memory != NULL;
}

static void started(struct entry const *entry, bool overwrites)
{
	uint64_t offset;
	struct sim_memory *memory = locate(entry, &offset);

	if (memory)
		sim_session_started(memory, offset, entry->size, overwrites);
}

static void stops(struct entry const *entry)
{
	uint64_t offset;
	struct sim_memory *memory = locate(entry, &offset);

	if (memory)
		sim_session_stops(memory, offset, entry->size);
}

static void stopped(struct entry *entry)
{
	uint64_t offset;
	struct sim_memory *memory = locate(entry, &offset);

	if (entry->in_session && memory)
		sim_session_stopped(memory, offset, entry->size);
	entry->in_session = false;
}

static void report(struct entry const *entry, enum sim_kind_of_finding kind)
{
	uint64_t offset;
	struct sim_watch const *watch = sim_watch_of(locate(entry, &offset));

	sim_finding_add(&(struct sim_found){.kind = kind, .subject = watch ? &watch->subject : NULL});
}

void sim_buffers_map(struct sim_buffer_call const *call)
{
	struct entry *entry;

	sim_lock();
	entry = get(call);
	/* Another thread may be mapping the buffer, too. */
	if (entry && entry->maps == 0 && !entry->is_told)
		entry->is_told = !call->manual && starts(entry, call->overwrites);
	sim_unlock();
	sim_watch_enter_library();
}

static void mapped(struct entry *entry, struct sim_buffer_call const *call, void const *address)
{
	bool is_told = entry->is_told;

	if (!address && entry->maps == 0) {
		entry->is_told = false;
		entry->in_session = is_told;
		stopped(entry);
	}
	if (!address || entry->maps++ > 0)
		return;
	entry->is_told = false;
	/* The library may have mapped it anew. */
	entry->address = address;
	entry->manual = call->manual;
	entry->in_session = !call->manual;
	if (entry->in_session && !is_told)
		starts(entry, call->overwrites);
	if (entry->in_session)
		started(entry, call->overwrites);
}

void sim_buffers_mapped(struct sim_buffer_call const *call, void const *address)
{
	struct entry *entry;

	sim_watch_leave_library();
	sim_lock();
	entry = get(call);
	if (entry)
		mapped(entry, call, address);
	sim_unlock();
}

void sim_buffers_start(struct sim_buffer_call const *call)
{
	struct entry *entry;

	sim_lock();
	entry = get(call);
	if (entry && entry->maps > 0 && entry->manual && !entry->in_session) {
		starts(entry, false);
		entry->in_session = true;
	}
	sim_unlock();
	sim_watch_enter_library();
}

void sim_buffers_started(struct sim_buffer_call const *call)
{
	struct entry *entry;

	sim_watch_leave_library();
	sim_lock();
	entry = get(call);
	if (entry && entry->in_session)
		started(entry, false);
	sim_unlock();
}

void sim_buffers_stop(struct sim_buffer_call const *call)
{
	struct entry *entry;

	sim_lock();
	entry = get(call);
	if (entry && entry->in_session && entry->manual)
		stops(entry);
	else if (entry && (entry->maps == 0 || entry->manual))
		report(entry, SIM_SESSION_NOT_STARTED);
	sim_unlock();
	sim_watch_enter_library();
}

void sim_buffers_stopped(struct sim_buffer_call const *call)
{
	struct entry *entry;

	sim_watch_leave_library();
	sim_lock();
	entry = get(call);
	if (entry && entry->manual)
		stopped(entry);
	sim_unlock();
}

/* The library ends the session. The original one did not: the data stayed in the cache. */
static void leave(struct entry const *entry)
{
	uint64_t offset;
	struct sim_memory *memory = locate(entry, &offset);

	if (entry->in_session && entry->manual)
		report(entry, SIM_SESSION_LEFT_OPEN);
	if (entry->in_session)
		stops(entry);
	else if (memory)
		sim_session_unmaps(memory, offset, entry->size);
}

void sim_buffers_unmap(struct sim_buffer_call const *call)
{
	struct entry *entry;

	sim_lock();
	entry = get(call);
	if (entry && entry->maps == 1)
		leave(entry);
	sim_unlock();
	sim_watch_enter_library();
}

void sim_buffers_unmapped(struct sim_buffer_call const *call)
{
	struct entry *entry;

	sim_watch_leave_library();
	sim_lock();
	entry = get(call);
	if (entry && entry->maps > 0 && --entry->maps == 0)
		stopped(entry);
	sim_unlock();
}

void sim_buffers_range(struct sim_buffer_call const *call)
{
	struct entry *entry;
	struct sim_memory *memory;
	uint64_t offset;

	sim_lock();
	entry = get(call);
	memory = entry ? locate(entry, &offset) : NULL;
	if (memory)
		sim_session_hand_over(memory);
	sim_unlock();
	sim_watch_enter_library();
}

static void note_free(struct entry const *entry, int fd)
{
	struct sim_target target;
	uint64_t offset;

	if (fd >= 0 && sim_find(fd, &target) == SIM_IS_DMABUF)
		sim_watch_note(sim_watch_of(target.memory), "the deallocation");
	else if (entry)
		sim_watch_note(sim_watch_of(locate(entry, &offset)), "the deallocation");
}

static void free_entry(struct entry *entry, int fd)
{
	if (entry && entry->maps > 0) {
		leave(entry);
		stopped(entry);
	}
	note_free(entry, fd);
}

void sim_buffers_free(struct sim_buffer_call const *call)
{
	sim_lock();
	free_entry(*place_of(call->buffer), call->fd);
	sim_unlock();
	sim_watch_enter_library();
}

static void forget(void const *buffer)
{
	struct entry **place = place_of(buffer), *entry = *place;

	if (!entry)
		return;
	*place = entry->next;
	free(entry);
}

void sim_buffers_freed(struct sim_buffer_call const *call)
{
	sim_watch_leave_library();
	sim_lock();
	forget(call->buffer);
	sim_unlock();
}

void sim_buffers_forget(void const *buffer)
{
	sim_lock();
	forget(buffer);
	sim_unlock();
}

void sim_buffers_free_all(void const *allocator)
{
	sim_lock();
	for (unsigned int i = 0; i < BUCKETS; i++) {
		struct entry *next;

		for (struct entry *entry = buckets[i]; entry; entry = next) {
			next = entry->next;
			if (entry->allocator != allocator)
				continue;
			free_entry(entry, -1);
			forget(entry->buffer);
		}
	}
	sim_unlock();
	sim_watch_enter_library();
}
