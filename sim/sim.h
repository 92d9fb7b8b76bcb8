/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A simulated i.MX kernel for one process. It replaces functions of the C library and emulates DMA-BUF heaps, ION, the
 * memory functions of the IPU and the PxP, udmabuf, huge pages, /proc/self/pagemap, and memory that is not coherent
 * with devices. sim/vendor contains libraries in place of libg2d and libhantro, one directory for each variant.
 * Programs that have the simulator load them through LD_LIBRARY_PATH.
 *
 * Link the simulator into a test program (sim_dep in Meson) and call sim_configure(), or preload it into any program
 * (libimxdmabuffer-sim.so) and set the environment variable IMXDMABUFFER_SIM. The machine begins without devices. The
 * real machine's nodes of the same names are hidden.
 *
 * Limits:
 * - All other calls go to the real kernel.
 * - Calls that bypass the C library's functions are not intercepted: syscall(), and calls inside the C library, for
 *   example by realpath() and glob().
 * - Nodes have no extended attributes.
 * - A program that is built with gcc's AddressSanitizer needs ASAN_OPTIONS=verify_asan_link_order=0 for the preloaded
 *   form.
 *
 * The memory is memory of real files: it can be mapped, and descriptors can be duplicated, inherited and passed on. The
 * simulator finds free memory when it needs to, by the descriptors and mappings that this process has at that time.
 * Memory that only another process or a socket holds counts as freed here. Every process that has the simulator
 * recognises DMA-BUFs, with the state of their caches. Only the process that made them, and processes forked from it,
 * recognise files of huge pages, DMA-BUFs of udmabuf, and blocks. A block is memory that a driver hands out without a
 * descriptor, by an address or a handle.
 *
 * All functions may be called from any thread. Descriptors of DMA-BUFs follow the kernel's rules in lseek, mmap, read,
 * fcntl, ioctl, /proc/self/fd and /proc/self/fdinfo.
 */
#ifndef SIM_H
#define SIM_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/constants.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Add to the machine, or change it. The text consists of statements. Semicolons or line ends separate statements,
 * blanks separate words. SIZE is a number of bytes, optionally with K, M or G (binary). ADDRESS is a number, optionally
 * with 0x. ERRNO is a name such as EACCES.
 *
 *   heap NAME [OPTION...]        /dev/dma_heap/NAME. Options change an existing heap:
 *     cached | uncached          CPU mappings; default: uncached if the name ends in "-uncached", cached otherwise
 *     cma | scattered            contiguous (default), or page by page with gaps, as the kernel's system heap
 *     name=NAME                  the heap's own name, in /sys and as exporter; the node was renamed, for example for a
 *                                container
 *     exporter=NAME              exp_name of its DMA-BUFs; default: see the statement exporter
 *     remove                     remove the heap; its live buffers stay usable
 *     POOL OPTION, NODE OPTION   see below
 *   udmabuf on|off [OPTION...]   /dev/udmabuf:
 *     limit=SIZE                 the largest buffer, default 64M
 *     huge=accept|refuse         accept files of huge pages (default), or fail with EBADF as newer kernels
 *     NODE OPTION                see below
 *   dmabuf-imx on|off [OPTION..] /dev/dmabuf_imx of NXP's Android kernels:
 *     bounce                     memory is above 4 GiB, beyond the driver's mask: each call returns the address of
 *                                another bounce buffer
 *     NODE OPTION                see below
 *   ion new|legacy|off [OPTION...] [heap NAME [HEAP OPTION...]]...
 *                                /dev/ion of Linux 4.12 and newer, or of older kernels with handles. It begins without
 *                                heaps. Options:
 *     gki                        new: heap types as in Android's kernel image 5.4, and ION_IOC_ABI_VERSION
 *     abi                        new: ION_IOC_ABI_VERSION with the old heap types, as NXP's Android 5.4
 *     get-phys                   new: support ION_GET_PHYS, as NXP's Android
 *     query                      legacy: support ION_IOC_HEAP_QUERY, as Linux 4.10 and 4.11
 *     clients=N                  the most open files, further ones fail with EBUSY; 0 (default): no limit
 *     phys-dma=native|unattached|piece
 *                                legacy: PHYS_DMA returns the address (native); or succeeds and writes nothing, as
 *                                always for memory that is not contiguous (unattached); or returns the address and
 *                                the size of the first page only (piece)
 *     NODE OPTION                see below
 *     HEAP OPTION: id=N          default 0; allocation begins at the highest id
 *                  type=TYPE     dma (default), system (page by page with gaps), contig, carveout, chunk, custom, or a
 *                                number
 *                  POOL OPTION   see below
 *   ipu on|off [OPTION...]       /dev/mxc_ipu. Addresses have 32 bits. Options:
 *     close=leak|index           blocks outlive their file (default), or closing a file frees the blocks of any file
 *                                with the same index; the index is the number of open files at the time of opening
 *     POOL OPTION, NODE OPTION   see below
 *   pxp 1|2|3|off [OPTION...]    /dev/pxp_device with the first, second or third memory descriptor. Addresses have 32
 *                                bits. Options: POOL OPTION, NODE OPTION
 *   g2d on|off [OPTION...]       /dev/galcore, the memory of those libraries in sim/vendor that are for a GPU. The
 *                                memory contains bytes SIM_GARBAGE. Options:
 *     skew=SIZE                  the offset of a buffer in its memory, less than 64K; for all libraries of G2D
 *     zeroed                     the memory contains zeros
 *     cache-op=works|unsupported the effect of g2d_cache_op(); for all libraries of G2D
 *     POOL OPTION, NODE OPTION   see below
 *   dwl on|off [OPTION...]       /dev/mxc_hantro, which libhantro in sim/vendor needs. Options:
 *     memory=PATH                the node of its memory: a heap, or /dev/ion (with mask 1); default
 *                                /dev/dma_heap/linux,cma-uncached
 *     missing=init|malloc        the function that fails without that node: DWLInit() or DWLMallocLinear() (default)
 *     client=any|h264|hevc       the client types that DWLInit() accepts: any (default), all but HEVC, all but H264
 *     cached | uncached          CPU mappings; default uncached
 *     skew=SIZE                  the offset of the memory in its DMA-BUF, less than 64K
 *     NODE OPTION                see below
 *   render DRIVER [number=N] [OPTION...]
 *                                /dev/dri/renderDN, default 128, of a DRM driver that attaches and maps at import:
 *     coherent                   the device is coherent, according to the device tree
 *     NODE OPTION                see below
 *   iommu TYPE|untold|empty      a group of an IOMMU with a device in /sys, of this type (DMA, identity), or without a
 *                                type, as before Linux 4.19; or one without a device; default: no group
 *   phys absent|native|u64|zero|fault|old
 *                                DMA_BUF_IOCTL_PHYS (number 10): ENOTTY; with unsigned long (default); with a 64-bit
 *                                integer only; success with address 0; EFAULT; ENOTTY, but number 1 works, which later
 *                                became DMA_BUF_SET_NAME (old, Linux 4.9)
 *   mapping-offset SIZE|any      the address of a mapping above a multiple of 1M, in whole pages, if the program gives
 *                                no address; default any: the kernel chooses
 *   names any|attached|native|phys
 *                                DMA_BUF_SET_NAME:
 *                                any (default): as newer kernels
 *                                attached: EBUSY while a device is attached (up to about 5.19)
 *                                native: as attached, and only the number with the size of a long (5.3 to 5.6)
 *                                phys: the number belongs to another ioctl, which writes the address to the argument;
 *                                fdinfo has no lines of DMA-BUFs, which are anonymous files (NXP's kernels before 5.3)
 *   cpu arm64|other [line=SIZE] [granule=SIZE] [midr=NUMBER]
 *                                arm64: the process maintains caches itself, in lines of this size, default 64; the
 *                                granule is that in CTR_EL0, default: not told. midr: MIDR_EL1 of the second of two
 *                                processors in /sys; the first one is a Cortex-A53 r0p4. other (default): it cannot
 *   base ADDRESS                 the lowest physical address of heaps, default 0x4c000000
 *   cma-alignment SIZE           align contiguous buffers to the power of two >= size, at most to this; default 1M
 *   exporter heap|module         exp_name of heap buffers: the heap's name (default), or cma_heap / system_heap (5.10)
 *   sysfs on|off                 links of /dev/dma_heap/NAME and other nodes in /sys/dev/char (default), or none
 *   pagemap privileged|unprivileged|pfnmap
 *                                /proc/self/pagemap for simulated memory: page frames; frame 0 (default); frames for
 *                                files, but nothing for DMA-BUFs (Linux 6.8 and newer)
 *   hugepages COUNT [contiguous|apart] [base=ADDRESS]
 *                                huge pages of 2 MiB for memfd_create(MFD_HUGETLB), default 0. Neighbours in a file are
 *                                neighbours in memory (default), or never. Default base: 0x80000000
 *   release VERSION              the release from uname(), such as 6.1.0; default: the real kernel's. Before 5.3
 *                                DMA-BUFs are anonymous files, which share one inode
 *   member GID                   the process runs as user and group 65534, with this supplementary group only
 *   fail CALL NTH ERRNO [TIMES]  as sim_fail(), with a name from sim_call_name()
 *
 *   POOL OPTION: limit=SIZE                 the size of the pool, default 256M
 *                base=ADDRESS               its lowest physical address; default: see the statement base
 *                alignment=SIZE             in place of the statement cma-alignment
 *                shift=SIZE                 physical addresses are this many bytes above aligned ones, default 0; whole
 *                                           pages only if programs map the memory by its address
 *
 *   NODE OPTION: owner=UID:GID mode=OCTAL   the result of stat(), default 0:0 and 0600
 *                open=ERRNO                 opening fails
 *                open-write=ERRNO           opening for writing fails; the name none: it succeeds, also for open
 *
 * Addresses of live memory never overlap. Freed addresses are used again, lowest first.
 *
 * Returns 0, or -1 for an invalid statement: see sim_message(). The statements before it have been applied.
 */
int sim_configure(char const *text);

/* The message about the last text of this thread, or "". */
char const *sim_message(void);

/*
 * Restore the machine without devices: no heaps, default settings, counters 0, no scripted failures. Live memory counts
 * nowhere any more. DMA-BUFs of heaps still work, and count again from their next use on.
 */
void sim_reset(void);

/* The name of a call: that of the constant in lower case with dashes, such as "heap-alloc". NULL for other values. */
char const *sim_call_name(enum sim_call call);

/*
 * Let calls of this kind fail with the errno code, without any effect: the nth call from now on (1: the next one) and
 * the calls after it, `times` calls in total, or all if times is 0. Each repetition by the library under test counts as
 * a call. Several failures may be scripted at once, also of one kind. A failing close closes the descriptor, as on
 * Linux. SIM_CALL_ANY matches every call on a simulated object. Returns 0, or -1 for bad arguments.
 */
int sim_fail(enum sim_call call, unsigned int nth, int code, unsigned int times);

/* Remove all scripted failures. */
void sim_forget_failures(void);

/* The number of calls of this kind since the last reset, including failed ones. */
unsigned long sim_count(enum sim_call call);

/* The number of a process's own operations on caches since the last reset, with the statement cpu. */
unsigned long sim_cache_operations(enum sim_cache_operation operation);

/*
 * The first steps of coherency since the last reset, in order and separated by spaces; repetitions of a step count
 * once. DMA_BUF_IOCTL_SYNC: "start-r", "start-w", "start-rw", "end-…"; DMA_BUF_IOCTL_PHYS: "phys"; with the statement
 * cpu: "clean", "flush" (clean and invalidate), "barrier-before", "barrier-after". Valid until the next step.
 */
char const *sim_sync_steps(void);

/* The starts of DMA_BUF_IOCTL_SYNC on this DMA-BUF minus the ends; 0 for other descriptors. ION demands a balance. */
int sim_open_accesses(int fd);

/* Set all counters to 0. Scripted failures stay. */
void sim_reset_counts(void);

/*
 * Access memory as a device. A cached DMA-BUF has two views. The device sees data of the CPU only after the CPU's lines
 * (64 bytes) were cleaned, and the CPU sees data of the device only after its lines were invalidated. The zeros of a
 * new cached DMA-BUF are dirty lines of the CPU; in the device's view it contains bytes SIM_GARBAGE. Uncached DMA-BUFs,
 * files of huge pages and DMA-BUFs of udmabuf are coherent. Return 0, or -1 without any effect if a part of the range
 * is not simulated memory.
 */
int sim_device_read(uint64_t address, void *data, size_t length);
int sim_device_write(uint64_t address, void const *data, size_t length);
int sim_device_read_fd(int fd, uint64_t offset, void *data, size_t length);
int sim_device_write_fd(int fd, uint64_t offset, void const *data, size_t length);

/*
 * Write back the CPU's dirty lines in a range of physical addresses, as a cache may at any time. Lines that are partly
 * in the range are included. Length 0: all lines.
 */
void sim_evict(uint64_t address, uint64_t length);

/*
 * Attach a device to a DMA-BUF and map it, or undo that. Mapping cleans the CPU's lines, and unmapping discards them.
 * DMA_BUF_IOCTL_SYNC maintains caches only while a device is attached. Several attachments count. An attached buffer
 * lives without a descriptor.
 * Return 0, or -1 if fd is not a DMA-BUF (sim_detach: or not attached).
 */
int sim_attach(int fd);
int sim_detach(int fd);

/* The number of attached devices, 0 for other descriptors. */
unsigned int sim_attachments(int fd);

/*
 * Set the numbers of devices with a fence on a DMA-BUF that are still reading and writing: poll() returns POLLIN
 * without writers, POLLOUT without any. Return 0, or -1 if fd is not a DMA-BUF.
 */
int sim_set_fences(int fd, unsigned int readers, unsigned int writers);

/* The number of live DMA-BUFs and live blocks. A handle, a driver or a mapping keeps a block alive. */
unsigned int sim_live_buffers(void);
/*
 * The bytes in use from one heap, 0 for an unknown heap. A heap of /dev/ion has the name "/dev/ion/NAME", other memory
 * that of its node, such as "/dev/mxc_ipu".
 */
uint64_t sim_heap_used(char const *heap);

/* The number of open handles of G2D and instances of DWL. */
unsigned int sim_live_handles(void);

/*
 * The number of misuses: calls that no program should make and that no error reported, such as freeing an unknown
 * block, mapping beyond a block, or passing an argument that crashes a driver. And the description of the first misuse,
 * or ""; it belongs to the calling thread until its next call. sim_reset() clears both.
 */
unsigned long sim_misuses(void);
char const *sim_misuse(void);

/* The number of huge pages in use by files. */
unsigned int sim_huge_pages_used(void);

/* The physical address of a byte of a DMA-BUF or a file of huge pages, in any mode of phys and pagemap; 0: none. */
uint64_t sim_physical_address(int fd, uint64_t offset);

#ifdef __cplusplus
}
#endif

#endif /* SIM_H */
