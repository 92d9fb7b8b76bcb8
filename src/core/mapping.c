/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * While the count is above 0, the mapping and its flags do not change: a repeated map or unmap only changes the count,
 * without a lock. The buffer's lock guards the steps from 0 and to 0.
 */
#include "mapping.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>

#include "../base/cache.h"
#include "../base/error.h"
#include "../base/locks.h"
#include "cpu_map.h"
#include "session.h"
#include "sharing.h"

#define KNOWN_FLAGS                                                                                                    \
	((unsigned int)(IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK | IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC |             \
		IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE))

/* One map in mapping.state; below it are the access bits of the mapping. */
#define ONE_MAP 4u
#define ACCESS ((unsigned int)IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK)

/* The thread cannot be cancelled meanwhile: the log and other calls are cancellation points. */
static void lock(struct imxd_mapping *mapping)
{
	int state = imxd_disable_cancel();

	pthread_mutex_lock(&mapping->lock);
	mapping->cancel_state = state;
}

static void unlock(struct imxd_mapping *mapping)
{
	struct imxd_sync const *chosen = mapping->sync_is_new ? mapping->sync : NULL;
	int state = mapping->cancel_state;

	mapping->sync_is_new = false;
	pthread_mutex_unlock(&mapping->lock);
	if (chosen)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_DEBUG, "sync sessions of a buffer: %s", imxd_sync_name(chosen->coherency));
	imxd_session_warn();
	pthread_setcancelstate(state, NULL);
}

/* Flags without access of their own. */
#define OTHER_FLAGS ((unsigned int)(IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC | IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE))

/* The access that the flags ask for; no mapping has it if there are unknown flags, or OVERWRITE for reading alone. */
static inline unsigned int wanted_access(unsigned int flags)
{
	unsigned int access = flags & ~OTHER_FLAGS;

	if ((flags & IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE) && access == IMX_DMA_BUFFER_MAPPING_FLAG_READ)
		return ~0u;
	return (access != 0) ? access : ACCESS;
}

/* Count one more map of a mapped buffer, if it is mapped with all of this access. */
static inline bool count_up(struct imxd_mapping *mapping, unsigned int access)
{
	unsigned int state = atomic_load_explicit(&mapping->state, memory_order_relaxed);

	while (!(access & ~(state & ACCESS)) && state < UINT_MAX - ONE_MAP)
		if (atomic_compare_exchange_weak_explicit(&mapping->state, &state, state + ONE_MAP, memory_order_acquire,
				memory_order_relaxed))
			return true;
	return false;
}

/* Count one map less, unless it is the last one. */
static inline bool count_down(struct imxd_mapping *mapping)
{
	unsigned int state = atomic_load_explicit(&mapping->state, memory_order_relaxed);

	while (state >= 2 * ONE_MAP)
		if (atomic_compare_exchange_weak_explicit(&mapping->state, &state, state - ONE_MAP, memory_order_release,
				memory_order_relaxed))
			return true;
	return false;
}

/* Count one map less. Was it the last one? Other threads may change the count between any two looks at it. */
static bool count_down_to_0(struct imxd_mapping *mapping)
{
	unsigned int state;

	do {
		if (count_down(mapping))
			return false;
		state = atomic_load_explicit(&mapping->state, memory_order_relaxed);
	} while (state >= 2 * ONE_MAP ||
		(state != 0 &&
			!atomic_compare_exchange_weak_explicit(&mapping->state, &state, 0, memory_order_acq_rel,
				memory_order_relaxed)));
	return state != 0;
}

static inline bool is_uncached(struct imxd_buffer const *buffer)
{
	return buffer->block.traits.cached == IMX_DMA_BUFFER_TRISTATE_NO;
}

static int unmap_last(struct imxd_buffer *buffer)
{
	int stopped = imxd_session_stop(buffer), unmapped = imxd_cpu_unmap(buffer);

	/* The program may have left a session open. */
	if (is_uncached(buffer))
		imxd_barrier_done();
	return (unmapped != 0) ? unmapped : stopped;
}

/* The step to 0, unless other threads have mapped the buffer meanwhile. */
static int unmap_slow_path(struct imxd_buffer *buffer)
{
	int code = 0;

	lock(&buffer->mapping);
	if (count_down_to_0(&buffer->mapping))
		code = unmap_last(buffer);
	unlock(&buffer->mapping);
	return code;
}

int imxd_mapping_unmap(struct imxd_buffer *buffer)
{
	return count_down(&buffer->mapping) ? 0 : unmap_slow_path(buffer);
}

int imxd_mapping_unmap_all(struct imxd_buffer *buffer)
{
	int stopped = (buffer->mapping.state != 0) ? imxd_session_stop(buffer) : 0;
	int unmapped = imxd_cpu_map_drop(buffer);

	atomic_store_explicit(&buffer->mapping.state, 0, memory_order_relaxed);
	return (unmapped != 0) ? unmapped : stopped;
}

int imxd_mapping_close(struct imxd_buffer *buffer)
{
	int code = 0;

	lock(&buffer->mapping);
	if (buffer->mapping.state != 0)
		code = unmap_last(buffer);
	atomic_store_explicit(&buffer->mapping.state, 0, memory_order_relaxed);
	unlock(&buffer->mapping);
	return code;
}

static int check_flags(unsigned int flags)
{
	if (flags & ~KNOWN_FLAGS)
		return imxd_fail(-EINVAL, "mapping flags 0x%x: unknown flags", flags);
	if ((flags & IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE) && wanted_access(flags) == ~0u)
		return imxd_fail(-EINVAL, "mapping flags 0x%x: OVERWRITE needs WRITE", flags);
	return 0;
}

/* Refuse a further map that could not be counted. */
static int refuse(struct imxd_mapping const *mapping, unsigned int flags)
{
	int code = check_flags(flags);

	if (code != 0)
		return code;
	if (wanted_access(flags) & ~mapping->flags)
		return imxd_fail(-EACCES, "the buffer is mapped for %s only; unmap it first, or map it for both at first",
			(mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_READ) ? "reading" : "writing");
	return imxd_fail(-EOVERFLOW, "the buffer is mapped %u times already", UINT_MAX / ONE_MAP);
}

/* The first map, with the lock held. */
static int map_first(struct imxd_buffer *buffer, unsigned int flags)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	unsigned int access = wanted_access(flags);
	int code = check_flags(flags);

	if (code == 0)
		code = imxd_cpu_map(buffer, access);
	if (code != 0)
		return code;
	mapping->flags = flags | access;
	mapping->overwrites = flags & IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE;
	if ((flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC) && (access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE))
		atomic_store_explicit(&mapping->is_dirty, true, memory_order_relaxed);
	if (!(flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC))
		code = imxd_session_start(buffer);
	if (code != 0) {
		imxd_cpu_map_drop(buffer);
		return code;
	}
	atomic_store_explicit(&mapping->state, ONE_MAP | access, memory_order_release);
	return 0;
}

/* Only the first map can choose MANUAL_SYNC. Returns true if this further map asks for it in vain. */
static inline bool asks_in_vain(struct imxd_mapping const *mapping, unsigned int flags)
{
	return flags & ~mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC;
}

/* One warning a buffer. Hold no lock. Returns the address. */
static __attribute__((noinline)) uint8_t *warn_once(struct imxd_buffer *buffer)
{
	if (!atomic_exchange(&buffer->mapping.has_warned, true))
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
			"a buffer of %zu bytes is mapped already without MANUAL_SYNC: the flag of a further map has no effect, and "
			"the session lasts until the last unmap",
			buffer->size);
	return buffer->mapping.address;
}

int imxd_mapping_map(struct imxd_buffer *buffer, unsigned int flags, uint8_t **address)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	bool in_vain = false;
	int code = 0;

	lock(mapping);
	if (atomic_load_explicit(&mapping->state, memory_order_relaxed) == 0)
		code = map_first(buffer, flags);
	else if (count_up(mapping, wanted_access(flags)))
		in_vain = asks_in_vain(mapping, flags);
	else
		code = refuse(mapping, flags);
	*address = (code == 0) ? mapping->address : NULL;
	unlock(mapping);
	if (in_vain)
		warn_once(buffer);
	return code;
}

static __attribute__((noinline)) uint8_t *map_slow_path(struct imxd_buffer *buffer, unsigned int flags, int *error)
{
	uint8_t *address;
	int code = imxd_mapping_map(buffer, flags, &address);

	if (code != 0)
		imxd_report(error, code);
	return address;
}

uint8_t *imxd_map(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument, unsigned int flags, int *error)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	if (!count_up(&buffer->mapping, wanted_access(flags)))
		return map_slow_path(buffer, flags, error);
	return asks_in_vain(&buffer->mapping, flags) ? warn_once(buffer) : buffer->mapping.address;
}

void imxd_mapping_report(int code)
{
	if (code != 0)
		imxd_report_at(IMX_DMA_BUFFER_LOG_LEVEL_ERROR, NULL, code);
}

static __attribute__((noinline)) void unmap_and_report(struct imxd_buffer *buffer)
{
	imxd_mapping_report(unmap_slow_path(buffer));
}

void imxd_unmap(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	if (!count_down(&buffer->mapping))
		unmap_and_report(buffer);
}

static bool is_manual(struct imxd_mapping const *mapping)
{
	return mapping->state != 0 && (mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC);
}

int imxd_mapping_start_session(struct imxd_buffer *buffer)
{
	int code = 0;

	lock(&buffer->mapping);
	if (is_manual(&buffer->mapping) && !buffer->mapping.in_session)
		code = imxd_session_start(buffer);
	unlock(&buffer->mapping);
	return code;
}

int imxd_mapping_stop_session(struct imxd_buffer *buffer)
{
	int code = 0;

	lock(&buffer->mapping);
	if (is_manual(&buffer->mapping))
		code = imxd_session_stop(buffer);
	unlock(&buffer->mapping);
	return code;
}

static __attribute__((noinline)) void run_session(struct imxd_buffer *buffer, int (*run)(struct imxd_buffer *buffer))
{
	imxd_mapping_report(run(buffer));
}

/* Sessions of uncached memory are barriers. Whether one is open does not matter. */
void imxd_start_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	if (is_uncached(buffer))
		imxd_barrier_before_cpu();
	else
		run_session(buffer, imxd_mapping_start_session);
}

void imxd_stop_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	if (is_uncached(buffer))
		imxd_barrier_done();
	else
		run_session(buffer, imxd_mapping_stop_session);
}

int imxd_mapping_sync_ranges(struct imxd_buffer *buffer, struct imxd_range_call const *call)
{
	int code = imxd_session_check_ranges(call, buffer->size);
	bool is_ranged;

	if (code != 0)
		return code;
	lock(&buffer->mapping);
	is_ranged = imxd_session_strategy(buffer)->is_ranged;
	if (buffer->mapping.state == 0)
		code = imxd_fail(-EINVAL, "the buffer is not mapped: the ranges of a mapping are synchronised");
	else if (!is_ranged)
		code = imxd_session_run_ranges(buffer, call);
	unlock(&buffer->mapping);
	/* Threads that use different ranges do not wait for each other. */
	return (code == 0 && is_ranged) ? imxd_session_run_ranges(buffer, call) : code;
}

struct imxd_sync const *imxd_mapping_get_sync(struct imxd_buffer *buffer)
{
	struct imxd_sync const *sync;

	lock(&buffer->mapping);
	sync = imxd_session_strategy(buffer);
	unlock(&buffer->mapping);
	return sync;
}

int imxd_mapping_attach(struct imxd_buffer *buffer)
{
	int code = buffer->whole ? imxd_mapping_attach(buffer->whole) : 0;

	if (code != 0)
		return code;
	lock(&buffer->mapping);
	code = imxd_session_attach(buffer);
	unlock(&buffer->mapping);
	return code;
}

bool imxd_mapping_detach(struct imxd_buffer *buffer)
{
	bool was_attached;

	lock(&buffer->mapping);
	was_attached = imxd_sharing_detach(buffer->mapping.sharing, &buffer->block);
	unlock(&buffer->mapping);
	return was_attached;
}
