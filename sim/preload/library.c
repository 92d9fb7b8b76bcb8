/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interposed functions of libimxdmabuffer, version 1.x or this one, for the check for mistakes with caches. Only in the
 * preload library: the loader finds these functions before the library's.
 */
#include <dlfcn.h>
#include <imxdmabuffer/imxdmabuffer.h>
#include <imxdmabuffer/imxdmabuffer_sync.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "check/buffers.h"
#include "check/check.h"
#include "check/watch.h"

#define EXPORT __attribute__((visibility("default")))

/* A plugin may have loaded the library for itself only. */
static void *find(char const *name)
{
	void *function = dlsym(RTLD_NEXT, name), *library;

	if (!function && (library = dlopen("libimxdmabuffer.so.1", RTLD_LAZY | RTLD_NOLOAD))) {
		function = dlsym(library, name);
		dlclose(library);
	}
	if (!function) {
		fprintf(stderr, "imxdmabuffer-sim: libimxdmabuffer has no function %s\n", name);
		abort();
	}
	return function;
}

/* Call the library's function. ISO C does not convert an object pointer to a function pointer. */
#define NEXT(name)                                                                                                     \
	({                                                                                                                 \
		static _Atomic(void *) found_;                                                                                 \
		void *function_ = atomic_load_explicit(&found_, memory_order_acquire);                                         \
		__typeof__(&(name)) typed_;                                                                                    \
		if (!function_)                                                                                                \
			atomic_store_explicit(&found_, function_ = find(#name), memory_order_release);                             \
		*(void **)&typed_ = function_;                                                                                 \
		typed_;                                                                                                        \
	})

/* The library itself may call its functions. */
static bool is_checked(void const *object)
{
	return object && sim_check_is_on() && !sim_watch_in_library();
}

static struct sim_buffer_call describe(ImxDmaBuffer *buffer)
{
	return (struct sim_buffer_call){
		.buffer = buffer,
		.allocator = buffer->allocator,
		.size = NEXT(imx_dma_buffer_get_size)(buffer),
		.fd = NEXT(imx_dma_buffer_get_fd)(buffer),
	};
}

EXPORT ImxDmaBuffer *imx_dma_buffer_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment,
	int *error)
{
	ImxDmaBuffer *buffer;

	if (!is_checked(allocator))
		return NEXT(imx_dma_buffer_allocate)(allocator, size, alignment, error);
	sim_watch_enter_library();
	buffer = NEXT(imx_dma_buffer_allocate)(allocator, size, alignment, error);
	sim_watch_leave_library();
	return buffer;
}

EXPORT uint8_t *imx_dma_buffer_map(ImxDmaBuffer *buffer, unsigned int flags, int *error)
{
	struct sim_buffer_call call;
	uint8_t *address;

	if (!is_checked(buffer))
		return NEXT(imx_dma_buffer_map)(buffer, flags, error);
	call = describe(buffer);
	call.manual = flags & IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC;
	call.overwrites = flags & IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE;
	sim_buffers_map(&call);
	address = NEXT(imx_dma_buffer_map)(buffer, flags, error);
	sim_buffers_mapped(&call, address);
	return address;
}

EXPORT void imx_dma_buffer_unmap(ImxDmaBuffer *buffer)
{
	struct sim_buffer_call call;

	if (!is_checked(buffer)) {
		NEXT(imx_dma_buffer_unmap)(buffer);
		return;
	}
	call = describe(buffer);
	sim_buffers_unmap(&call);
	NEXT(imx_dma_buffer_unmap)(buffer);
	sim_buffers_unmapped(&call);
}

EXPORT void imx_dma_buffer_start_sync_session(ImxDmaBuffer *buffer)
{
	struct sim_buffer_call call;

	if (!is_checked(buffer)) {
		NEXT(imx_dma_buffer_start_sync_session)(buffer);
		return;
	}
	call = describe(buffer);
	sim_buffers_start(&call);
	NEXT(imx_dma_buffer_start_sync_session)(buffer);
	sim_buffers_started(&call);
}

EXPORT void imx_dma_buffer_stop_sync_session(ImxDmaBuffer *buffer)
{
	struct sim_buffer_call call;

	if (!is_checked(buffer)) {
		NEXT(imx_dma_buffer_stop_sync_session)(buffer);
		return;
	}
	call = describe(buffer);
	sim_buffers_stop(&call);
	NEXT(imx_dma_buffer_stop_sync_session)(buffer);
	sim_buffers_stopped(&call);
}

/* Also to the CPU: the caller uses ranges in place of sessions. */
EXPORT int imx_dma_buffer_sync_for_device(ImxDmaBuffer *buffer, ImxDmaBufferRange const *ranges, size_t num_ranges,
	ImxDmaBufferDirection direction, int *error)
{
	struct sim_buffer_call call;
	int result;

	if (!is_checked(buffer))
		return NEXT(imx_dma_buffer_sync_for_device)(buffer, ranges, num_ranges, direction, error);
	call = describe(buffer);
	sim_buffers_range(&call);
	result = NEXT(imx_dma_buffer_sync_for_device)(buffer, ranges, num_ranges, direction, error);
	sim_watch_leave_library();
	return result;
}

EXPORT int imx_dma_buffer_sync_for_cpu(ImxDmaBuffer *buffer, ImxDmaBufferRange const *ranges, size_t num_ranges,
	ImxDmaBufferDirection direction, int *error)
{
	struct sim_buffer_call call;
	int result;

	if (!is_checked(buffer))
		return NEXT(imx_dma_buffer_sync_for_cpu)(buffer, ranges, num_ranges, direction, error);
	call = describe(buffer);
	sim_buffers_range(&call);
	result = NEXT(imx_dma_buffer_sync_for_cpu)(buffer, ranges, num_ranges, direction, error);
	sim_watch_leave_library();
	return result;
}

EXPORT void imx_dma_buffer_deallocate(ImxDmaBuffer *buffer)
{
	struct sim_buffer_call call;

	if (!is_checked(buffer)) {
		NEXT(imx_dma_buffer_deallocate)(buffer);
		return;
	}
	call = describe(buffer);
	sim_buffers_free(&call);
	NEXT(imx_dma_buffer_deallocate)(buffer);
	sim_buffers_freed(&call);
}

EXPORT void imx_dma_buffer_allocator_destroy(ImxDmaBufferAllocator *allocator)
{
	if (!is_checked(allocator)) {
		NEXT(imx_dma_buffer_allocator_destroy)(allocator);
		return;
	}
	sim_buffers_free_all(allocator);
	NEXT(imx_dma_buffer_allocator_destroy)(allocator);
	sim_watch_leave_library();
}

/* Another buffer may have had this place. */
EXPORT void imx_dma_buffer_init_wrapped_buffer(ImxWrappedDmaBuffer *buffer)
{
	if (is_checked(buffer))
		sim_buffers_forget(buffer);
	NEXT(imx_dma_buffer_init_wrapped_buffer)(buffer);
}
