/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libimxdmabuffer offers beyond the 1.x interface: choosing allocators by name, the properties of a buffer, how
 * its physical address is known, export and import of DMA-BUFs, their names, passing them to other processes, errors
 * as sentences, logging.
 *
 * Functions that return an int answer 0 on success, and -1 on failure with an errno code in *error (which may be NULL)
 * and a sentence in imx_dma_buffer_get_last_error(). Threads are as imxdmabuffer.h says. Structures end in reserved
 * members so that they can grow; the library sets those to zero.
 *
 * Caches: the call of NXP's kernels that tells a DMA-BUF's address also cleans and invalidates all of it. What asks for
 * the address of cached memory, or for the properties of memory that is not the library's own, is not for a moment in
 * which another thread or process writes that memory: import, receive, the queries below.
 */
#ifndef IMXDMABUFFER_EXT_H
#define IMXDMABUFFER_EXT_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The answer to a question about memory that cannot always be known. */
typedef enum {
	IMX_DMA_BUFFER_UNKNOWN = -1,
	IMX_DMA_BUFFER_NO = 0,
	IMX_DMA_BUFFER_YES = 1
} ImxDmaBufferAnswer;

/* What an allocator's buffers are and can do, a combination of these bits. */
typedef enum {
	/* Buffers have a DMA-BUF descriptor. */
	IMX_DMA_BUFFER_CAPABILITY_DMABUF = (1 << 0),
	/* Buffers have a physical address that this process can learn. */
	IMX_DMA_BUFFER_CAPABILITY_PHYSICAL_ADDRESS = (1 << 1),
	/* The CPU's mappings are cached: sync sessions do work. */
	IMX_DMA_BUFFER_CAPABILITY_CACHED = (1 << 2),
	/* Fresh buffers are filled with zeros. */
	IMX_DMA_BUFFER_CAPABILITY_ZEROED = (1 << 3),
	/* Buffers of any size are physically contiguous. */
	IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS = (1 << 4),
	/* Sizes of 4 GiB and more cannot be expressed. */
	IMX_DMA_BUFFER_CAPABILITY_SIZES_32BIT = (1 << 5)
} ImxDmaBufferCapabilities;

/* For imx_dma_buffer_allocator_new_by_name(). */
typedef enum {
	/*
	 * No physical address is needed: it is not looked for, and allocation does not fail for the lack of it.
	 * imx_dma_buffer_get_physical_address() then answers 0 where the mechanism does not tell the address by itself.
	 */
	IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS = (1 << 0)
} ImxDmaBufferAllocatorFlags;

/* One allocator that is built into the library. The strings live as long as the list. */
typedef struct _ImxDmaBufferAllocatorInfo {
	/* Name, as imx_dma_buffer_allocator_new_by_name() takes it. */
	char const *name;
	/* What it is, in a few words. */
	char const *description;
	/* The device node or the vendor's library that it uses, or would use and cannot; NULL where it has none. */
	char const *node;
	/* NULL where it is usable, otherwise a sentence that says why not and what would help. */
	char const *reason;
	/* 0 where it is usable, otherwise the errno code that belongs to the reason. */
	int error;
	/* Nonzero for the one that imx_dma_buffer_allocator_new() would take now. */
	int is_default;
	/* ImxDmaBufferCapabilities, learned from a buffer of one page; 0 where it is not usable. */
	unsigned int capabilities;
	/* What imx_dma_buffer_get_properties() says of such a buffer; UNKNOWN where the allocator is not usable. */
	ImxDmaBufferAnswer coherent_by_address;
	/* For a usable allocator without physical addresses a sentence that says why, otherwise NULL. */
	char const *address_reason;
	void *_reserved[7];
} ImxDmaBufferAllocatorInfo;

/*
 * Lists the allocators that are built in, in the order in which they are tried, usable or not. Each is opened, asked
 * for one page, and closed again.
 *
 * num_allocators: receives the number of entries; must not be NULL.
 *
 * Returns the entries, to be freed with imx_dma_buffer_free_allocator_list(), or NULL: EINVAL, ENOMEM.
 */
ImxDmaBufferAllocatorInfo *imx_dma_buffer_list_allocators(size_t *num_allocators, int *error);

/* Frees what imx_dma_buffer_list_allocators() returned. NULL does nothing. */
void imx_dma_buffer_free_allocator_list(ImxDmaBufferAllocatorInfo *list);

/*
 * Creates an allocator by name.
 *
 * name: "dma-heap", "host", ... as listed; or with the node or variant to use behind a colon, as in
 * "dma-heap:/dev/dma_heap/reserved" or "host:memfd"; or NULL for the default. The text is not kept.
 * flags: ImxDmaBufferAllocatorFlags or 0.
 *
 * Returns the allocator, to be freed with imx_dma_buffer_allocator_destroy(), or NULL:
 *   EINVAL  unknown name (the sentence lists the known ones), unknown flags, a variant that the allocator has not
 *   and the codes of the allocator's own constructor.
 */
ImxDmaBufferAllocator *imx_dma_buffer_allocator_new_by_name(char const *name, unsigned int flags, int *error);

/*
 * The name of an allocator, static text; NULL for NULL, for allocators that programs brought themselves, and for the
 * library's own ones behind imported, received and wrapped buffers, which allocate nothing.
 */
char const *imx_dma_buffer_allocator_get_name(ImxDmaBufferAllocator *allocator);

/* What is known about a buffer. */
typedef struct _ImxDmaBufferProperties {
	/*
	 * Nonzero where the memory is a DMA-BUF, which imx_dma_buffer_get_fd() gives, or for a part that was received
	 * imx_dma_buffer_export_fd() with an offset. Zero: there is no descriptor, or it is another kind; also for memory
	 * of libg2d and libhantro, of which imx_dma_buffer_export_fd() may give a DMA-BUF.
	 */
	int is_dmabuf;
	/* Is the CPU's mapping cached? */
	ImxDmaBufferAnswer cached;
	/* Is the memory physically contiguous? */
	ImxDmaBufferAnswer contiguous;
	/* Was the memory filled with zeros when it was allocated? */
	ImxDmaBufferAnswer zeroed;
	/*
	 * Do sync sessions also serve devices that are given the physical address, rather than the DMA-BUF? YES for
	 * uncached memory, and for cached memory where the kernel has DMA_BUF_IOCTL_PHYS; NO for other cached DMA-BUFs,
	 * whose DMA_BUF_IOCTL_SYNC serves only devices that are attached.
	 */
	ImxDmaBufferAnswer coherent_by_address;
	/* What the exporter of the DMA-BUF calls itself, "" where that is not known. */
	char exporter[64];
	/* What the mechanism reserved, in bytes: at least the size. */
	size_t reserved_size;
	/*
	 * The number of the DMA-BUF's inode: two buffers with the same one are the same memory, in whatever process, and
	 * have different ones while both live otherwise. When a DMA-BUF is gone its number may come again: kernels up to
	 * about 5.17 take it from a 32-bit counter. 0: unknown, because the memory is no DMA-BUF, the kernel is older than
	 * 5.3, where all DMA-BUFs share one inode, or the number is too large for this type.
	 */
	unsigned long inode;
	void *_reserved[6];
} ImxDmaBufferProperties;

/*
 * Tells what is known about a buffer: one of the library's, an imported one, a wrapped one, or one of a program's own
 * allocator (of which only what its descriptor tells is known).
 *
 * properties: filled on success. Returns 0, or -1 with EINVAL.
 */
int imx_dma_buffer_get_properties(ImxDmaBuffer *buffer, ImxDmaBufferProperties *properties, int *error);

/* How a physical address is known. */
typedef enum {
	IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE = 0,
	/* The mechanism that allocated the memory said it. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_MECHANISM = 1,
	/* DMA_BUF_IOCTL_PHYS of NXP's kernels. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IOCTL = 2,
	/* /dev/dmabuf_imx of NXP's Android kernels. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_DMABUF_IMX = 3,
	/* The page frames in /proc/self/pagemap. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP = 4,
	/* The program that wrapped the memory, or whose own allocator it is. */
	IMX_DMA_BUFFER_ADDRESS_SOURCE_PROGRAM = 5
} ImxDmaBufferAddressSource;

/* A short name of a source: "none", "mechanism", "dmabuf-ioctl", "dmabuf-imx", "pagemap", "program"; static text. */
char const *imx_dma_buffer_address_source_name(ImxDmaBufferAddressSource source);

/* A physical address, and what it is worth. */
typedef struct _ImxDmaBufferAddress {
	/* Physical address of byte 0. */
	imx_physical_address_t address;
	/* How many bytes from there on are known to be contiguous; may be less than the buffer's size. */
	size_t contiguous_length;
	/* How it is known. */
	ImxDmaBufferAddressSource source;
	/* Nonzero where the memory cannot move. Pages of a memfd may be migrated or swapped while nothing pins them. */
	int is_pinned;
	void *_reserved[6];
} ImxDmaBufferAddress;

/*
 * Asks for the physical address of a buffer, also where it was allocated without. May make system calls and, for
 * /proc/self/pagemap, map the buffer for a moment. The call of NXP's kernels that tells the address also cleans and
 * invalidates the caches for all of the buffer: the first question about cached memory is not for a moment in which
 * another thread or process writes it.
 *
 * address: filled on success. Unlike imx_dma_buffer_get_physical_address(), which answers 0 unless the whole buffer is
 * contiguous, this also tells where scattered memory begins, and how far it goes: check contiguous_length.
 *
 * Returns 0, or -1:
 *   EINVAL   NULL
 *   ENOTSUP  the address cannot be known here; the sentence says what was tried
 */
int imx_dma_buffer_query_physical_address(ImxDmaBuffer *buffer, ImxDmaBufferAddress *address, int *error);

/*
 * Gives a new descriptor for the buffer's memory, close-on-exec, never 0, to be closed by the caller. It keeps the
 * memory alive beyond the buffer. It is a DMA-BUF, or with the host allocator what the properties tell.
 *
 * offset: receives the distance of the buffer's byte 0 from the beginning of that DMA-BUF, in bytes; may be NULL, and
 * then a buffer that does not begin at 0 is refused.
 *
 * Returns the descriptor, or -1:
 *   EINVAL   NULL buffer
 *   ENOTSUP  this memory has no descriptor, or begins within it while offset is NULL
 *   EMFILE   too many open descriptors
 */
int imx_dma_buffer_export_fd(ImxDmaBuffer *buffer, size_t *offset, int *error);

/*
 * Makes a buffer of a DMA-BUF that came from elsewhere (another process, a V4L2 or DRM driver), with mapping, sync
 * sessions and properties like the library's own.
 *
 * dmabuf_fd: stays the caller's; the buffer keeps a duplicate. The size is the one that the kernel tells.
 *
 * The physical address is found where the kernel tells it and the memory is known to be contiguous, and is 0
 * otherwise. Belongs to no allocator that could be destroyed: freed with imx_dma_buffer_deallocate().
 *
 * Returns the buffer, or NULL:
 *   EBADF   not an open descriptor
 *   EINVAL  not a DMA-BUF
 *   EMFILE, ENOMEM  out of descriptors or memory
 */
ImxDmaBuffer *imx_dma_buffer_import_dmabuf(int dmabuf_fd, int *error);

/* Room for a name and the zero behind it: the kernel's DMA_BUF_NAME_LEN. */
#define IMX_DMA_BUFFER_NAME_SIZE 32

/*
 * Names a buffer's DMA-BUF, for people who look: the name shows in /proc/PID/fdinfo, in the links of /proc/PID/fd, in
 * /proc/PID/maps and in the dma_buf/bufinfo of debugfs. It belongs to the DMA-BUF: all who have a descriptor see it, in
 * every process, and may change it, the one who came last wins. (DMA_BUF_SET_NAME of drivers/dma-buf/dma-buf.c, since
 * Linux 5.3.)
 *
 * name: at most 31 bytes, none of them a control character; "" takes the name away. Copied.
 *
 * Returns 0, or -1, and then the buffer is as usable as before:
 *   EINVAL   NULL, a longer name, a control character
 *   ENOTSUP  the buffer has no DMA-BUF of its own, or the kernel is older than 5.3: NXP's used the number of this ioctl
 *            for another one, so it is not even tried
 *   EBUSY    a device is attached, and the kernel, up to about 5.19, then leaves the name as it is. It is reported,
 *            since nobody will see the name; programs that do not care go on, others name buffers when they are new
 *   and the other codes of DMA_BUF_SET_NAME
 */
int imx_dma_buffer_set_name(ImxDmaBuffer *buffer, char const *name, int *error);

/*
 * Tells the name of a buffer's DMA-BUF, whoever gave it; "" where nobody did. Read from /proc/self/fdinfo; where that
 * cannot be read, as in some sandboxes, a received buffer has the name that came with it. A name with a line break,
 * which other programs may give, ends there.
 *
 * name: receives the name. size: of that room; IMX_DMA_BUFFER_NAME_SIZE is always enough.
 *
 * Returns 0, or -1:
 *   EINVAL   NULL
 *   ERANGE   the room is too small
 *   ENOTSUP  the buffer has no DMA-BUF of its own, or the kernel, older than 5.3, knows no names
 *   and the codes of open(2) for /proc/self/fdinfo
 */
int imx_dma_buffer_get_name(ImxDmaBuffer *buffer, char *name, size_t size, int *error);

/*
 * Sends a buffer to another process, which takes it with imx_dma_buffer_receive(): size, offset in its DMA-BUF, name,
 * and the descriptor by SCM_RIGHTS. Both processes then have the same memory, which lives until both have freed it. It
 * is one message of 64 bytes, which Linux takes whole or not at all, on streams too (net/unix/af_unix.c): bytes of the
 * program's own may go before and after it, and threads may share the socket.
 *
 * buffer: stays the caller's, and may be freed at once. Anything with a DMA-BUF can be sent: buffers of dma-heap, ION
 * and "host:udmabuf", of G2D and DWL where their library exports them, imported, received and wrapped ones. Memory
 * files, as "host:memfd" has, cannot.
 * socket_fd: a connected Unix socket, SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM. Blocks as the socket does; signals do
 * not end the call.
 *
 * Returns 0, or -1, and then nothing was sent:
 *   EINVAL   NULL, or a wrapped buffer says more bytes than its DMA-BUF has
 *   ENOTSUP  the buffer has no DMA-BUF
 *   EAGAIN   the socket does not block, and is full
 *   EPIPE    the other side has closed the connection; no signal is raised
 *   EAFNOSUPPORT, ENOTSOCK, EBADF  no Unix socket
 *   ETOOMANYREFS  too many descriptors are on their way (RLIMIT_NOFILE)
 *   and the other codes of sendmsg(2), and those of imx_dma_buffer_export_fd()
 */
int imx_dma_buffer_send(ImxDmaBuffer *buffer, int socket_fd, int *error);

/*
 * Takes a buffer that imx_dma_buffer_send() has sent, and makes of it what imx_dma_buffer_import_dmabuf() makes of a
 * descriptor. Nothing that arrives is trusted: see EBADMSG. Whoever sent the memory can still write it, at any time.
 *
 * A buffer that does not begin with its DMA-BUF arrives as one that begins where the sender's does, by mapping and by
 * physical address. imx_dma_buffer_get_fd() answers -1 for it, because users of that descriptor would begin at the
 * wrong byte; imx_dma_buffer_export_fd() gives the descriptor with the offset.
 *
 * socket_fd: as above. One message is taken, and not a byte of what follows.
 *
 * Returns the buffer, to be freed with imx_dma_buffer_deallocate(), or NULL. No descriptor stays behind then:
 *   EAGAIN      the socket does not block, and nothing is there; nothing was taken
 *   ECONNRESET  the other side has closed the connection
 *   EBADMSG     what came is no such message, or cut off, or of another version; has no descriptor or several, or one
 *               that is no DMA-BUF; the size and offset do not fit into the DMA-BUF; the name is none. The message is
 *               gone. Who speaks so is not to be trusted; on a stream nobody knows where the next message begins, too
 *   EMFILE      this process can open no more descriptors, or may not have this one; the message is gone
 *   ENOMEM      out of memory; the message is gone
 *   EAFNOSUPPORT, ENOTSOCK, EBADF  no Unix socket
 *   and the other codes of recvmsg(2)
 */
ImxDmaBuffer *imx_dma_buffer_receive(int socket_fd, int *error);

/*
 * The sentence that belongs to the last failure in the calling thread: what was tried, on which node, what the kernel
 * said, what would help. "" where nothing failed yet. Valid until the next failing call in this thread.
 */
char const *imx_dma_buffer_get_last_error(void);

/* How much a message matters: the lower, the more. */
typedef enum {
	IMX_DMA_BUFFER_LOG_LEVEL_ERROR = 1,
	IMX_DMA_BUFFER_LOG_LEVEL_WARNING = 2,
	IMX_DMA_BUFFER_LOG_LEVEL_INFO = 3,
	IMX_DMA_BUFFER_LOG_LEVEL_DEBUG = 4
} ImxDmaBufferLogLevel;

/* Receives one line of text without a line break. May be called from any thread, also from several at once. */
typedef void (*ImxDmaBufferLogHandler)(void *user_data, ImxDmaBufferLogLevel level, char const *message);

/*
 * Sends log messages up to max_level to a handler, instead of standard error. The library is silent unless a handler
 * is set or the environment variable IMXDMABUFFER_LOG is error, warning, info or debug.
 *
 * handler: NULL goes back to the environment variable. user_data: passed on, never touched; must live until another
 * handler is set and running calls are done. The handler must not call functions of this library, nor fork(): some
 * messages come while locks are held, and before an error is reported.
 */
void imx_dma_buffer_set_log_handler(ImxDmaBufferLogHandler handler, void *user_data, ImxDmaBufferLogLevel max_level);

/* The version of the library that runs, as "1.3.0"; IMXDMABUFFER_VERSION is the one a program was compiled with. */
char const *imx_dma_buffer_get_version(void);

/* An environment variable that the library reads. The strings but `value` are static text. */
typedef struct _ImxDmaBufferVariable {
	/* Its name. */
	char const *name;
	/* What it does, and the values that it takes. */
	char const *meaning;
	/* What applies while it is not set. */
	char const *default_value;
	/* Its value; NULL while it is not set, and in set-user-ID programs, where the environment is not trusted. */
	char const *value;
	void *_reserved[4];
} ImxDmaBufferVariable;

/*
 * Tells the environment variables that the library reads.
 *
 * variables: room for max entries; may be NULL when max is 0. Returns how many there are, which may be more than max.
 */
size_t imx_dma_buffer_get_variables(ImxDmaBufferVariable *variables, size_t max);

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_EXT_H */
