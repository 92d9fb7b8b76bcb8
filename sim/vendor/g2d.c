/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for libg2d of the vendors, on the simulated machine. It is built several times:
 * - with the older layout, or the newer one (G2D_WIDE)
 * - with a version (G2D_VERSION) or without
 * - for a GPU (default); for the PxP since 2022, with memory of heaps (G2D_HEAPS); for the PxP before, with memory of
 *   its own driver, which must be opened first (G2D_PXP)
 * - without the functions for DMA-BUFs (G2D_OLDEST)
 */
#include "g2d.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "devices/vendor.h"

#define OK 0
#define FAIL (-1)
#define NOT_SUPPORTED 1

#ifdef G2D_VERSION
/* Programs that read the version expect the text at offset 2. */
extern char const *const _G2D_VERSION;
char const *const _G2D_VERSION = "\n\0$VERSION$" G2D_VERSION ":0123456789abcdef$\n";
#endif

static char const *memory_node(int cacheable)
{
#if defined(G2D_HEAPS)
	return cacheable ? "/dev/dma_heap/linux,cma" : "/dev/dma_heap/linux,cma-uncached";
#elif defined(G2D_PXP)
	return "/dev/pxp_device";
#else
	return "/dev/galcore";
#endif
}

static char const *device_node(void)
{
#if defined(G2D_HEAPS) || defined(G2D_PXP)
	return "/dev/pxp_device";
#else
	return "/dev/galcore";
#endif
}

int g2d_open(void **handle)
{
	void *object = NULL;

	if (!sim_vendor_call(SIM_CALL_G2D_OPEN) || !handle || !sim_vendor_opens(device_node()))
		return FAIL;
	object = malloc(1);
	if (!object || !sim_vendor_keep(SIM_G2D_HANDLE, object, NULL)) {
		free(object);
		return FAIL;
	}
	*handle = object;
	return OK;
}

int g2d_close(void *handle)
{
	if (!sim_vendor_call(SIM_CALL_G2D_CLOSE) || !sim_vendor_drop(SIM_G2D_HANDLE, handle))
		return FAIL;
	free(handle);
	return OK;
}

/* The oldest library for the PxP needs its driver for all calls, the newer one for cache maintenance only. */
static int is_ready(int for_caches)
{
#if defined(G2D_PXP)
	return sim_vendor_number(SIM_G2D_HANDLE) > 0;
#elif defined(G2D_HEAPS)
	return !for_caches || sim_vendor_number(SIM_G2D_HANDLE) > 0;
#else
	return 1;
#endif
}

static int can_express(uint64_t address, uint64_t size)
{
#ifdef G2D_WIDE
	int bits = (sizeof(long) == 8) ? 48 : 32;
#else
	int bits = 32;
#endif

	return address + size <= UINT64_C(1) << bits;
}

/* The buffer has exactly the size of this layout, so that a sanitizer finds accesses through the other layout. */
static struct g2d_buf *make_buffer(uint64_t address)
{
	struct g2d_buf *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
#ifdef G2D_WIDE
	buffer->buf_paddr = (unsigned long)address;
#else
	buffer->buf_paddr = (int)(uint32_t)address;
#endif
	return buffer;
}

struct g2d_buf *g2d_alloc(int size, int cacheable)
{
	struct sim_vendor_memory memory;
	struct g2d_buf *buffer = NULL;

	if (!sim_vendor_call(SIM_CALL_G2D_ALLOC) || size <= 0 || !is_ready(0) ||
		!sim_vendor_allocate(memory_node(cacheable), (uint64_t)size, cacheable, false, &memory))
		return NULL;
	if (can_express(memory.address, memory.size))
		buffer = make_buffer(memory.address);
	if (!buffer || !sim_vendor_keep(SIM_G2D_BUFFER, buffer, &memory)) {
		sim_vendor_free(&memory);
		free(buffer);
		return NULL;
	}
	buffer->buf_handle = memory.block;
	buffer->buf_vaddr = memory.pointer;
	buffer->buf_size = (int)memory.size;
#ifdef G2D_GENEROUS
	/* Some pools return more memory than requested. */
	buffer->buf_size += 4096;
#endif
#ifdef G2D_BROKEN
	buffer->buf_paddr = 0;
#endif
	return buffer;
}

int g2d_free(struct g2d_buf *buffer)
{
	if (!sim_vendor_call(SIM_CALL_G2D_FREE) || !sim_vendor_drop(SIM_G2D_BUFFER, buffer))
		return FAIL;
	free(buffer);
	return OK;
}

static uint64_t address_of(struct g2d_buf const *buffer)
{
#ifdef G2D_WIDE
	return buffer->buf_paddr;
#else
	return (uint32_t)buffer->buf_paddr;
#endif
}

/* The device works by address: the buffers may be memory of others. */
int g2d_copy(void *handle, struct g2d_buf *destination, struct g2d_buf *source, int size)
{
	bool done = sim_vendor_call(SIM_CALL_G2D_COPY) && sim_vendor_has(SIM_G2D_HANDLE, handle, true) && size > 0;

	return (done && sim_vendor_copy(address_of(destination), address_of(source), (size_t)size)) ? OK : FAIL;
}

/* All work is done when a function returns. */
int g2d_flush(void *handle)
{
	return sim_vendor_has(SIM_G2D_HANDLE, handle, true) ? OK : FAIL;
}

int g2d_finish(void *handle)
{
	return g2d_flush(handle);
}

int g2d_cache_op(struct g2d_buf *buffer, int operation)
{
	static enum sim_vendor_cache const operations[] = {SIM_CACHE_CLEAN, SIM_CACHE_FLUSH, SIM_CACHE_INVALIDATE};

	if (!sim_vendor_call(SIM_CALL_G2D_CACHE_OP) || operation < 0 || operation > 2 || !is_ready(1))
		return FAIL;
	if (!sim_vendor_g2d_maintains())
		return NOT_SUPPORTED;
	return sim_vendor_maintain(SIM_G2D_BUFFER, buffer, operations[operation]) ? OK : FAIL;
}

#ifndef G2D_OLDEST
/* The buffer has an address only. */
struct g2d_buf *g2d_buf_from_fd(int fd)
{
	uint64_t address = sim_vendor_call(SIM_CALL_G2D_IMPORT) ? sim_vendor_get_phys_addr(fd) : 0;
	struct g2d_buf *buffer = (address != 0) ? make_buffer(address) : NULL;

	if (buffer && !sim_vendor_keep(SIM_G2D_BUFFER, buffer, NULL)) {
		free(buffer);
		buffer = NULL;
	}
	return buffer;
}

/* Returns the library's own descriptor. The caller must not close it. */
int g2d_buf_export_fd(struct g2d_buf *buffer)
{
	return sim_vendor_call(SIM_CALL_G2D_EXPORT) ? sim_vendor_export(SIM_G2D_BUFFER, buffer) : -1;
}
#endif
