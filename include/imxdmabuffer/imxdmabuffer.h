/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libimxdmabuffer: physically contiguous memory for DMA on NXP i.MX processors. docs/contract.md numbers what is
 * promised here, with the test that proves it.
 *
 * An allocator stands for one of the mechanisms that give such memory to a program; a buffer is one piece of memory
 * from it. Sizes, lengths and alignments are in bytes everywhere.
 *
 * Errors: where a function has an `error` argument it may be NULL. On failure the variable receives a positive errno
 * code; on success it is left alone. A NULL or negative result always comes with a code, and
 * imx_dma_buffer_get_last_error() in imxdmabuffer_ext.h then holds a sentence about it. No function aborts the
 * program, whatever is passed: NULL where an object is due is EINVAL, and where there is no way to return a code, the
 * call does nothing.
 *
 * Threads: every function may be called from any thread, also for the same object at the same time. One rule is the
 * caller's to keep: nobody may use a buffer while it is deallocated or afterwards, and nobody an allocator while it is
 * destroyed or afterwards.
 *
 * fork(): the child has copies of allocators and buffers, and the parent's memory behind them. Freeing them closes the
 * child's descriptors and mappings and gives no memory back; what libg2d and libhantro hold ends with the process. What
 * the child makes is its own.
 */
#ifndef IMXDMABUFFER_H
#define IMXDMABUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "imxdmabuffer_physaddr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a buffer is to be mapped, a combination of these bits. Neither READ nor WRITE means both. */
typedef enum {
	/* The CPU will write through the mapping. */
	IMX_DMA_BUFFER_MAPPING_FLAG_WRITE = (1 << 0),
	/* The CPU will read through the mapping. */
	IMX_DMA_BUFFER_MAPPING_FLAG_READ = (1 << 1),
	/* The caller starts and stops sync sessions itself; without it map and unmap do that. */
	IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC = (1 << 2)
} ImxDmaBufferMappingFlags;

/* The bits that are about access. */
#define IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK \
	(IMX_DMA_BUFFER_MAPPING_FLAG_READ | IMX_DMA_BUFFER_MAPPING_FLAG_WRITE)

/* Number of pointers that the reserved part of the allocator structure is counted from. */
#define IMX_DMA_BUFFER_PADDING 8

typedef struct _ImxDmaBuffer ImxDmaBuffer;
typedef struct _ImxDmaBufferAllocator ImxDmaBufferAllocator;
typedef struct _ImxWrappedDmaBuffer ImxWrappedDmaBuffer;

/*
 * The functions of an allocator. The library's allocators fill them; a program that brings an allocator of its own
 * (for other memory, or to trace calls) fills them likewise, and every function below works with its buffers. Programs
 * that only use allocators do not call the members directly.
 *
 * Each member does what the public function of the same name documents, with the allocator as its first argument.
 * A member that is NULL makes the public function fail with ENOSYS where it can return a code, do nothing where it
 * cannot, and makes getters answer 0; get_fd then answers -1.
 *
 * A program may copy the structure of one of the library's allocators and replace members, to trace calls say: the
 * others work with the original's buffers, and destroying the copy destroys nothing.
 */
struct _ImxDmaBufferAllocator {
	/* As imx_dma_buffer_allocator_destroy(). */
	void (*destroy)(ImxDmaBufferAllocator *allocator);
	/* As imx_dma_buffer_allocate(). */
	ImxDmaBuffer *(*allocate)(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error);
	/* As imx_dma_buffer_deallocate(). */
	void (*deallocate)(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
	/* As imx_dma_buffer_map(). */
	uint8_t *(*map)(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer, unsigned int flags, int *error);
	/* As imx_dma_buffer_unmap(). */
	void (*unmap)(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
	/* As imx_dma_buffer_start_sync_session(). */
	void (*start_sync_session)(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
	/* As imx_dma_buffer_stop_sync_session(). */
	void (*stop_sync_session)(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
	/* As imx_dma_buffer_get_physical_address(). */
	imx_physical_address_t (*get_physical_address)(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
	/* As imx_dma_buffer_get_fd(). May be NULL. */
	int (*get_fd)(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
	/* As imx_dma_buffer_get_size(). */
	size_t (*get_size)(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);

	/* Not to be used; zero in allocators of programs. */
	void *_reserved[IMX_DMA_BUFFER_PADDING - 2];
};

/* What every buffer begins with. Read-only for programs that did not create the buffer themselves. */
struct _ImxDmaBuffer {
	/* Whose functions work on this buffer. */
	ImxDmaBufferAllocator *allocator;
};

/*
 * Memory that was allocated elsewhere, made to look like a buffer of this library. The program owns the structure
 * and everything in it; it calls imx_dma_buffer_init_wrapped_buffer() first and then fills in what it has.
 */
struct _ImxWrappedDmaBuffer {
	/* Filled by imx_dma_buffer_init_wrapped_buffer(). &wrapped.parent is what the other functions take. */
	ImxDmaBuffer parent;
	/*
	 * How to map and unmap, called at each imx_dma_buffer_map() and imx_dma_buffer_unmap(), with the caller's flags;
	 * sync sessions are the program's business then. unmap may be NULL. map NULL: the library maps `fd` itself and
	 * keeps caches coherent, reference counted as with its own buffers.
	 */
	uint8_t *(*map)(ImxWrappedDmaBuffer *wrapped_dma_buffer, unsigned int flags, int *error);
	/* Undoes one such map. */
	void (*unmap)(ImxWrappedDmaBuffer *wrapped_dma_buffer);
	/* DMA-BUF descriptor, or -1. Stays the program's: the library never closes it. */
	int fd;
	/* Physical address of byte 0, or 0 when there is none. */
	imx_physical_address_t physical_address;
	/* Size in bytes. */
	size_t size;
};

/*
 * Creates the default allocator: the first of dma-heap, ION, DWL, IPU, G2D and PxP that is available on this machine,
 * or the one that the environment variable IMXDMABUFFER_ALLOCATOR names.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENODEV  no mechanism is there
 *   EACCES, EPERM  a mechanism is there, but this process may not open it
 *   EINVAL  IMXDMABUFFER_ALLOCATOR holds an unknown name
 *   ENOMEM  out of memory
 * and others that the kernel answered; the last error's sentence says of each mechanism why it is not usable.
 */
ImxDmaBufferAllocator *imx_dma_buffer_allocator_new(int *error);

/*
 * Frees the allocator and every buffer of it that is still alive, mapped ones included, as
 * imx_dma_buffer_deallocate() does; buffers of other allocators are left alone. Descriptors that were passed to the
 * allocator's constructor stay open. NULL does nothing.
 */
void imx_dma_buffer_allocator_destroy(ImxDmaBufferAllocator *allocator);

/*
 * Allocates a buffer.
 *
 * size: at least 1. The usable size is exactly this, also where the mechanism reserves more.
 * alignment: the physical address will be a multiple of it; 0 and 1 mean any. The virtual address need not be.
 *
 * Returns the buffer, owned by the caller until imx_dma_buffer_deallocate() (or until its allocator is destroyed), or
 * NULL:
 *   EINVAL   NULL allocator, size 0, a size that the mechanism cannot express, a size or alignment that overflows, or
 *            an alignment that is no power of two and that the memory does not happen to have
 *   ENOMEM   the mechanism has no memory left for this size, or for the larger block that the alignment needs
 *   ENOTSUP  the alignment, or the physical address, cannot be had from this allocator on this kernel; see
 *            imx_dma_buffer_allocator_new_by_name() in imxdmabuffer_ext.h for memory without a physical address
 *   EMFILE, ENFILE  too many open descriptors
 *   ENOSYS   the allocator has no such function
 * and what the mechanism's own call answers, such as EBUSY.
 */
ImxDmaBuffer *imx_dma_buffer_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error);

/*
 * Frees the buffer: stops an open sync session, unmaps it if it is still mapped, gives the memory back. Devices,
 * mappings and duplicates of the descriptor that others hold keep the memory of a DMA-BUF alive. NULL does nothing. A
 * wrapped buffer's memory, descriptor and structure are left alone.
 */
void imx_dma_buffer_deallocate(ImxDmaBuffer *buffer);

/*
 * Maps the buffer into the process: byte i of the mapping is byte i of the physical memory.
 *
 * flags: ImxDmaBufferMappingFlags. Mappings are counted: a further map returns the same pointer and may ask for the
 * access of the first one or less; one that is refused is not counted and changes nothing. MANUAL_SYNC counts at the
 * first map only. Without it the first map starts, and the last unmap stops, a sync session.
 *
 * Returns the address of byte 0, valid until the last unmap, or NULL:
 *   EINVAL   NULL buffer, unknown flags, or a wrapped buffer's size is 0 or more than its descriptor has
 *   EBADF    a wrapped buffer's descriptor is not open
 *   EACCES   more access than the present mapping has, or a descriptor that does not allow it
 *   ENOMEM   no room in the address space
 *   ENOTSUP  a wrapped buffer with neither callbacks nor a descriptor
 *   EOVERFLOW  the buffer is mapped a billion times already
 *   ENOSYS   the allocator has no such function
 * and what the program's own map function, mmap(2) and DMA_BUF_IOCTL_SYNC answer.
 */
uint8_t *imx_dma_buffer_map(ImxDmaBuffer *buffer, unsigned int flags, int *error);

/*
 * Undoes one map; the last one unmaps, and ends a sync session that is open. NULL, and a buffer that is not mapped, do
 * nothing.
 */
void imx_dma_buffer_unmap(ImxDmaBuffer *buffer);

/*
 * Starts a sync session: afterwards the CPU reads what devices wrote. Only for buffers that are mapped with
 * MANUAL_SYNC; without effect otherwise, and while a session is open: sessions are not counted. Between sessions the
 * CPU must not touch the mapping, within one devices must not touch the memory. Uncached memory needs nothing, and
 * nothing is done.
 *
 * The session's direction is that of the mapping. Follows DMA_BUF_IOCTL_SYNC (Linux 6.1, uapi/linux/dma-buf.h) and, on
 * NXP's kernels, DMA_BUF_IOCTL_PHYS, which cleans and invalidates for devices that use physical addresses.
 */
void imx_dma_buffer_start_sync_session(ImxDmaBuffer *buffer);

/* Stops a sync session: afterwards devices read what the CPU wrote. Without effect when none is open. */
void imx_dma_buffer_stop_sync_session(ImxDmaBuffer *buffer);

/*
 * Physical address of byte 0; mapped or not, and always the same. 0 where it is not known, which can be where no
 * address is needed: an allocator that was told so, the host allocator, imported, received and wrapped buffers; and for
 * NULL. Makes no system call.
 */
imx_physical_address_t imx_dma_buffer_get_physical_address(ImxDmaBuffer *buffer);

/*
 * The descriptor of the buffer's memory, or -1 where it has none. It is a DMA-BUF with dma-heap and ION; DWL, IPU, G2D
 * and PxP have none; the host allocator may give a memory file (see imx_dma_buffer_get_properties()). It belongs to the
 * buffer: do not close it. Makes no system call. For a descriptor of your own see imx_dma_buffer_export_fd() in
 * imxdmabuffer_ext.h.
 */
int imx_dma_buffer_get_fd(ImxDmaBuffer *buffer);

/* The size that was asked for, in bytes; 0 for NULL. */
size_t imx_dma_buffer_get_size(ImxDmaBuffer *buffer);

/*
 * Prepares a structure for memory from elsewhere: sets the parent, the descriptor to -1 and everything else to zero.
 * A mapping that was made through a structure at this address ends. NULL does nothing.
 */
void imx_dma_buffer_init_wrapped_buffer(ImxWrappedDmaBuffer *buffer);

/*
 * Physical address of a DMA-BUF from anywhere.
 *
 * dmabuf_fd: stays the caller's.
 *
 * Returns the address of its first byte, or 0:
 *   EBADF    not an open descriptor
 *   EINVAL   not a DMA-BUF
 *   ENOTSUP  the kernel tells no address, or the memory is known to be scattered
 *
 * Asks DMA_BUF_IOCTL_PHYS (NXP's kernels), then /dev/dmabuf_imx (NXP's Android kernels), then /proc/self/pagemap
 * (privileged processes; kernels before 6.8). The first two tell where the memory begins, not that it is contiguous:
 * exporters that are known to scatter are refused, for others that is the caller's knowledge. Use
 * imx_dma_buffer_import_dmabuf() in imxdmabuffer_ext.h for an address that is known to be good for the whole buffer.
 */
imx_physical_address_t imx_dma_buffer_get_physical_address_from_dmabuf_fd(int dmabuf_fd, int *error);

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_H */
