/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libimxdmabuffer: physically contiguous memory for DMA on NXP i.MX processors. docs/contract.md lists all guarantees
 * and their tests.
 *
 * An allocator represents one mechanism of the kernel or a vendor that gives such memory to a program. A buffer is one
 * block of memory from it. Sizes, lengths and alignments are in bytes.
 *
 * Errors: on failure *error receives a positive errno code; on success it is not changed. `error` may be NULL.
 * imx_dma_buffer_get_last_error() in imxdmabuffer_ext.h then returns a message, also for constructors without `error`.
 * Getters set no message. No function aborts the program. NULL in place of an object is EINVAL; a function that cannot
 * return a code does nothing then.
 *
 * Threads: all functions may be called from any thread, also for the same object at the same time. The one exception:
 * do not use a buffer during or after its deallocation, nor an allocator during or after its destruction.
 *
 * Cancellation: functions that make, map or free objects end before a cancellation takes effect, so that nothing is
 * lost and no lock stays behind. imx_dma_buffer_send(), imx_dma_buffer_receive() and imx_dma_buffer_wait() can be
 * cancelled while they wait. Do not call the library while asynchronous cancellation is enabled, nor from signal
 * handlers. Stack: no function needs more than 32 KiB, without the functions of vendors' libraries.
 *
 * fork(): the child inherits allocators and buffers, with the parent's memory. If the child frees them, its descriptors
 * and mappings are closed, and the memory stays with the parent. Resources of libg2d and libhantro are released when
 * the child ends. Objects that the child creates are its own.
 */
#ifndef IMXDMABUFFER_H
#define IMXDMABUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "imxdmabuffer_physaddr.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup mapping Mapping and caches
 *  @{ */

/* Flags of imx_dma_buffer_map(), to be combined. Neither READ nor WRITE means both. */
typedef enum {
	/* The CPU writes through the mapping. */
	IMX_DMA_BUFFER_MAPPING_FLAG_WRITE = (1 << 0),
	/* The CPU reads through the mapping. */
	IMX_DMA_BUFFER_MAPPING_FLAG_READ = (1 << 1),
	/* The caller starts and stops sync sessions. Without this flag, map and unmap do so. */
	IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC = (1 << 2),
	/*
	 * In the first session of the mapping, the CPU writes all of the buffer before it reads. Data of devices is lost:
	 * this session begins without cache maintenance (views and slices: only if the property sync_is_ranged is YES).
	 * Bytes that the CPU does not write are undefined. Needs WRITE. Only the flag of the first map counts; further maps
	 * join its session. Since 1.3.
	 */
	IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE = (1 << 3)
} ImxDmaBufferMappingFlags;

/* The flags for the access. */
#define IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK                                                                     \
	(IMX_DMA_BUFFER_MAPPING_FLAG_READ | IMX_DMA_BUFFER_MAPPING_FLAG_WRITE)

/** @}
 *  @defgroup programs Allocators and memory of programs
 *  @{ */

/* The reserved part of the allocator structure has IMX_DMA_BUFFER_PADDING - 2 pointers. */
#define IMX_DMA_BUFFER_PADDING 8

typedef struct _ImxDmaBuffer ImxDmaBuffer;
typedef struct _ImxDmaBufferAllocator ImxDmaBufferAllocator;
typedef struct _ImxWrappedDmaBuffer ImxWrappedDmaBuffer;

/*
 * The functions of an allocator. The library sets the members of its own allocators. A program may implement an
 * allocator (for other memory, or to trace calls) and sets the members itself; all functions below then work with its
 * buffers. Ordinary programs do not call the members directly.
 *
 * Each member behaves like the public function of the same name; the allocator is its first argument. If a member is
 * NULL, the public function fails with ENOSYS if it can return a code, and does nothing otherwise; getters return 0,
 * and imx_dma_buffer_get_fd() returns -1.
 *
 * A program may copy the structure of one of the library's allocators and replace members, for example to trace calls.
 * The other members then work with the buffers of the original. Destroying the copy does not destroy the original.
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

	/* Do not use; zero in allocators of programs. */
	void *_reserved[IMX_DMA_BUFFER_PADDING - 2];
};

/* The first member of every buffer. Read-only, except for the program that implements the allocator. */
struct _ImxDmaBuffer {
	/* The allocator this buffer belongs to. */
	ImxDmaBufferAllocator *allocator;
};

/*
 * A wrapped buffer: memory from another source that can be used like a buffer of this library. The program owns the
 * structure and its contents. It calls imx_dma_buffer_init_wrapped_buffer() first, and then sets the members.
 */
struct _ImxWrappedDmaBuffer {
	/* Set by imx_dma_buffer_init_wrapped_buffer(). Pass &wrapped.parent to the other functions. */
	ImxDmaBuffer parent;
	/*
	 * Map the memory; called by each imx_dma_buffer_map() with the caller's flags. The program is responsible for sync
	 * sessions then. NULL: the library maps `fd`, counts mappings and keeps caches coherent as for its own buffers.
	 */
	uint8_t *(*map)(ImxWrappedDmaBuffer *wrapped_dma_buffer, unsigned int flags, int *error);
	/* Undo one map; called by each imx_dma_buffer_unmap(). May be NULL. */
	void (*unmap)(ImxWrappedDmaBuffer *wrapped_dma_buffer);
	/* DMA-BUF descriptor, or -1. The library never closes it. */
	int fd;
	/* Physical address of byte 0, or 0 if it is unknown. */
	imx_physical_address_t physical_address;
	/* Size in bytes. */
	size_t size;
};

/** @}
 *  @addtogroup choice
 *  @{ */

/*
 * Create the default allocator: the one that the environment variable IMXDMABUFFER_ALLOCATOR names, otherwise the first
 * of dma-heap, ION, DWL, IPU, G2D and PxP that is usable on this machine. If dma-heap or ION exists but is closed to
 * this process, no mechanism without DMA-BUFs replaces it.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   ENODEV  no mechanism exists
 *   EACCES, EPERM  a mechanism exists, but this process may not open it
 *   EINVAL  IMXDMABUFFER_ALLOCATOR contains an unknown name
 *   ENOTSUP  IMXDMABUFFER_SYNC=user, and this process cannot maintain caches
 *   ENOMEM  out of memory
 * and other codes from the kernel. The message contains the reason for each mechanism.
 */
ImxDmaBufferAllocator *imx_dma_buffer_allocator_new(int *error);

/*
 * Free the allocator and its remaining buffers, including mapped ones, as imx_dma_buffer_deallocate() does. Descriptors
 * that were passed to the allocator's constructor stay open. NULL does nothing.
 */
void imx_dma_buffer_allocator_destroy(ImxDmaBufferAllocator *allocator);

/** @}
 *  @defgroup buffers Buffers
 *  @{ */

/*
 * Allocate a buffer.
 *
 * size: at least 1. imx_dma_buffer_get_size() returns this size, also if the mechanism reserves more.
 * alignment: the physical address is a multiple of this value; 0 or 1: no requirement. The virtual address is aligned
 * to pages only.
 *
 * Returns the buffer, to be freed with imx_dma_buffer_deallocate() (or together with its allocator), or NULL:
 *   EINVAL   NULL allocator, size 0, a size that the mechanism cannot express, a size or alignment that overflows, or
 *            an alignment that is not a power of two, unless the memory happens to be aligned to it
 *   ENOMEM   the mechanism has no memory left for this size, or for the larger block that the alignment needs
 *   ENOTSUP  this allocator on this kernel cannot provide the alignment or the physical address; for memory without a
 *            physical address see imx_dma_buffer_allocator_new_by_name() in imxdmabuffer_ext.h
 *   EMFILE, ENFILE  too many open descriptors
 *   ENOSYS   the allocator has no such function
 * and other codes of the mechanism's call, such as EBUSY.
 */
ImxDmaBuffer *imx_dma_buffer_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error);

/*
 * Free the buffer: stop an open sync session, unmap the buffer if it is mapped, release the memory. The memory of a
 * DMA-BUF lives on while a device is attached, or another mapping or descriptor exists. For a wrapped buffer, the
 * memory, the descriptor and the structure stay as they are. NULL does nothing.
 */
void imx_dma_buffer_deallocate(ImxDmaBuffer *buffer);

/** @}
 *  @addtogroup mapping
 *  @{ */

/*
 * Map the buffer into the process: byte i of the mapping is byte i of the physical memory.
 *
 * flags: ImxDmaBufferMappingFlags. Mappings are counted: a further map returns the same pointer, and may request at
 * most the access of the first one; a refused map is not counted. MANUAL_SYNC takes effect at the first map only.
 * Without it, the first map starts a sync session, and the last unmap stops it.
 *
 * Returns the address of byte 0, valid until the last unmap, or NULL:
 *   EINVAL   NULL buffer, unknown flags, OVERWRITE for reading only, or a wrapped buffer whose size is 0 or exceeds its
 *            descriptor's
 *   EBADF    a wrapped buffer's descriptor is not open
 *   EACCES   more access than the first map requested, or than the descriptor allows
 *   ENOMEM   the address space is full
 *   ENOTSUP  a wrapped buffer with neither callbacks nor a descriptor
 *   EOVERFLOW  the buffer is mapped a billion times already
 *   ENOSYS   the allocator has no such function
 * and the codes of the program's own map function, mmap(2) and DMA_BUF_IOCTL_SYNC.
 */
uint8_t *imx_dma_buffer_map(ImxDmaBuffer *buffer, unsigned int flags, int *error);

/*
 * Undo one map. The last unmap stops an open sync session, and the pointer is invalid from then on. The library may
 * keep the mapping for the next map (IMXDMABUFFER_KEEP_MAPPINGS in libimxdmabuffer(7)), so that an access to it need
 * not fault. A program that changes the protection of the mapping, with mprotect(2), restores it before the last
 * unmap. If the session fails to stop, data may be lost; imx_dma_buffer_get_last_error() returns the message, and the
 * log has it with level ERROR. NULL and a buffer that is not mapped do nothing.
 */
void imx_dma_buffer_unmap(ImxDmaBuffer *buffer);

/*
 * Start a sync session: the CPU then reads the data that devices have written. Only for buffers that are mapped with
 * MANUAL_SYNC; otherwise, and while a session is open, the call does nothing: sessions are not counted. The CPU may
 * access the mapping only during a session, devices may access the memory only outside of one, unless ranges are handed
 * over (imxdmabuffer_sync.h). For uncached memory the call is a memory barrier.
 *
 * The session has the direction of the mapping. It uses DMA_BUF_IOCTL_SYNC (Linux 6.1, uapi/linux/dma-buf.h) and, for
 * devices that use physical addresses, the instructions of arm64 or DMA_BUF_IOCTL_PHYS of NXP's kernels, which clean
 * and invalidate caches.
 */
void imx_dma_buffer_start_sync_session(ImxDmaBuffer *buffer);

/*
 * Stop a sync session: devices then read the data that the CPU has written. Does nothing if no session is open. For
 * failures, see imx_dma_buffer_unmap().
 */
void imx_dma_buffer_stop_sync_session(ImxDmaBuffer *buffer);

/** @}
 *  @addtogroup buffers
 *  @{ */

/*
 * Return the physical address of byte 0. It never changes and does not depend on mappings. Makes no system call.
 *
 * Returns 0 if the address is unknown. This is possible for allocators with the flag NO_PHYSICAL_ADDRESS or
 * IMXDMABUFFER_PHYSICAL_ADDRESS=optional, for the host allocator, and for imported, received and wrapped buffers.
 * Returns 0 for NULL.
 */
imx_physical_address_t imx_dma_buffer_get_physical_address(ImxDmaBuffer *buffer);

/*
 * Return the descriptor of the buffer's memory, or -1 without one. Do not close it: it belongs to the buffer. Makes no
 * system call. imx_dma_buffer_export_fd() in imxdmabuffer_ext.h returns a new descriptor.
 *
 * It is a DMA-BUF with dma-heap and ION. Buffers of DWL, IPU, G2D and PxP have no descriptor, and slices of a
 * DMA-BUF return none. With the host allocator it may be a memory file, see imx_dma_buffer_query_properties().
 */
int imx_dma_buffer_get_fd(ImxDmaBuffer *buffer);

/* Return the size that was passed to imx_dma_buffer_allocate(), or that of an imported or wrapped buffer; 0 for NULL.
 */
size_t imx_dma_buffer_get_size(ImxDmaBuffer *buffer);

/** @}
 *  @addtogroup programs
 *  @{ */

/*
 * Prepare the structure of a wrapped buffer: set the parent, the descriptor to -1, and the other members to zero. An
 * earlier wrapped buffer at this address that is still mapped is unmapped first. NULL does nothing.
 */
void imx_dma_buffer_init_wrapped_buffer(ImxWrappedDmaBuffer *buffer);

/** @}
 *  @addtogroup properties
 *  @{ */

/*
 * Return the physical address of any DMA-BUF.
 *
 * dmabuf_fd: stays open.
 *
 * Returns the address of its first byte, or 0:
 *   EBADF    not an open descriptor
 *   EINVAL   not a DMA-BUF
 *   ENOTSUP  the address is unknown on this kernel, or the memory is known to be scattered
 *   EIO, ENOMEM, EFAULT  the kernel's code if DMA_BUF_IOCTL_PHYS failed, and nothing else gives the address
 *
 * Tries DMA_BUF_IOCTL_PHYS (NXP kernels), then /dev/dmabuf_imx (NXP's Android kernels), then /proc/self/pagemap
 * (privileged processes; kernels before 6.8). The first two return the address of the first byte and do not show
 * whether the memory is contiguous: exporters that are known to scatter are refused; for others the caller has to
 * make sure. imx_dma_buffer_import_dmabuf() in imxdmabuffer_ext.h gives an address that is valid for the whole buffer.
 */
imx_physical_address_t imx_dma_buffer_get_physical_address_from_dmabuf_fd(int dmabuf_fd, int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_H */
