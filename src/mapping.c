/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one state machine of mappings: reference count, flags, sync session.
 *
 * While the count is above 0 the mapping and its flags do not change, so a repeated map or unmap only moves the count,
 * without a lock. The steps from 0 and to 0 are made under the buffer's lock.
 */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "allocator.h"
#include "sys.h"

#define KNOWN_FLAGS (IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK | IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC)

static IMXD_COLD struct imxd_sync const *choose_sync(struct imxd_buffer const *buffer)
{
	struct imxd_sync const *by_mechanism = buffer->owner->instance.sync;

	if (by_mechanism && (buffer->block.caps & IMX_DMA_BUFFER_CAPABILITY_CACHED))
		return by_mechanism;
	return imxd_sync_choose(buffer->block.caps, buffer->block.fd, buffer->address.phys);
}

static struct imxd_sync const *get_sync(struct imxd_buffer *buffer)
{
	if (!buffer->mapping.sync)
		buffer->mapping.sync = choose_sync(buffer);
	return buffer->mapping.sync;
}

static int start(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	struct imxd_sync const *sync = get_sync(buffer);
	int code = 0;

	if (sync->start)
		code = sync->start(&buffer->block, mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE);
	mapping->in_session = (code == 0);
	return code;
}

/* A failure leaves its sentence; there is nobody to hand a code to, and the session is over either way. */
static void stop(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	int code = 0;

	if (mapping->in_session && mapping->sync->stop)
		code = mapping->sync->stop(&buffer->block, mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE);
	if (code != 0)
		imxd_report(NULL, code);
	mapping->in_session = false;
}

static IMXD_COLD uint8_t *fail_mmap(struct imxd_buffer const *buffer, int code, int *error)
{
	if (code == EACCES || code == EPERM)
		code = imxd_fail(EACCES,
			"descriptor %d cannot be mapped so (%s): it was opened without that access; writing "
			"needs a descriptor that was made with O_RDWR",
			imxd_block_map_fd(&buffer->block), imxd_errno_text(code));
	else
		code = imxd_fail(code, "mapping %zu bytes of descriptor %d failed (%s)", buffer->size,
			imxd_block_map_fd(&buffer->block), imxd_errno_text(code));
	imxd_report(error, code);
	return NULL;
}

static IMXD_COLD void fail_munmap(struct imxd_buffer const *buffer, int code)
{
	code = imxd_fail(code, "unmapping %zu bytes failed (%s)", buffer->block.size, imxd_errno_text(code));
	imxd_report(NULL, code);
}

static void unmap_block(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	int result = 0;

	/* All of the block: a mapping of huge pages can be undone only in whole ones (munmap(2)). */
	if (!buffer->block.cpu)
		result = imxd_sys_munmap(mapping->address - buffer->shift, buffer->block.size);
	mapping->address = NULL;
	if (result < 0)
		fail_munmap(buffer, -result);
}

/* One map in the state's count; below it stand the access bits of the mapping. */
#define ONE_MAP 4u
#define ACCESS (unsigned int)IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK

/* What flags ask for, unknown ones included: no mapping has them. */
static inline unsigned int wanted_access(unsigned int flags)
{
	unsigned int access = flags & ~(unsigned int)IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC;

	return (access != 0) ? access : ACCESS;
}

/* Counts one more map, if it is mapped with all of this access. */
static inline bool count_up(struct imxd_mapping *mapping, unsigned int access)
{
	unsigned int state = atomic_load_explicit(&mapping->state, memory_order_relaxed);

	while (!(access & ~(state & ACCESS)) && state < UINT_MAX - ONE_MAP)
		if (atomic_compare_exchange_weak_explicit(&mapping->state, &state, state + ONE_MAP, memory_order_acquire,
				memory_order_relaxed))
			return true;
	return false;
}

/* Counts one less, unless it is the last one. */
static inline bool count_down(struct imxd_mapping *mapping)
{
	unsigned int state = atomic_load_explicit(&mapping->state, memory_order_relaxed);

	while (state >= 2 * ONE_MAP)
		if (atomic_compare_exchange_weak_explicit(&mapping->state, &state, state - ONE_MAP, memory_order_release,
				memory_order_relaxed))
			return true;
	return false;
}

static void unmap_last(struct imxd_buffer *buffer)
{
	stop(buffer);
	unmap_block(buffer);
}

/* Counts one less, and tells whether it was the last one. The count may move between any two looks at it. */
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

/* The step to 0, unless others have mapped it meanwhile. */
static __attribute__((noinline)) void unmap_slowly(struct imxd_buffer *buffer)
{
	pthread_mutex_lock(&buffer->mapping.lock);
	if (count_down_to_0(&buffer->mapping))
		unmap_last(buffer);
	pthread_mutex_unlock(&buffer->mapping.lock);
}

void imxd_unmap(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	if (!count_down(&buffer->mapping))
		unmap_slowly(buffer);
}

static IMXD_COLD uint8_t *fail_flags(unsigned int flags, int *error)
{
	imxd_report(error, imxd_fail(EINVAL, "mapping flags 0x%x: unknown flags", flags));
	return NULL;
}

/* Under the lock, and mapped already: a further map that was not counted. */
static IMXD_COLD uint8_t *refuse(struct imxd_mapping const *mapping, unsigned int flags, int *error)
{
	if (flags & ~(unsigned int)KNOWN_FLAGS)
		return fail_flags(flags, error);
	if (wanted_access(flags) & ~mapping->flags)
		imxd_report(error,
			imxd_fail(EACCES,
				(mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_READ)
					? "the buffer is mapped for reading only; unmap it first, or map it for both at first"
					: "the buffer is mapped for writing only; unmap it first, or map it for both at first"));
	else
		imxd_report(error, imxd_fail(EOVERFLOW, "the buffer is mapped %u times already", UINT_MAX / ONE_MAP));
	return NULL;
}

static int protection(unsigned int access)
{
	return ((access & IMX_DMA_BUFFER_MAPPING_FLAG_READ) ? PROT_READ : 0) |
		((access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE) ? PROT_WRITE : 0);
}

static IMXD_COLD uint8_t *fail_session(struct imxd_buffer *buffer, int code, int *error)
{
	unmap_block(buffer);
	imxd_report(error, code);
	return NULL;
}

/* Under the lock. Reports its errors. */
static uint8_t *map_first(struct imxd_buffer *buffer, unsigned int flags, int *error)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	struct imxd_block const *block = &buffer->block;
	unsigned int access = flags & IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK;
	void *address = block->cpu;
	int result = 0;

	if (flags & ~(unsigned int)KNOWN_FLAGS)
		return fail_flags(flags, error);
	if (access == 0)
		access = IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK;
	if (!address)
		result = imxd_sys_mmap(block->size, protection(access), false, imxd_block_map_fd(block), block->map_offset,
			&address);
	if (result < 0)
		return fail_mmap(buffer, -result, error);
	mapping->flags = flags | access;
	mapping->address = (uint8_t *)address + buffer->shift;
	if (!(flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC))
		result = start(buffer);
	if (result != 0)
		return fail_session(buffer, result, error);
	atomic_store_explicit(&mapping->state, ONE_MAP | access, memory_order_release);
	return mapping->address;
}

/* The step from 0, unless others have mapped it meanwhile. */
static __attribute__((noinline)) uint8_t *map_slowly(struct imxd_buffer *buffer, unsigned int flags, int *error)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	uint8_t *address;

	pthread_mutex_lock(&mapping->lock);
	if (atomic_load_explicit(&mapping->state, memory_order_relaxed) == 0)
		address = map_first(buffer, flags, error);
	else if (count_up(mapping, wanted_access(flags)))
		address = mapping->address;
	else
		address = refuse(mapping, flags, error);
	pthread_mutex_unlock(&mapping->lock);
	return address;
}

uint8_t *imxd_map(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument, unsigned int flags, int *error)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	if (atomic_load_explicit(&buffer->mapping.state, memory_order_relaxed) == 0 ||
		!count_up(&buffer->mapping, wanted_access(flags)))
		return map_slowly(buffer, flags, error);
	return buffer->mapping.address;
}

void imxd_unmap_all(struct imxd_buffer *buffer)
{
	unmap_last(buffer);
	atomic_store_explicit(&buffer->mapping.state, 0, memory_order_relaxed);
}

static bool is_manual(struct imxd_mapping const *mapping)
{
	return mapping->state != 0 && (mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC);
}

void imxd_start_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;
	int code = 0;

	pthread_mutex_lock(&buffer->mapping.lock);
	if (is_manual(&buffer->mapping) && !buffer->mapping.in_session)
		code = start(buffer);
	if (code != 0)
		imxd_report(NULL, code);
	pthread_mutex_unlock(&buffer->mapping.lock);
}

void imxd_stop_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	pthread_mutex_lock(&buffer->mapping.lock);
	if (is_manual(&buffer->mapping))
		stop(buffer);
	pthread_mutex_unlock(&buffer->mapping.lock);
}

struct imxd_sync const *imxd_get_sync(struct imxd_buffer *buffer)
{
	struct imxd_sync const *sync;

	pthread_mutex_lock(&buffer->mapping.lock);
	sync = get_sync(buffer);
	pthread_mutex_unlock(&buffer->mapping.lock);
	return sync;
}
