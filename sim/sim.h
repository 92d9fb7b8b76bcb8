/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A simulated i.MX kernel for one process, below the C library's functions: DMA-BUF heaps, ION, the memory functions of
 * the IPU and the PxP, udmabuf, huge pages, /proc/self/pagemap, and memory that is not coherent with devices. Beside it
 * in vendor/ are libraries that stand for libg2d and libhantro, one folder for each kind: the loader finds them through
 * LD_LIBRARY_PATH, in programs that have the simulator.
 *
 * It is linked into a test program (sim_dep in Meson) or preloaded into any program (libimxdmabuffer-sim.so, configured
 * by the environment variable IMXDMABUFFER_SIM). It begins as a machine that has none of the devices; the real
 * machine's nodes of the same names are never seen. What it does not play goes to the real kernel. Calls that bypass
 * the C library's functions (syscall(), calls inside the C library itself as in realpath() and glob()) are not seen.
 * Nodes have no extended attributes. A program that is built with gcc's AddressSanitizer needs
 * ASAN_OPTIONS=verify_asan_link_order=0 for the preloaded form.
 *
 * Memory that is handed out is memory of files: descriptors may be duplicated, inherited and passed on, memory is
 * mapped for real. What is free again is found out when it matters, from the descriptors and mappings that this process
 * has then; what only another process or a socket still holds counts as freed here. DMA-BUFs, with the state of their
 * caches, are recognised in every process that has the simulator; files of huge pages and DMA-BUFs of udmabuf only
 * in the process that made them and in its forks, and so are blocks: memory that a driver gives without a descriptor,
 * by an address or a handle.
 *
 * All functions may be called from any thread. The descriptors of DMA-BUFs follow the kernel's rules in lseek, mmap,
 * read, fcntl, ioctl, /proc/self/fd and /proc/self/fdinfo.
 */
#ifndef SIM_H
#define SIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Adds to the machine, or changes it. The text consists of statements that are separated by semicolons or line ends,
 * their words by blanks. SIZE is a number of bytes, also with K, M or G (binary); ADDRESS is a number, also with 0x;
 * ERRNO is a name such as EACCES.
 *
 *   heap NAME [OPTION...]        /dev/dma_heap/NAME. An existing heap takes the options that are given. Options:
 *     cached | uncached          CPU mappings; default: uncached if the name ends in "-uncached"
 *     cma | scattered            contiguous, or page by page with gaps (as the kernel's system heap); default cma
 *     POOL OPTION                see below
 *     exporter=NAME              exp_name of its DMA-BUFs; default: see the statement exporter
 *     NODE OPTION                see below
 *     remove                     the heap vanishes; its live buffers stay usable
 *   udmabuf on|off [OPTION...]   /dev/udmabuf. Options: limit=SIZE of a buffer, default 64M; huge=accept|refuse files
 *                                of huge pages (refuse: EBADF, as newer kernels), default accept; NODE OPTION
 *   dmabuf-imx on|off [OPTION..] /dev/dmabuf_imx of NXP's Android kernels. Options: NODE OPTION
 *   ion new|legacy|off [OPTION...] [heap NAME [HEAP OPTION...]]...
 *                                /dev/ion: of Linux 4.12 and newer, or of older kernels with handles. It has no heap at
 *                                first. Options:
 *     gki                        new: types as in Android's kernel image 5.4, and ION_IOC_ABI_VERSION
 *     get-phys                   new: ION_GET_PHYS is there, as in NXP's Android
 *     query                      legacy: ION_IOC_HEAP_QUERY is there too, as in Linux 4.10 and 4.11
 *     clients=N                  further files cannot be opened: EBUSY; 0 (default): any number
 *     phys-dma=native|unattached|piece
 *                                legacy: PHYS_DMA tells the address, or "succeeds" and touches nothing (as it always
 *                                does for memory that is not contiguous), or tells that of the first page only
 *     NODE OPTION                see below
 *     HEAP OPTION: id=N          default 0; heaps are tried from the highest one down
 *                  type=TYPE     dma (default), system (page by page with gaps), contig, carveout, chunk, custom, or
 *                                its number
 *                  POOL OPTION
 *   ipu on|off [OPTION...]       /dev/mxc_ipu. Addresses have 32 bits. Options:
 *     close=leak|index           blocks outlive their file (default), or go with whichever file has the index that
 *                                theirs had: the number of files that were open when it was opened
 *     POOL OPTION, NODE OPTION   see below
 *   pxp 1|2|3|off [OPTION...]    /dev/pxp_device with the first, second or third descriptor of memory. Addresses have
 *                                32 bits. Options: POOL OPTION, NODE OPTION
 *   g2d on|off [OPTION...]       /dev/galcore, from which those libraries in sim/vendor have memory that are for a GPU.
 *                                Nobody clears it: it holds bytes SIM_GARBAGE. Options:
 *     skew=SIZE                  less than 64K: buffers begin so far into their memory; for all libraries of G2D
 *     zeroed                     it is cleared
 *     cache-op=works|unsupported what g2d_cache_op() does; for all libraries of G2D
 *     POOL OPTION, NODE OPTION   see below
 *   dwl on|off [OPTION...]       /dev/mxc_hantro, which libhantro in sim/vendor needs. Options:
 *     memory=PATH                where it has its memory from: a heap's node or /dev/ion (with mask 1); default
 *                                /dev/dma_heap/linux,cma-uncached
 *     missing=init|malloc        what fails without that node: DWLInit() or DWLMallocLinear() (default)
 *     client=any|h264|hevc       which client types DWLInit() takes: any (default), all but HEVC, all but H264
 *     cached | uncached          CPU mappings; default uncached
 *     skew=SIZE                  less than 64K: what is given begins so far into its DMA-BUF
 *     NODE OPTION                see below
 *   phys absent|native|u64|zero|fault|old
 *                                DMA_BUF_IOCTL_PHYS (number 10), default native: ENOTTY; with unsigned long; with a
 *                                64-bit integer only; success with address 0; EFAULT; ENOTTY, but with number 1, that
 *                                was DMA_BUF_SET_NAME's later (4.9)
 *   mapping-offset SIZE|any      mappings of simulated memory for which the program gives no address begin so far above
 *                                a multiple of 1M, in whole pages; default any: where the kernel likes
 *   names any|attached|native|phys
 *                                DMA_BUF_SET_NAME, default any: as newer kernels; EBUSY while a device is attached (up
 *                                to about 5.19); that, and only the number with the size of a long (5.3 to 5.6); the
 *                                number is another one's, which writes the address there, fdinfo tells nothing of
 *                                DMA-BUFs, and they are anonymous files (NXP's kernels before 5.3)
 *   base ADDRESS                 where physical addresses of heaps begin, default 0x4c000000
 *   cma-alignment SIZE           contiguous buffers are aligned to the power of two >= size, at most this; default 1M
 *   exporter heap|module         exp_name of heap buffers: the heap's name (default), or cma_heap / system_heap (5.10)
 *   pagemap privileged|unprivileged|pfnmap
 *                                /proc/self/pagemap for simulated memory, default unprivileged: page frames; frame 0;
 *                                frames for files, but nothing for DMA-BUFs (Linux 6.8 and newer)
 *   hugepages COUNT [contiguous|apart] [base=ADDRESS]
 *                                huge pages of 2 MiB for memfd_create(MFD_HUGETLB), default 0; neighbours in a file
 *                                are neighbours in memory (default), or never; base: default 0x80000000
 *   release VERSION              what uname() tells, such as 6.1.0; default: the real kernel's. Before 5.3 DMA-BUFs are
 *                                anonymous files, which share one inode
 *   member GID                   the process belongs to this group; it is nobody, and in no other group
 *   fail CALL NTH ERRNO [TIMES]  as sim_fail(), with CALL as sim_call_name() tells
 *
 *   POOL OPTION: limit=SIZE                 all memory that it has, default 256M
 *                base=ADDRESS               where its physical addresses begin; default: that of the statement base
 *                alignment=SIZE             in place of the statement cma-alignment
 *                shift=SIZE                 physical addresses are so far behind aligned ones, default 0; in whole
 *                                           pages where memory is mapped by its address
 *
 *   NODE OPTION: owner=UID:GID mode=OCTAL   what stat() shows, default 0:0 and 0600
 *                open=ERRNO                 opening fails; open-write=ERRNO: opening for writing fails; none: neither
 *
 * Addresses of live memory never overlap; freed ones are used again, lowest first.
 *
 * Returns 0, or -1 for text that it does not understand: sim_message() says what, statements before that one are done.
 */
int sim_configure(char const *text);

/* What was wrong with the last text of this thread, or "". */
char const *sim_message(void);

/*
 * Back to the machine without devices: no heaps, defaults everywhere, counters 0, no scripted failures. Live memory is
 * forgotten: it counts nowhere, but DMA-BUFs of heaps still work when they are used, and count again from then on.
 */
void sim_reset(void);

/* Kinds of calls. Except for SIM_CALL_ANY these are calls on simulated objects, that is on nodes and their directory,
 * DMA-BUFs, all files of memfd_create(), and the files in /proc that show them; not on other files. Also those on Unix
 * sockets, and those that ask about the system. */
enum sim_call {
	SIM_CALL_ANY,          /* every interposed call, on whatever object */
	SIM_CALL_OPEN,         /* also fopen */
	SIM_CALL_CLOSE,
	SIM_CALL_STAT,         /* stat, lstat, fstat, fstatat, statx, fstatfs */
	SIM_CALL_ACCESS,
	SIM_CALL_READLINK,
	SIM_CALL_OPENDIR,
	SIM_CALL_DUP,          /* dup, dup2, dup3, fcntl with F_DUPFD or F_DUPFD_CLOEXEC */
	SIM_CALL_FCNTL,        /* fcntl with other commands */
	SIM_CALL_LSEEK,
	SIM_CALL_READ,
	SIM_CALL_PREAD,
	SIM_CALL_MMAP,
	SIM_CALL_MUNMAP,
	SIM_CALL_MEMFD_CREATE,
	SIM_CALL_FALLOCATE,
	SIM_CALL_FTRUNCATE,
	SIM_CALL_SENDMSG,      /* these four on Unix sockets */
	SIM_CALL_RECVMSG,
	SIM_CALL_GETSOCKOPT,
	SIM_CALL_POLL,
	SIM_CALL_GETRLIMIT,    /* with RLIMIT_FSIZE */
	SIM_CALL_UNAME,
	SIM_CALL_IOCTL,        /* every ioctl; the following are counted here too */
	SIM_CALL_HEAP_ALLOC,   /* DMA_HEAP_IOCTL_ALLOC */
	SIM_CALL_SYNC,         /* DMA_BUF_IOCTL_SYNC */
	SIM_CALL_PHYS,         /* DMA_BUF_IOCTL_PHYS, in any encoding */
	SIM_CALL_DMABUF_IMX,   /* DMABUF_GET_PHYS */
	SIM_CALL_UDMABUF,      /* UDMABUF_CREATE */
	SIM_CALL_ION_ALLOC,    /* ION_IOC_ALLOC of either interface, and the others of its ioctls */
	SIM_CALL_ION_FREE,
	SIM_CALL_ION_MAP,
	SIM_CALL_ION_SHARE,
	SIM_CALL_ION_IMPORT,
	SIM_CALL_ION_CUSTOM,
	SIM_CALL_ION_SYNC,
	SIM_CALL_ION_QUERY,
	SIM_CALL_ION_GET_PHYS,
	SIM_CALL_IPU_ALLOC,
	SIM_CALL_IPU_FREE,
	SIM_CALL_PXP_GET,      /* PXP_IOC_GET_PHYMEM of any size, and so for the others */
	SIM_CALL_PXP_PUT,
	SIM_CALL_PXP_FLUSH,
	SIM_CALL_PXP_EXPBUF,
	SIM_CALL_G2D_OPEN,     /* calls of the libraries in sim/vendor, which count under no other name */
	SIM_CALL_G2D_CLOSE,
	SIM_CALL_G2D_ALLOC,
	SIM_CALL_G2D_FREE,
	SIM_CALL_G2D_CACHE_OP,
	SIM_CALL_G2D_EXPORT,   /* g2d_buf_export_fd */
	SIM_CALL_G2D_IMPORT,   /* g2d_buf_from_fd */
	SIM_CALL_DWL_INIT,
	SIM_CALL_DWL_RELEASE,
	SIM_CALL_DWL_MALLOC,
	SIM_CALL_DWL_FREE,
	SIM_CALL_DWL_FLUSH,
	SIM_CALLS
};

/* "open", "heap-alloc" and so on: the constant's name in lower case with dashes. NULL for other values. */
char const *sim_call_name(enum sim_call call);

/*
 * The nth next call of this kind (1: the next one) fails with this errno code and does nothing, and so do the calls
 * after it until `times` calls have failed; times 0: all of them. Calls of the library under test that repeat count as
 * calls of their own. Several failures may be scripted at once, also of one kind; one that is used up is forgotten.
 * A failing close has closed the descriptor all the same, as on Linux. SIM_CALL_ANY stands for every call on a
 * simulated object. Returns 0, or -1 for bad arguments.
 */
int sim_fail(enum sim_call call, unsigned int nth, int code, unsigned int times);

/* No call is made to fail any more. */
void sim_forget_failures(void);

/* The number of calls of this kind since the last reset, failed ones included. */
unsigned long sim_count(enum sim_call call);

/* Sets all counters to 0. Scripted failures stay. */
void sim_reset_counts(void);

/*
 * A device reads or writes memory. Of a cached DMA-BUF it sees its own view: what the CPU wrote is not there before it
 * was cleaned, and what the device writes is not seen by the CPU before the CPU's lines (64 bytes) were invalidated.
 * The zeros of a fresh cached DMA-BUF are dirty lines of the CPU, beneath them the device sees bytes SIM_GARBAGE.
 * Uncached DMA-BUFs, files of huge pages and DMA-BUFs of udmabuf are coherent. Return 0, or -1 if the range is not
 * simulated memory in full; the functions that take a physical address do that frame by frame.
 */
int sim_device_read(uint64_t address, void *data, size_t length);
int sim_device_write(uint64_t address, void const *data, size_t length);
int sim_device_read_fd(int fd, uint64_t offset, void *data, size_t length);
int sim_device_write_fd(int fd, uint64_t offset, void const *data, size_t length);

#define SIM_LINE_SIZE 64
#define SIM_GARBAGE 0xA5

/*
 * The CPU's cache writes back dirty lines, as it may at any moment: those in this range of physical addresses (lines
 * in part included), or all that there are when length is 0.
 */
void sim_evict(uint64_t address, uint64_t length);

/*
 * A device attaches to a DMA-BUF and maps it, which cleans the CPU's lines, or undoes that: only then does
 * DMA_BUF_IOCTL_SYNC maintain caches. Attaching several times counts. An attached buffer stays alive without a
 * descriptor. Return 0, or -1 if fd is no DMA-BUF (or, for detach, not attached).
 */
int sim_attach(int fd);
int sim_detach(int fd);

/*
 * The number of DMA-BUFs and of blocks without one that are alive: a handle, a driver or a mapping keeps blocks alive.
 * And the bytes that those of one heap occupy (0 for an unknown heap); heaps of /dev/ion are named "/dev/ion/NAME", and
 * other memory is that of a node, such as "/dev/mxc_ipu".
 */
unsigned int sim_live_buffers(void);
uint64_t sim_heap_used(char const *heap);

/* The number of handles of G2D and instances of DWL that are open. */
unsigned int sim_live_handles(void);

/*
 * How often a program did what no program should and what no error told it: freed what is not there, mapped more than
 * there is, asked a driver for what crashes it. And the first of these in words, "" if there was none; the text is the
 * calling thread's, until its next call. Both begin anew with sim_reset().
 */
unsigned long sim_misuses(void);
char const *sim_misuse(void);

/* The number of huge pages that files occupy. */
unsigned int sim_huge_pages_used(void);

/* The true physical address of a byte of a DMA-BUF or a file of huge pages, whatever the moods say; 0: none. */
uint64_t sim_physical_address(int fd, uint64_t offset);

#ifdef __cplusplus
}
#endif

#endif /* SIM_H */
