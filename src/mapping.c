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

#include "buffer.h"
#include "sys.h"

#define KNOWN_FLAGS (IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK | IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC)

static struct imxd_sync const *get_sync(struct imxd_buffer *buffer)
{
	if (!buffer->mapping.sync)
		buffer->mapping.sync = imxd_sync_choose(buffer->block.caps, buffer->block.fd, buffer->address.kernel_has_phys);
	return buffer->mapping.sync;
}

static int start(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	int code = get_sync(buffer)->start(buffer->block.fd, mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE);

	mapping->in_session = (code == 0);
	return code;
}

/* A failure leaves its sentence; there is nobody to hand a code to, and the session is over either way. */
static void stop(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	int code = 0;

	if (mapping->in_session)
		code = get_sync(buffer)->stop(buffer->block.fd, mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE);
	if (code != 0)
		imxd_report(NULL, code);
	mapping->in_session = false;
}

static int fail_mmap(struct imxd_buffer const *buffer, int code)
{
	if (code == EACCES || code == EPERM)
		return imxd_fail(EACCES,
			"descriptor %d cannot be mapped so (%s): it was opened without that access; writing "
			"needs a descriptor that was made with O_RDWR",
			buffer->block.map_fd, imxd_errno_text(code));
	return imxd_fail(code, "mapping %zu bytes of descriptor %d failed (%s)", buffer->size, buffer->block.map_fd,
		imxd_errno_text(code));
}

static int map_block(struct imxd_buffer *buffer, unsigned int access)
{
	struct imxd_block const *block = &buffer->block;
	int protection = ((access & IMX_DMA_BUFFER_MAPPING_FLAG_READ) ? PROT_READ : 0) |
		((access & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE) ? PROT_WRITE : 0);
	void *address = block->cpu;
	int result;

	if (!address) {
		result = imxd_sys_mmap(block->size, protection, block->map_fd, block->map_offset, &address);
		if (result < 0)
			return fail_mmap(buffer, -result);
	}
	buffer->mapping.address = (uint8_t *)address + buffer->shift;
	return 0;
}

static void unmap_block(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	int result = 0;

	/* All of the block: a mapping of huge pages can be undone only in whole ones (munmap(2)). */
	if (!buffer->block.cpu)
		result = imxd_sys_munmap(mapping->address - buffer->shift, buffer->block.size);
	if (result < 0)
		imxd_report(NULL,
			imxd_fail(-result, "unmapping %zu bytes failed (%s)", buffer->block.size, imxd_errno_text(-result)));
	mapping->address = NULL;
}

/* Counts one more map, unless there is none yet. */
static bool count_up(struct imxd_mapping *mapping)
{
	unsigned int count = atomic_load_explicit(&mapping->count, memory_order_relaxed);

	while (count - 1 < UINT_MAX - 1)
		if (atomic_compare_exchange_weak_explicit(&mapping->count, &count, count + 1, memory_order_acquire,
				memory_order_relaxed))
			return true;
	return false;
}

/* Counts one less, unless it is the last one. */
static bool count_down(struct imxd_mapping *mapping)
{
	unsigned int count = atomic_load_explicit(&mapping->count, memory_order_relaxed);

	while (count > 1)
		if (atomic_compare_exchange_weak_explicit(&mapping->count, &count, count - 1, memory_order_release,
				memory_order_relaxed))
			return true;
	return false;
}

static void unmap_last(struct imxd_buffer *buffer)
{
	stop(buffer);
	unmap_block(buffer);
}

/* The step to 0, unless others have mapped it meanwhile. */
static __attribute__((noinline)) void unmap_slowly(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	unsigned int last = 1;

	pthread_mutex_lock(&mapping->lock);
	if (!count_down(mapping) &&
		atomic_compare_exchange_strong_explicit(&mapping->count, &last, 0, memory_order_acq_rel, memory_order_relaxed))
		unmap_last(buffer);
	pthread_mutex_unlock(&mapping->lock);
}

void imxd_unmap(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	if (!count_down(&buffer->mapping))
		unmap_slowly(buffer);
}

/* Refuses a further map that was counted already. */
static __attribute__((cold, noinline)) uint8_t *refuse(struct imxd_buffer *buffer, unsigned int flags, int *error)
{
	int code;

	if (flags & ~(unsigned int)KNOWN_FLAGS)
		code = imxd_fail(EINVAL, "mapping flags 0x%x: unknown flags", flags);
	else
		code = imxd_fail(EACCES, "the buffer is mapped for %s only; unmap it first, or map it for both at first",
			(buffer->mapping.flags & IMX_DMA_BUFFER_MAPPING_FLAG_READ) ? "reading" : "writing");
	imxd_unmap(NULL, &buffer->parent);
	imxd_report(error, code);
	return NULL;
}

/* A further map, counted already: allowed if it asks for no more than there is. */
static inline uint8_t *map_again(struct imxd_buffer *buffer, unsigned int flags, int *error)
{
	unsigned int access = flags & ~(unsigned int)IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC;

	if (access == 0)
		access = IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK;
	return (access & ~buffer->mapping.flags) ? refuse(buffer, flags, error) : buffer->mapping.address;
}

/* Under the lock. */
static int map_first(struct imxd_buffer *buffer, unsigned int flags)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	unsigned int access = flags & IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK;
	int code;

	if (flags & ~(unsigned int)KNOWN_FLAGS)
		return imxd_fail(EINVAL, "mapping flags 0x%x: unknown flags", flags);
	mapping->flags = flags | (access ? 0 : IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK);
	code = map_block(buffer, mapping->flags);
	if (code != 0)
		return code;
	if (!(flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC)) {
		code = start(buffer);
		if (code != 0)
			unmap_block(buffer);
	}
	if (code == 0)
		atomic_store_explicit(&mapping->count, 1, memory_order_release);
	return code;
}

/* The step from 0, unless others have mapped it meanwhile. */
static __attribute__((noinline)) uint8_t *map_slowly(struct imxd_buffer *buffer, unsigned int flags, int *error)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	bool first;
	int code = 0;

	pthread_mutex_lock(&mapping->lock);
	first = atomic_load_explicit(&mapping->count, memory_order_relaxed) == 0;
	if (first)
		code = map_first(buffer, flags);
	else if (!count_up(mapping))
		code = imxd_fail(EOVERFLOW, "the buffer is mapped %u times already", UINT_MAX);
	pthread_mutex_unlock(&mapping->lock);
	if (code != 0) {
		imxd_report(error, code);
		return NULL;
	}
	return first ? mapping->address : map_again(buffer, flags, error);
}

uint8_t *imxd_map(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *argument, unsigned int flags, int *error)
{
	struct imxd_buffer *buffer = (struct imxd_buffer *)argument;

	return count_up(&buffer->mapping) ? map_again(buffer, flags, error) : map_slowly(buffer, flags, error);
}

void imxd_unmap_all(struct imxd_buffer *buffer)
{
	unmap_last(buffer);
	atomic_store_explicit(&buffer->mapping.count, 0, memory_order_relaxed);
}

static bool is_manual(struct imxd_mapping const *mapping)
{
	return mapping->count != 0 && (mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC);
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
