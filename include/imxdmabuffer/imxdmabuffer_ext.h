/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions of libimxdmabuffer beyond the interface of 1.x; all of them since 1.3.
 *
 * Threads: see imxdmabuffer.h. Errors: as there, with the message of imx_dma_buffer_get_last_error(). Functions
 * that return an int return 0 on success and -1 on failure, unless their comment differs.
 *
 * Structures: each begins with struct_size. The caller sets it to sizeof the structure before the call. A newer library
 * leaves out the members that the caller does not have; an older one sets those that it does not have to zero. EINVAL:
 * the size covers no member behind struct_size.
 *
 * Caches: on NXP kernels, reading the physical address of a DMA-BUF cleans and invalidates the whole buffer. Do not
 * call imx_dma_buffer_import_dmabuf(), imx_dma_buffer_receive() or a function whose name contains "query" while another
 * thread or process writes to that buffer through a cached mapping. The same holds for the functions of 1.x that return
 * the address of a descriptor, and for imx_dma_buffer_export_fd() and imx_dma_buffer_send() of DWL and G2D buffers.
 *
 * The life of a buffer that a device fills and the CPU reads:
 *
 *     int error;
 *     ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name("dma-heap", 0, &error);
 *     ImxDmaBuffer *buffer = imx_dma_buffer_allocate(allocator, 4096, 0, &error);
 *
 *     imx_dma_buffer_set_name(buffer, "camera 0", NULL);
 *     start_device(imx_dma_buffer_get_physical_address(buffer));
 *     wait_for_device();
 *     uint8_t const *bytes = imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, &error);
 *     if (bytes) use(bytes, imx_dma_buffer_get_size(buffer));
 *     else puts(imx_dma_buffer_get_last_error());
 *     imx_dma_buffer_unmap(buffer);
 *     imx_dma_buffer_deallocate(buffer);
 *     imx_dma_buffer_allocator_destroy(allocator);
 */
#ifndef IMXDMABUFFER_EXT_H
#define IMXDMABUFFER_EXT_H

#include "imxdmabuffer.h"
#include "imxdmabuffer_sync.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup facts Facts about memory
 *  @{ */

/* Yes, no, or unknown. Compare with the values: NO is not 0. */
typedef enum {
	IMX_DMA_BUFFER_TRISTATE_UNKNOWN = 0,
	IMX_DMA_BUFFER_TRISTATE_NO = 1,
	IMX_DMA_BUFFER_TRISTATE_YES = 2
} ImxDmaBufferTristate;

/** @}
 *  @defgroup choice Choosing an allocator
 *  @{ */

/* Flags of imx_dma_buffer_allocator_new_by_name(). */
typedef enum {
	/*
	 * Allocate without looking for the physical address. imx_dma_buffer_get_physical_address() then returns 0, unless
	 * the driver gives the address together with the memory.
	 */
	IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS = (1 << 0),
	/* Fail to allocate if the physical address is unknown, whatever the name and the environment are. */
	IMX_DMA_BUFFER_ALLOCATOR_FLAG_REQUIRE_PHYSICAL_ADDRESS = (1 << 1),
	/* The process maintains the caches of the allocator's cached DMA-BUFs itself, or opening the allocator fails. */
	IMX_DMA_BUFFER_ALLOCATOR_FLAG_USER_SYNC = (1 << 2),
	/* The kernel maintains the caches, also if the process could. */
	IMX_DMA_BUFFER_ALLOCATOR_FLAG_KERNEL_SYNC = (1 << 3)
} ImxDmaBufferAllocatorFlags;

/*
 * Create an allocator by name.
 *
 * name: a name of imx_dma_buffer_builtin_allocator_name(); "name:target" with the device node or kind of memory, such
 * as "dma-heap:/dev/dma_heap/reserved"; "pool:" and one of these, or "pool" for one around the default
 * (imxdmabuffer_pool.h); NULL for the default, as imx_dma_buffer_allocator_new(). The text is not kept. Without a
 * target, that in IMXDMABUFFER_ALLOCATOR counts if the variable names the same allocator.
 * flags: of ImxDmaBufferAllocatorFlags, at most one about the physical address and one about sync. Without one about
 * the address, allocating requires it ("host" is the exception); with name NULL, IMXDMABUFFER_PHYSICAL_ADDRESS decides.
 * Without one about sync, IMXDMABUFFER_SYNC decides. The environment never overrides a flag.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   EINVAL   unknown name, unknown or contradictory flags, or a target that the allocator does not have
 *   ENOTSUP  USER_SYNC, or IMXDMABUFFER_SYNC=user: this process cannot maintain caches (the message says why)
 *   and the codes of the allocator's own constructor.
 * Since 1.3.
 */
ImxDmaBufferAllocator *imx_dma_buffer_allocator_new_by_name(char const *name, unsigned int flags, int *error);

/*
 * Return the name of an allocator that is built into the library; static text.
 *
 * index: from 0 on, in the order in which the default allocator is looked for. Returns NULL behind the last one. Opens
 * nothing. Since 1.3.
 */
char const *imx_dma_buffer_builtin_allocator_name(size_t index);

/* Size of `node` in ImxDmaBufferAllocatorInfo, the terminating zero included. */
#define IMX_DMA_BUFFER_NODE_SIZE 96
/* Size of `message` in ImxDmaBufferAllocatorInfo, the terminating zero included. */
#define IMX_DMA_BUFFER_MESSAGE_SIZE 1024

/* Properties of an allocator. */
typedef struct _ImxDmaBufferAllocatorInfo {
	/* sizeof(ImxDmaBufferAllocatorInfo), set by the caller. */
	size_t struct_size;
	/* The name, as imx_dma_buffer_allocator_new_by_name() takes it; static text. */
	char const *name;
	/* A few words for lists; static text. */
	char const *description;
	/* The device node or the vendor's library in use, or the one that could not be used; "" if there is none. */
	char node[IMX_DMA_BUFFER_NODE_SIZE];
	/* 0 if the allocator is usable, otherwise a positive errno code. */
	int error;
	/*
	 * The message that belongs to `error`. For a usable allocator whose physical addresses are unknown: the reason.
	 * Otherwise "". Longer messages are cut off.
	 */
	char message[IMX_DMA_BUFFER_MESSAGE_SIZE];
	/* Does a buffer have a DMA-BUF descriptor? */
	ImxDmaBufferTristate is_dmabuf;
	/* Can this process learn the physical address of a buffer? UNKNOWN: it depends on the buffer's size. */
	ImxDmaBufferTristate has_physical_address;
	/* Is the CPU's mapping cached? */
	ImxDmaBufferTristate cached;
	/* Is a buffer of any size physically contiguous? */
	ImxDmaBufferTristate contiguous;
	/* Is a fresh buffer filled with zeros? NO is reported for pools and slabs only. */
	ImxDmaBufferTristate zeroed;
	/* How sync sessions keep a buffer coherent. */
	ImxDmaBufferCoherency coherency;
	/* The largest size in bytes that can be asked for, alignment included; SIZE_MAX: any. */
	size_t max_size;
} ImxDmaBufferAllocatorInfo;

/*
 * Open an allocator, allocate one page, close the allocator again, and describe it, or the reason why it is not usable.
 *
 * name: as for imx_dma_buffer_allocator_new_by_name(), but neither NULL nor "pool" alone. info: filled on success.
 *
 * Returns 0, also if the allocator is not usable (see info->error), or -1:
 *   EINVAL  NULL, unknown name, or a wrong struct_size
 * Since 1.3.
 */
int imx_dma_buffer_query_allocator(char const *name, ImxDmaBufferAllocatorInfo *info, int *error);

/*
 * Describe an open allocator. Makes no system call; facts that only a buffer shows are UNKNOWN.
 *
 * allocator: one of the library. info: filled on success.
 *
 * Returns 0, or -1:
 *   EINVAL   NULL, or a wrong struct_size
 *   ENOTSUP  an allocator of a program, or the library's own one behind imported, received and wrapped buffers
 * Since 1.3.
 */
int imx_dma_buffer_allocator_get_info(ImxDmaBufferAllocator const *allocator, ImxDmaBufferAllocatorInfo *info,
	int *error);

/*
 * Return the name of an allocator, static text. Returns NULL for NULL, for allocators of programs, and for the
 * library's own ones behind imported, received and wrapped buffers. Since 1.3.
 */
char const *imx_dma_buffer_allocator_get_name(ImxDmaBufferAllocator const *allocator);

/** @}
 *  @defgroup properties Properties of a buffer
 *  @{ */

/* Properties of a buffer. */
typedef struct _ImxDmaBufferProperties {
	/* sizeof(ImxDmaBufferProperties), set by the caller. */
	size_t struct_size;
	/*
	 * Is the memory a DMA-BUF, whose descriptor imx_dma_buffer_get_fd() returns? (For a slice of a DMA-BUF only
	 * imx_dma_buffer_export_fd() returns it.) NO: no descriptor, or one of another kind. Memory of libg2d and libhantro
	 * is NO as well, although imx_dma_buffer_export_fd() may return a DMA-BUF.
	 */
	ImxDmaBufferTristate is_dmabuf;
	/* Is the CPU's mapping cached? */
	ImxDmaBufferTristate cached;
	/* Is the memory physically contiguous? */
	ImxDmaBufferTristate contiguous;
	/* Was the memory filled with zeros when it was allocated? NO is reported for pools and slabs only. */
	ImxDmaBufferTristate zeroed;
	/* How sync sessions keep the buffer coherent. */
	ImxDmaBufferCoherency coherency;
	/* The exporter's name of the DMA-BUF, "" if unknown. */
	char exporter[64];
	/* Bytes that the mechanism reserved: at least the size. */
	size_t reserved_size;
	/*
	 * Inode number of the DMA-BUF, 0 if unknown. Two live buffers are on the same DMA-BUF if and only if both numbers
	 * are equal and not 0. The number of a DMA-BUF that is gone may be used again. Unknown: no DMA-BUF, a kernel
	 * before 5.3 (all DMA-BUFs share one inode), or a number too large for this type.
	 */
	unsigned long inode;
	/*
	 * Do the functions of imxdmabuffer_sync.h maintain the ranges alone? NO: each call maintains the whole DMA-BUF, and
	 * no thread may write to it meanwhile. UNKNOWN: another allocator made the buffer.
	 */
	ImxDmaBufferTristate sync_is_ranged;
	/*
	 * In bytes, a power of two: during ranged calls and sessions, CPU and devices must not use different bytes of the
	 * same naturally aligned granule. 0: the whole DMA-BUF is one granule, or unknown.
	 */
	size_t sync_granule;
	/* The DRM driver that attaches for coherency "attachment", "" without one. */
	char attached_driver[32];
	/* Does an IOMMU translate addresses for devices of this machine? They may not use physical addresses then. */
	ImxDmaBufferTristate iommu;
} ImxDmaBufferProperties;

/*
 * Query the properties of a buffer. See "Caches" above: if it is not yet known whether the kernel has
 * DMA_BUF_IOCTL_PHYS for this buffer, the kernel is asked.
 *
 * buffer: any buffer. Of a buffer of a program's own allocator only the facts about its descriptor are known.
 * properties: filled on success.
 *
 * Returns 0, or -1 with EINVAL (NULL, or a wrong struct_size). Since 1.3.
 */
int imx_dma_buffer_query_properties(ImxDmaBuffer *buffer, ImxDmaBufferProperties *properties, int *error);

/* The source of a physical address. */
typedef enum {
	IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE = 0,
	/* The driver or library that allocated the memory. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_DRIVER = 1,
	/* DMA_BUF_IOCTL_PHYS of NXP kernels. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL = 2,
	/* /dev/dmabuf_imx of NXP's Android kernels. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IMX = 3,
	/* Page frame numbers in /proc/self/pagemap. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP = 4,
	/* The program: it wrapped the memory, or brought the allocator. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_USER = 5
} ImxDmaBufferAddressSource;

/*
 * Return the short name of a source: "none", "driver", "dmabuf-ioctl", "dmabuf-imx", "pagemap", "user"; static text.
 * Since 1.3.
 */
char const *imx_dma_buffer_address_source_name(ImxDmaBufferAddressSource source);

/* A physical address. */
typedef struct _ImxDmaBufferAddress {
	/* sizeof(ImxDmaBufferAddress), set by the caller. */
	size_t struct_size;
	/* Physical address of byte 0. */
	imx_physical_address_t address;
	/* Bytes from there on that are known to be contiguous; may be less than the buffer's size. */
	size_t contiguous_length;
	/* The source of the address. */
	ImxDmaBufferAddressSource source;
	/*
	 * Is it certain that the memory does not move? NO: for inspection only, do not give the address to a device. Pages
	 * of a memory file may be migrated or swapped out.
	 */
	ImxDmaBufferTristate is_pinned;
} ImxDmaBufferAddress;

/*
 * Query the physical address of a buffer, also of one that was allocated without it. May make system calls and, for
 * /proc/self/pagemap, map the buffer for a moment. See "Caches" above.
 *
 * address: filled on success. Check contiguous_length: unlike imx_dma_buffer_get_physical_address(), this function also
 * returns the address of memory that is contiguous only in part.
 *
 * Returns 0, or -1:
 *   EINVAL   NULL, or a wrong struct_size
 *   ENOTSUP  the address is unknown; the message lists the attempts
 *   EIO, ENOMEM, EFAULT  the kernel's code if DMA_BUF_IOCTL_PHYS failed, and nothing else gives the address
 * Since 1.3.
 */
int imx_dma_buffer_query_physical_address(ImxDmaBuffer *buffer, ImxDmaBufferAddress *address, int *error);

/** @}
 *  @defgroup sharing Descriptors and names
 *  @{ */

/*
 * Return a new descriptor of the buffer's memory, close-on-exec, above 2, to be closed by the caller. It keeps the
 * memory alive after the buffer is gone. It is a DMA-BUF; with the host allocator, see the properties.
 *
 * offset: receives the offset of byte 0 in that DMA-BUF, in bytes. NULL: a buffer with an offset is refused.
 *
 * Returns the descriptor, or -1:
 *   EINVAL   NULL buffer
 *   ENOTSUP  the memory has no descriptor, or the buffer has an offset and `offset` is NULL
 *   EBADF    the descriptor of a wrapped buffer is not open
 *   EMFILE   too many open descriptors
 * Since 1.3.
 */
int imx_dma_buffer_export_fd(ImxDmaBuffer *buffer, size_t *offset, int *error);

/*
 * Make a buffer of a DMA-BUF, or of a slice of it (a plane of a picture, say), from another process or driver. It is
 * mapped and synchronised like the library's own buffers.
 *
 * dmabuf_fd: stays the caller's; the buffer keeps a duplicate.
 * offset: byte 0 of the buffer, in bytes from the beginning of the DMA-BUF. size: in bytes; 0: up to its end.
 *
 * The physical address is set if it is known and the memory is known to be contiguous, and is 0 otherwise.
 * imx_dma_buffer_get_fd() returns -1 for a buffer with an offset, because users of that descriptor would begin at the
 * wrong byte; imx_dma_buffer_export_fd() returns the descriptor and the offset.
 *
 * Returns the buffer, to be freed with imx_dma_buffer_deallocate(), or NULL:
 *   EBADF   not an open descriptor
 *   EINVAL  not a DMA-BUF, or the slice is outside of it
 *   EMFILE, ENOMEM  out of descriptors or memory
 * Since 1.3.
 */
ImxDmaBuffer *imx_dma_buffer_import_dmabuf(int dmabuf_fd, size_t offset, size_t size, int *error);

/* Size of a name, the terminating zero included: DMA_BUF_NAME_LEN of the kernel. */
#define IMX_DMA_BUFFER_NAME_SIZE 32

/*
 * Name the DMA-BUF of a buffer. The name is shown in /proc/PID/fdinfo, in the links of /proc/PID/fd, in /proc/PID/maps
 * and in dma_buf/bufinfo of debugfs. It belongs to the DMA-BUF: every process with a descriptor sees it and may change
 * it. (DMA_BUF_SET_NAME, drivers/dma-buf/dma-buf.c, since Linux 5.3.)
 *
 * name: at most 31 bytes without control characters; "" removes the name. Copied.
 *
 * Returns 0, or -1; the buffer stays usable:
 *   EINVAL   NULL, a longer name, a control character
 *   ENOTSUP  the buffer has no DMA-BUF of its own, or the kernel is older than 5.3 (NXP kernels used the ioctl's number
 *            for another call, so it is not tried)
 *   EBUSY    a device of somebody else is attached, and the kernel (up to about 5.19) then keeps the old name
 *   and the other codes of DMA_BUF_SET_NAME.
 * Since 1.3.
 */
int imx_dma_buffer_set_name(ImxDmaBuffer *buffer, char const *name, int *error);

/*
 * Read the name of a buffer's DMA-BUF from /proc/self/fdinfo, "" if it has none. Without /proc, as in a sandbox, a
 * received buffer has the name that was sent with it. A name with a line break, which other programs may set, ends
 * there.
 *
 * name: receives the name. size: bytes at `name`; IMX_DMA_BUFFER_NAME_SIZE is always enough.
 *
 * Returns 0, or -1:
 *   EINVAL   NULL
 *   ERANGE   `size` is too small
 *   ENOTSUP  the buffer has no DMA-BUF of its own, or the kernel is older than 5.3
 *   and the codes of open(2) for /proc/self/fdinfo.
 * Since 1.3.
 */
int imx_dma_buffer_get_name(ImxDmaBuffer const *buffer, char *name, size_t size, int *error);

/** @}
 *  @defgroup messages Messages
 *  @{ */

/*
 * Return the message of the last failure in the calling thread: the operation, the node, the kernel's error, and a
 * remedy. "" before the first failure, and if there was no memory for the message. Valid until the next failing call in
 * this thread. Since 1.3.
 */
char const *imx_dma_buffer_get_last_error(void);

/* Severity of a log message; lower is more severe. */
typedef enum {
	IMX_DMA_BUFFER_LOG_LEVEL_ERROR = 1,
	IMX_DMA_BUFFER_LOG_LEVEL_WARNING = 2,
	IMX_DMA_BUFFER_LOG_LEVEL_INFO = 3,
	IMX_DMA_BUFFER_LOG_LEVEL_DEBUG = 4
} ImxDmaBufferLogLevel;

/*
 * Receives one line of text without a line break. Called from any thread, also from several threads at the same time,
 * and without a lock of the library held: the handler may call functions of the library. A cancellation waits for it.
 */
typedef void (*ImxDmaBufferLogHandler)(void *user_data, ImxDmaBufferLogLevel level, char const *message);

/*
 * Send log messages up to max_level to a handler, instead of standard error. Without a handler, the library logs only
 * if the environment variable IMXDMABUFFER_LOG is error, warning, info or debug.
 *
 * handler: NULL returns to the environment variable. user_data: passed on, never accessed. It must stay valid until
 * another handler is set and calls that run meanwhile have returned. Since 1.3.
 */
void imx_dma_buffer_set_log_handler(ImxDmaBufferLogHandler handler, void *user_data, ImxDmaBufferLogLevel max_level);

/*
 * Return the version of the library that is running, such as "1.3.0". IMXDMABUFFER_VERSION is the version that a
 * program was compiled with. Since 1.3.
 */
char const *imx_dma_buffer_get_version(void);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_EXT_H */
