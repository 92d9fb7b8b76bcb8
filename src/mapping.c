/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one state machine of mappings: reference count, flags, sync session. A repeated map and its unmap make no system
 * call; the lock is the buffer's own.
 */
#include <errno.h>
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

static int map_first(struct imxd_buffer *buffer, unsigned int flags, unsigned int access)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	int code = map_block(buffer, access);

	if (code != 0)
		return code;
	mapping->flags = access | (flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC);
	if (!(flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC)) {
		code = start(buffer);
		if (code != 0)
			unmap_block(buffer);
	}
	return code;
}

static int map_again(struct imxd_mapping const *mapping, unsigned int access)
{
	if (access & ~mapping->flags)
		return imxd_fail(EACCES, "the buffer is mapped for %s only; unmap it first, or map it for both at first",
			(mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_READ) ? "reading" : "writing");
	if (mapping->count == (unsigned int)-1)
		return imxd_fail(EOVERFLOW, "the buffer is mapped %u times already", mapping->count);
	return 0;
}

uint8_t *imxd_map(struct imxd_buffer *buffer, unsigned int flags, int *error)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	unsigned int access = imxd_access_flags(flags);
	uint8_t *address = NULL;
	int code;

	if (flags & ~(unsigned int)KNOWN_FLAGS) {
		imxd_report(error, imxd_fail(EINVAL, "mapping flags 0x%x: unknown flags", flags));
		return NULL;
	}
	pthread_mutex_lock(&mapping->lock);
	code = mapping->address ? map_again(mapping, access) : map_first(buffer, flags, access);
	if (code == 0) {
		mapping->count++;
		address = mapping->address;
	}
	pthread_mutex_unlock(&mapping->lock);
	if (code != 0)
		imxd_report(error, code);
	return address;
}

static void unmap_last(struct imxd_buffer *buffer)
{
	stop(buffer);
	unmap_block(buffer);
	buffer->mapping.count = 0;
}

void imxd_unmap(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;

	pthread_mutex_lock(&mapping->lock);
	if (mapping->count > 1)
		mapping->count--;
	else if (mapping->count == 1)
		unmap_last(buffer);
	pthread_mutex_unlock(&mapping->lock);
}

void imxd_unmap_all(struct imxd_buffer *buffer)
{
	if (buffer->mapping.count != 0)
		unmap_last(buffer);
}

void imxd_start_session(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;
	int code = 0;

	pthread_mutex_lock(&mapping->lock);
	if (mapping->count != 0 && !mapping->in_session && (mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC))
		code = start(buffer);
	if (code != 0)
		imxd_report(NULL, code);
	pthread_mutex_unlock(&mapping->lock);
}

void imxd_stop_session(struct imxd_buffer *buffer)
{
	struct imxd_mapping *mapping = &buffer->mapping;

	pthread_mutex_lock(&mapping->lock);
	if (mapping->count != 0 && (mapping->flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC))
		stop(buffer);
	pthread_mutex_unlock(&mapping->lock);
}

struct imxd_sync const *imxd_get_sync(struct imxd_buffer *buffer)
{
	struct imxd_sync const *sync;

	pthread_mutex_lock(&buffer->mapping.lock);
	sync = get_sync(buffer);
	pthread_mutex_unlock(&buffer->mapping.lock);
	return sync;
}
