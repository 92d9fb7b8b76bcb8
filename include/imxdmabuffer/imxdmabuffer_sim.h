/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The simulated board from inside a program: devices, failures, and counts, for tests. All since 1.3.
 *
 * A program that runs under "imxdmabuffer sim" has these functions. They are weak symbols: the program links without
 * any library, with or without the simulator, and the functions are NULL outside of it. Ask
 * imxdmabuffer_sim_is_present() before the first call. Compile programs with -fPIE or -fPIC, as most compilers do by
 * default: for others, some linkers decide that weak symbols are NULL.
 *
 * A device fills a buffer of libimxdmabuffer, and the CPU reads it:
 *
 *     if (!imxdmabuffer_sim_is_present())
 *         return SKIPPED;
 *     imxdmabuffer_sim_fill(imx_dma_buffer_get_physical_address(buffer), 0x80, imx_dma_buffer_get_size(buffer));
 *     uint8_t const *bytes = imx_dma_buffer_map(buffer, IMX_DMA_BUFFER_MAPPING_FLAG_READ, NULL);
 *     assert(bytes[0] == 0x80);
 *
 * Errors: functions that return an int return 0 on success and -1 on failure, unless their comment differs. On failure,
 * errno is a positive code, and imxdmabuffer_sim_get_last_error() returns a message. A call that fails has no effect,
 * unless its comment differs.
 *
 * Memory: devices access the memory itself, and the CPU accesses it through its cache. Data that the CPU wrote to a
 * cached buffer reaches devices after a sync session that ends, and data of devices reaches the CPU after one that
 * begins. A forgotten session gives stale bytes, as on the hardware. Lengths and offsets are in bytes, and ranges may
 * begin and end anywhere.
 *
 * Processes: memory is that of all processes with the simulator. Failures and counts belong to one process; a child of
 * fork() inherits them, and a program that exec() starts has the machine that IMXDMABUFFER_SIM describes.
 *
 * Threads: all functions may be called from any thread.
 */
#ifndef IMXDMABUFFER_SIM_H
#define IMXDMABUFFER_SIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup sim_machine Simulator: the machine
 *  @{ */

/*
 * Change the machine. The statements are those of "imxdmabuffer sim --script", separated by semicolons or line ends:
 *
 *     imxdmabuffer_sim_configure("heap linux,cma limit=16M; phys absent");
 *
 * limits the memory of a heap (M: MiB) and takes the ioctl for physical addresses away. Options of an existing heap
 * change it; live buffers stay usable. The statements have effect in order.
 *
 * statements: the text; it is not kept.
 *
 * Returns 0, or -1; the statements before the bad one have had their effect:
 *   EINVAL  an invalid statement (the message names it), or NULL
 *   ENOMEM
 * Since 1.3.
 */
int imxdmabuffer_sim_configure(char const *statements);

/*
 * Return whether the program runs on a simulated board: 1, or 0. The other functions may be called only then. Since
 * 1.3.
 */
static inline int imxdmabuffer_sim_is_present(void);

/*
 * Return the message of the last function of this header that failed in the calling thread, "" without one. The text
 * is valid until the next call of that thread. Since 1.3.
 */
char const *imxdmabuffer_sim_get_last_error(void);

/** @}
 *  @defgroup sim_devices Simulator: devices
 *  @{ */

/*
 * Read memory as a device that uses physical addresses, such as an encoder.
 *
 * address: of the first byte, as imx_dma_buffer_get_physical_address() returns it for byte 0 of a buffer.
 * data: filled on success. length: 0 is allowed.
 *
 * Returns 0, or -1:
 *   EFAULT  a part of the range is no memory of a live buffer: a real device would hang, or read anything
 *   EINVAL  NULL
 * Since 1.3.
 */
int imxdmabuffer_sim_read(uint64_t address, void *data, size_t length);

/*
 * Write memory as a device that uses physical addresses, such as a camera.
 *
 * address, length: as for imxdmabuffer_sim_read(). data: the bytes to write.
 *
 * Returns 0, or -1 with the codes of imxdmabuffer_sim_read(). Since 1.3.
 */
int imxdmabuffer_sim_write(uint64_t address, void const *data, size_t length);

/*
 * Fill memory with a byte, as a device that uses physical addresses.
 *
 * address, length: as for imxdmabuffer_sim_read(). value: of each byte.
 *
 * Returns 0, or -1 with the codes of imxdmabuffer_sim_read(), or ENOMEM. Since 1.3.
 */
int imxdmabuffer_sim_fill(uint64_t address, uint8_t value, size_t length);

/*
 * Copy memory as a device that uses physical addresses, such as a blitter. The ranges may overlap.
 *
 * destination, source: addresses, as for imxdmabuffer_sim_read(). length: 0 is allowed.
 *
 * Returns 0, or -1:
 *   EFAULT  a part of a range is no memory of a live buffer
 *   ENOMEM
 * Since 1.3.
 */
int imxdmabuffer_sim_copy(uint64_t destination, uint64_t source, size_t length);

/*
 * Read memory by a DMA-BUF, as a device that imports it. The device need not be able to use physical addresses, and the
 * memory may be scattered. The device must be attached (imxdmabuffer_sim_attach()): a driver attaches before the first
 * access, and stays attached, so that sync sessions of the CPU serve the device.
 *
 * fd: of a DMA-BUF; or of a file of huge pages, which needs no attachment. offset: of the first byte in it.
 * data: filled on success. length: 0 is allowed.
 *
 * Returns 0, or -1:
 *   EBADF   fd is no simulated memory
 *   EFAULT  the range exceeds the memory
 *   EINVAL  NULL, or no device is attached to the DMA-BUF
 * Since 1.3.
 */
int imxdmabuffer_sim_read_fd(int fd, uint64_t offset, void *data, size_t length);

/*
 * Write memory by a DMA-BUF, as a device that imports it; see imxdmabuffer_sim_read_fd().
 *
 * fd, offset, length: as for imxdmabuffer_sim_read_fd(). data: the bytes to write.
 *
 * Returns 0, or -1 with the codes of imxdmabuffer_sim_read_fd(). Since 1.3.
 */
int imxdmabuffer_sim_write_fd(int fd, uint64_t offset, void const *data, size_t length);

/*
 * Fill memory with a byte by a DMA-BUF, as a device that imports it; see imxdmabuffer_sim_read_fd().
 *
 * fd, offset, length: as for imxdmabuffer_sim_read_fd(). value: of each byte.
 *
 * Returns 0, or -1 with the codes of imxdmabuffer_sim_read_fd(), or ENOMEM. Since 1.3.
 */
int imxdmabuffer_sim_fill_fd(int fd, uint64_t offset, uint8_t value, size_t length);

/*
 * Copy memory between DMA-BUFs, as a device that imports both; see imxdmabuffer_sim_read_fd(). Both may be the same,
 * and the ranges may overlap.
 *
 * destination, source: descriptors. destination_offset, source_offset: of the first bytes. length: 0 is allowed.
 *
 * Returns 0, or -1 with the codes of imxdmabuffer_sim_read_fd(), or ENOMEM. Since 1.3.
 */
int imxdmabuffer_sim_copy_fd(int destination, uint64_t destination_offset, int source, uint64_t source_offset,
	size_t length);

/*
 * Attach a device to a DMA-BUF and map it for the device, as a driver that imports the DMA-BUF and keeps it. Mapping
 * cleans the CPU's cache. From now on DMA_BUF_IOCTL_SYNC maintains caches, for this device and all others. Attached
 * devices count. They keep the memory alive, also without a descriptor.
 *
 * fd: stays the caller's, and may be closed.
 *
 * Returns 0, or -1 with EBADF (fd is no DMA-BUF). Since 1.3.
 */
int imxdmabuffer_sim_attach(int fd);

/*
 * Detach a device of imxdmabuffer_sim_attach(). Unmapping discards the CPU's cached data of the memory.
 *
 * fd: of the same DMA-BUF, not necessarily the same descriptor.
 *
 * Returns 0, or -1:
 *   EBADF   fd is no DMA-BUF
 *   EINVAL  no device is attached
 * Since 1.3.
 */
int imxdmabuffer_sim_detach(int fd);

/*
 * Set the numbers of devices that are at work on a DMA-BUF. poll() on the descriptor, and so imx_dma_buffer_wait(),
 * waits for them: POLLIN comes without writers, POLLOUT without readers and writers. The numbers stay until the next
 * call: raise them when a device starts, and lower them from another thread, or before the wait.
 *
 * fd: of the DMA-BUF. readers, writers: devices that still read, and that still write.
 *
 * Returns 0, or -1 with EBADF (fd is no DMA-BUF). Since 1.3.
 */
int imxdmabuffer_sim_set_fences(int fd, unsigned int readers, unsigned int writers);

/** @}
 *  @defgroup sim_failures Simulator: failures and counts
 *  @{ */

/*
 * Let calls of the program fail without any effect. Each repetition counts as a call, also by a library that repeats
 * it. Up to 128 failures may be set at once.
 *
 * call: the kind of call, such as "open", "mmap", "heap-alloc", "sync", "phys", "g2d-alloc"; "ioctl" for every ioctl,
 * and "any" for every call on a simulated object. imxdmabuffer_sim(3) has all names.
 * nth: the first call that fails, counted from now on; 1: the next one. code: a positive errno code.
 * times: calls in a row that fail; 0: all from there on.
 *
 * Returns 0, or -1:
 *   EINVAL  NULL, an unknown name, nth 0, or code not above 0
 *   ENOSPC  128 failures are set already
 * Since 1.3.
 */
int imxdmabuffer_sim_fail(char const *call, unsigned int nth, int code, unsigned int times);

/* Remove all failures, those of the statement "fail" too. Since 1.3. */
void imxdmabuffer_sim_forget_failures(void);

/*
 * Return the number of calls of a kind that this process made, failed ones included, since the start or the last
 * imxdmabuffer_sim_reset_counts(). "any" counts every call that the simulator sees, on any object.
 *
 * call: as for imxdmabuffer_sim_fail().
 *
 * Returns the number, or -1 with EINVAL (NULL, or an unknown name). Since 1.3.
 */
long imxdmabuffer_sim_count(char const *call);

/* Set the counts of all kinds of calls to 0. Failures stay. Since 1.3. */
void imxdmabuffer_sim_reset_counts(void);

/*
 * Return the number of live buffers of this process: DMA-BUFs and blocks of drivers. Descriptors, mappings and devices
 * that are attached keep memory alive. Equal numbers before and after a test show that nothing leaks. Since 1.3.
 */
unsigned int imxdmabuffer_sim_live_buffers(void);

/*
 * Return the bytes in use from one pool of memory, 0 for an unknown one.
 *
 * pool: the name of a DMA-BUF heap ("linux,cma"), a heap of ION ("/dev/ion/linux,cma"), or another node
 * ("/dev/mxc_ipu"). Since 1.3.
 */
uint64_t imxdmabuffer_sim_memory_used(char const *pool);

/*
 * Return the number of misuses: calls that no program should make, and that no error reports, such as freeing an
 * unknown block. Since 1.3.
 */
unsigned long imxdmabuffer_sim_misuses(void);

/*
 * Return the description of the first misuse, "" without one. The text is valid until the next call of the calling
 * thread. Since 1.3.
 */
char const *imxdmabuffer_sim_misuse(void);

/** @} */

#pragma weak imxdmabuffer_sim_configure
#pragma weak imxdmabuffer_sim_get_last_error
#pragma weak imxdmabuffer_sim_read
#pragma weak imxdmabuffer_sim_write
#pragma weak imxdmabuffer_sim_fill
#pragma weak imxdmabuffer_sim_copy
#pragma weak imxdmabuffer_sim_read_fd
#pragma weak imxdmabuffer_sim_write_fd
#pragma weak imxdmabuffer_sim_fill_fd
#pragma weak imxdmabuffer_sim_copy_fd
#pragma weak imxdmabuffer_sim_attach
#pragma weak imxdmabuffer_sim_detach
#pragma weak imxdmabuffer_sim_set_fences
#pragma weak imxdmabuffer_sim_fail
#pragma weak imxdmabuffer_sim_forget_failures
#pragma weak imxdmabuffer_sim_count
#pragma weak imxdmabuffer_sim_reset_counts
#pragma weak imxdmabuffer_sim_live_buffers
#pragma weak imxdmabuffer_sim_memory_used
#pragma weak imxdmabuffer_sim_misuses
#pragma weak imxdmabuffer_sim_misuse

static inline int imxdmabuffer_sim_is_present(void)
{
	return imxdmabuffer_sim_configure != NULL;
}

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_SIM_H */
