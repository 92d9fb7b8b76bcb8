/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stand-in for libg2d.so.2 in guests. It is built three times: with the older layout and without a version symbol, as
 * for the PxP; with the older layout and a version (G2D_VERSION); with the newer layout (G2D_WIDE) and a version.
 */
#include "g2d.h"

#include <stdint.h>
#include <stdlib.h>

#include "memory.h"

#define CACHE_OPERATIONS 3

#ifdef G2D_VERSION
/* The text begins at offset 2, as programs that search for the version expect. */
extern char const *const _G2D_VERSION;
char const *const _G2D_VERSION = "\n\0$VERSION$" G2D_VERSION ":0123456789abcdef$\n";
#endif

int g2d_open(void **handle)
{
	*handle = malloc(1);
	return *handle != NULL ? 0 : -1;
}

int g2d_close(void *handle)
{
	free(handle);
	return 0;
}

/* The allocation has exactly the size of the layout, so that reading members of the other layout overruns it. */
static struct g2d_buf *make_buffer(struct memory *memory, uint64_t phys)
{
	struct g2d_buf *buffer = calloc(1, sizeof(*buffer));

	if (buffer == NULL)
		return NULL;
	buffer->buf_handle = memory;
#ifdef G2D_WIDE
	buffer->buf_paddr = (unsigned long)phys;
#else
	buffer->buf_paddr = (int)(uint32_t)phys;
#endif
	return buffer;
}

struct g2d_buf *g2d_alloc(int size, int cacheable)
{
	struct memory *memory = calloc(1, sizeof(*memory));
	struct g2d_buf *buffer = NULL;

	if (memory == NULL || size <= 0 || memory_allocate(memory, (size_t)size, cacheable) < 0) {
		free(memory);
		return NULL;
	}
	buffer = make_buffer(memory, memory->phys);
	if (buffer == NULL) {
		memory_free(memory);
		free(memory);
		return NULL;
	}
	buffer->buf_vaddr = memory->map;
	buffer->buf_size = (int)memory->size;
	return buffer;
}

int g2d_free(struct g2d_buf *buffer)
{
	struct memory *memory;

	if (buffer == NULL)
		return -1;
	memory = buffer->buf_handle;
	if (memory != NULL)
		memory_free(memory);
	free(memory);
	free(buffer);
	return 0;
}

int g2d_cache_op(struct g2d_buf *buffer, int operation)
{
	struct memory *memory = buffer != NULL ? buffer->buf_handle : NULL;
	uint64_t phys;

	if (memory == NULL || operation < 0 || operation >= CACHE_OPERATIONS)
		return -1;
	/* Getting the address cleans and invalidates the whole buffer. */
	return memory_get_phys_addr(memory->fd, &phys);
}

/* The new buffer has only an address. */
struct g2d_buf *g2d_buf_from_fd(int fd)
{
	uint64_t phys;

	return memory_get_phys_addr(fd, &phys) == 0 ? make_buffer(NULL, phys) : NULL;
}

/* Return the library's own descriptor. The caller must not close it. */
int g2d_buf_export_fd(struct g2d_buf *buffer)
{
	struct memory *memory = buffer != NULL ? buffer->buf_handle : NULL;

	return memory != NULL ? memory->fd : -1;
}
