/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools: allocators that give deallocated buffers out again instead of freeing them. All since 1.3.
 *
 * A pool is an ImxDmaBufferAllocator: imx_dma_buffer_allocate() and imx_dma_buffer_deallocate() work as usual. Programs
 * that know nothing of pools get one by name: IMXDMABUFFER_ALLOCATOR=pool:dma-heap, or
 * imx_dma_buffer_allocator_new_by_name("pool:dma-heap", 0, &error).
 *
 * A pool gives a buffer out again only if nobody else can hold it. Either the program never asked for its descriptor,
 * or the DMA-BUF has no other descriptor, mapping or importer, and no pending fence. Until then the pool keeps it
 * aside. The library cannot see who uses a physical address: deallocate a buffer only when devices have finished with
 * it.
 *
 * No old write of the CPU may be left in its cache when a buffer is given out again. If a mapping with MANUAL_SYNC had
 * no session, the pool cleans it. After a session, all further writes through it must be within sessions, and so must
 * all writes through other mappings of the DMA-BUF. The flags of a descriptor (FD_CLOEXEC) stay as the program set
 * them.
 */
#ifndef IMXDMABUFFER_POOL_H
#define IMXDMABUFFER_POOL_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup pool Pools
 *  @{ */

/* Flags of a pool. */
typedef enum {
	/*
	 * Give out any idle block that is large enough, not only one of the same size. Importers that cache the size of a
	 * DMA-BUF by its inode may not expect that the buffer in it has another one.
	 */
	IMX_DMA_BUFFER_POOL_FLAG_ANY_FIT = (1 << 0),
	/* The pool fills each buffer with zeros, including what the mechanism reserves beyond its size. */
	IMX_DMA_BUFFER_POOL_FLAG_ZERO = (1 << 1),
	/*
	 * The program promises that no driver adds fences to the DMA-BUFs. V4L2 adds none, nor do devices that use
	 * physical addresses. On kernels before 6.0, reading fences can stop the kernel: without this flag, the pool never
	 * gives out a buffer again there if the program asked for its descriptor.
	 */
	IMX_DMA_BUFFER_POOL_FLAG_NO_FENCES = (1 << 2)
} ImxDmaBufferPoolFlags;

/* Limits of a pool. 0 in a member is its default. */
typedef struct _ImxDmaBufferPoolConfig {
	/* sizeof(ImxDmaBufferPoolConfig); set by the caller. */
	size_t struct_size;
	/* The most bytes of idle buffers. Default: 64 MiB, but at most an eighth of CmaTotal in /proc/meminfo. */
	size_t max_idle_bytes;
	/* The most idle buffers. Default: 256. */
	unsigned int max_idle_buffers;
	/*
	 * Idle buffers are freed after this time, in milliseconds, by a later call of the pool. Default: 2000. UINT_MAX:
	 * never.
	 */
	unsigned int idle_ms;
	/* This many buffers are allocated with the pool. They are idle from then on. */
	unsigned int preallocate;
	/* Their size in bytes. */
	size_t preallocate_size;
	/* ImxDmaBufferPoolFlags. */
	unsigned int flags;
} ImxDmaBufferPoolConfig;

/*
 * Make a pool around an allocator. Blocks are whole pages in size classes, four for each power of two: less than a
 * quarter is wasted, apart from the last page. Buffers of a pool are not zeroed, unless FLAG_ZERO is set; their names
 * are removed. If the allocator is out of memory or descriptors, the pool frees its idle buffers and tries again.
 *
 * inner: an allocator of the library, not a pool or a slab. It stays the caller's, and may be destroyed at any time:
 * its memory goes when the pool does. config: copied; NULL: defaults.
 *
 * Returns the pool, to be freed with imx_dma_buffer_allocator_destroy() together with its buffers, or NULL:
 *   EINVAL   NULL allocator, a pool or a slab, a wrong struct_size, unknown flags, preallocate without a size or
 *            beyond the limits
 *   ENOTSUP  an allocator of a program
 *   and the codes of imx_dma_buffer_allocate() if buffers cannot be preallocated.
 * Threads: any. In a forked child, a pool does not give out its parent's idle buffers. Since 1.3. Follows the line
 * "count" of Linux 6.12, dma_buf_show_fdinfo() in drivers/dma-buf/dma-buf.c.
 */
ImxDmaBufferAllocator *imx_dma_buffer_pool_new(ImxDmaBufferAllocator *inner, ImxDmaBufferPoolConfig const *config,
	int *error);

/* The counters of a pool. */
typedef struct _ImxDmaBufferPoolStats {
	/* sizeof(ImxDmaBufferPoolStats); set by the caller. */
	size_t struct_size;
	/* Buffers that the program has. */
	size_t used_buffers;
	/* Buffers that wait to be given out again. */
	size_t idle_buffers;
	/* Idle buffers that somebody else still held at the last look. */
	size_t held_buffers;
	/* Bytes of the blocks of used buffers. */
	size_t used_bytes;
	/* Bytes of the blocks of idle buffers. */
	size_t idle_bytes;
	/* The most bytes of both together so far. */
	size_t peak_bytes;
	/* The part of used_bytes that the program has not asked for: size classes, pages, alignments. */
	size_t wasted_bytes;
	/* Allocations that were given an idle buffer. */
	uint64_t hits;
	/* Allocations of new memory. */
	uint64_t misses;
} ImxDmaBufferPoolStats;

/*
 * Read the counters of a pool.
 *
 * stats: receives them.
 *
 * Returns 0, or -1:
 *   EINVAL  NULL, not a pool, or a wrong struct_size
 * Threads: any. Since 1.3.
 */
int imx_dma_buffer_pool_get_stats(ImxDmaBufferAllocator *pool, ImxDmaBufferPoolStats *stats, int *error);

/*
 * Free idle buffers, those that have been idle longest first, until at most keep_bytes of them are left. Also
 * frees those whose time is over. Does nothing if the allocator is not a pool. Threads: any. Since 1.3.
 */
void imx_dma_buffer_pool_trim(ImxDmaBufferAllocator *pool, size_t keep_bytes);

/** @}
 *  @defgroup slab Small buffers
 *  @{ */

/*
 * Make an allocator that cuts small buffers from few large blocks. Mechanisms allocate whole pages, and CMA often more;
 * small buffers share a block and its mapping. Each takes at least 64 bytes, or a granule (the property sync_granule)
 * if that is larger; there are four sizes for each power of two. A block whose buffers are all deallocated is freed.
 * Sizes above half a block are allocated as by `inner`.
 *
 * Small buffers have addresses, mappings, sessions and ranges. They have no descriptor and no views, are not zeroed,
 * and a mapping for reading may be writable. An alignment up to a page only rounds the size up to it.
 * If the allocator does not look for addresses (NO_PHYSICAL_ADDRESS), those of small buffers of cached memory cannot be
 * queried.
 *
 * inner: an allocator of the library, not a pool or a slab. It stays the caller's, and may be destroyed at any time:
 * its memory goes when the slab does.
 * block_size: in bytes, a multiple of a page; 64 KiB, say.
 *
 * Returns the slab, to be freed with imx_dma_buffer_allocator_destroy() together with its buffers, or NULL:
 *   EINVAL   NULL allocator, a pool or a slab, or a wrong block_size
 *   ENOTSUP  an allocator of a program; cached memory whose sessions maintain whole blocks, as in all 32-bit programs:
 *            use an uncached heap
 *   and the codes of imx_dma_buffer_allocate() for one block.
 * Threads: any. A forked child gets blocks of its own. Since 1.3.
 */
ImxDmaBufferAllocator *imx_dma_buffer_slab_new(ImxDmaBufferAllocator *inner, size_t block_size, int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_POOL_H */
