/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Caches: the ways to keep memory coherent, and ranges of memory that CPU and devices use by turns while it stays
 * mapped; and fences of devices. All since 1.3. For example:
 *
 *     ImxDmaBufferRange packet = {slot * SLOT_SIZE, length};
 *
 *     fill(bytes + packet.offset, packet.length);
 *     imx_dma_buffer_sync_for_device(ring, &packet, 1, IMX_DMA_BUFFER_TO_DEVICE, &error);
 *     ring_doorbell(slot);
 */
#ifndef IMXDMABUFFER_SYNC_H
#define IMXDMABUFFER_SYNC_H

#include "imxdmabuffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup ranges Caches by ranges
 *  @{ */

/* How sync sessions keep a buffer coherent, and for which devices. */
typedef enum {
	/*
	 * Unknown: cached memory without a DMA-BUF and without a vendor's flush, which sessions and range calls do not
	 * maintain; or not known without a buffer.
	 */
	IMX_DMA_BUFFER_COHERENCY_UNKNOWN = 0,
	/* The CPU's mapping is uncached. Sessions and range calls are memory barriers, and all devices are served. */
	IMX_DMA_BUFFER_COHERENCY_UNCACHED = 1,
	/* DMA_BUF_IOCTL_SYNC and DMA_BUF_IOCTL_PHYS (NXP kernels): all devices are served. */
	IMX_DMA_BUFFER_COHERENCY_PHYS = 2,
	/* DMA_BUF_IOCTL_SYNC alone: only devices that are attached to the DMA-BUF are served. */
	IMX_DMA_BUFFER_COHERENCY_IMPORTER = 3,
	/* The vendor's library cleans and invalidates: all devices are served. */
	IMX_DMA_BUFFER_COHERENCY_VENDOR = 4,
	/* The process cleans and invalidates with instructions of arm64: all devices are served. */
	IMX_DMA_BUFFER_COHERENCY_USER = 5,
	/* DMA_BUF_IOCTL_SYNC, with a device of a DRM driver that stays attached for it: all devices are served. */
	IMX_DMA_BUFFER_COHERENCY_ATTACHMENT = 6
} ImxDmaBufferCoherency;

/*
 * Return the short name of a value: "unknown", "uncached", "phys", "importer", "vendor", "user", "attachment"; static
 * text. Since 1.3.
 */
char const *imx_dma_buffer_coherency_name(ImxDmaBufferCoherency coherency);

/* The way of the data. */
typedef enum {
	/* The CPU wrote, devices read. */
	IMX_DMA_BUFFER_TO_DEVICE = 1,
	/* Devices write, the CPU reads. */
	IMX_DMA_BUFFER_FROM_DEVICE = 2,
	/* Both. */
	IMX_DMA_BUFFER_BIDIRECTIONAL = 3
} ImxDmaBufferDirection;

/* A range of a buffer, in bytes. */
typedef struct _ImxDmaBufferRange {
	/* From byte 0 of the buffer on. */
	size_t offset;
	/* Above 0. */
	size_t length;
} ImxDmaBufferRange;

/*
 * Hand ranges of a mapped buffer to devices that use the memory where it lies, as dma_sync_single_range_for_device() of
 * the kernel. For ring buffers and other memory that CPU and devices use by turns while it stays mapped; a session of
 * start and stop maintains all of the buffer.
 *
 * Call it after the CPU wrote and before a device reads; also before a device writes, with FROM_DEVICE: no line of the
 * CPU's cache may be written back over its data.
 *
 * The call rounds each range outward to cache lines. CPU and devices must not use the same granule: see the property
 * sync_granule. If the property sync_is_ranged is YES, the call maintains the ranges only, and waits for no fences.
 * If it is NO, the call maintains the whole DMA-BUF, and no thread may write to the DMA-BUF meanwhile, through this
 * buffer or another one. Range calls do not serve devices that have bounce buffers; sessions do. On uncached memory the
 * call is a memory barrier.
 *
 * Hand over all writes before a session starts or stops on the same DMA-BUF, even if it is a session of another buffer.
 * If a device is attached, the kernel may invalidate caches then, and writes that were not handed over are lost.
 *
 * buffer: mapped by this process, with or without MANUAL_SYNC, for reading or writing. ranges: inside the buffer, in
 * any order, not kept. If ranges is NULL and num_ranges is 0, the range is the whole buffer. If only num_ranges is 0,
 * nothing is done.
 *
 * Returns 0, or -1 with nothing maintained:
 *   EINVAL   NULL, not mapped, an unknown direction, a range of length 0 or outside of the buffer
 *   ENOTSUP  a buffer of a program's own allocator, or a wrapped buffer with a map function of the program
 *   EIO      and other codes of the kernel: its maintenance failed
 * Threads: any; the buffer must stay mapped during the call. Since 1.3. The kernel's rules: Linux 6.12,
 * Documentation/core-api/dma-api.rst.
 */
int imx_dma_buffer_sync_for_device(ImxDmaBuffer *buffer, ImxDmaBufferRange const *ranges, size_t num_ranges,
	ImxDmaBufferDirection direction, int *error);

/*
 * Take ranges back from devices, as dma_sync_single_range_for_cpu() of the kernel. Call it after a device wrote and
 * before the CPU reads. The call discards nothing that the CPU wrote. With TO_DEVICE it does nothing.
 *
 * buffer, ranges, num_ranges: as for imx_dma_buffer_sync_for_device(), whose rules hold here too.
 *
 * Returns 0, or -1:
 *   EINVAL   NULL, not mapped, an unknown direction, a range of length 0 or outside of the buffer
 *   ENOTSUP  a buffer of a program's own allocator, or a wrapped buffer with a map function of the program
 *   EIO      and other codes of the kernel: its maintenance failed
 * Threads: any; the buffer must stay mapped during the call. Since 1.3.
 */
int imx_dma_buffer_sync_for_cpu(ImxDmaBuffer *buffer, ImxDmaBufferRange const *ranges, size_t num_ranges,
	ImxDmaBufferDirection direction, int *error);

/*
 * Attach a device to a buffer's DMA-BUF until the buffer is freed, if nothing better keeps it coherent for all devices
 * (coherency "importer"). The device is that of a DRM render node whose driver maps at import. It does not use the
 * memory; it makes DMA_BUF_IOCTL_SYNC maintain caches. Sessions then cost three walks over the buffer.
 *
 * Allocated contiguous buffers are attached without this call: by their first session, or when /proc/self/pagemap gives
 * their address. The call is for imported and received buffers, whose owner may not expect another attachment.
 * The attachment ends with the buffer or with this process. The kernel then discards what other processes have
 * written outside of sessions. IMXDMABUFFER_ATTACH chooses the render node, or forbids attachments: see
 * libimxdmabuffer(7).
 *
 * buffer: of an allocator of the library, imported or received; without an open session.
 *
 * Returns 0, also if nothing had to be attached, or -1:
 *   EINVAL   NULL
 *   EBUSY    a session of the buffer is open
 *   ENODEV   no suitable render node
 *   ENOTSUP  a wrapped buffer, one of a program's own allocator, or one without a DMA-BUF; an exporter that does not
 *            maintain caches for attached devices (only heaps and ION do); IMXDMABUFFER_ATTACH=off
 *   ENOENT, EACCES  and other codes of the node that IMXDMABUFFER_ATTACH names
 *   ENOMEM   and other codes of the driver, which does not import this DMA-BUF
 * Threads: any. In a forked child, the next session or range call of a buffer attaches anew. Since 1.3.
 * Follows Linux 6.12, drivers/gpu/drm/drm_prime.c.
 */
int imx_dma_buffer_attach_device(ImxDmaBuffer *buffer, int *error);

/** @}
 *  @defgroup fences Fences of devices
 *  @{ */

/*
 * Wait until devices have finished with a buffer's DMA-BUF, as far as their drivers say so with fences: DRM and GPU
 * drivers do. V4L2 drivers and devices that were given the physical address raise no fence: there is nothing to wait
 * for then. No session begins or ends.
 *
 * buffer: with a DMA-BUF. The fences are those of all the DMA-BUF, also if the buffer is a part of it.
 * direction: FROM_DEVICE, the CPU will read: waits for devices that write. TO_DEVICE and BIDIRECTIONAL, the CPU will
 * write: waits for all.
 * timeout_ms: in milliseconds; 0: only look; -1: no limit.
 *
 * Returns 0, or -1:
 *   EINVAL     NULL, an unknown direction, a timeout below -1
 *   ETIMEDOUT  a device is still at work
 *   ENOTSUP    the buffer has no DMA-BUF, or the kernel is older than 6.0: such kernels can stop with a BUG if a
 *              DMA-BUF is polled
 *   EBADF      the descriptor of a wrapped buffer is not open
 *   EIO, ENOMEM  and other codes of poll(2)
 * Threads: any; cancellable while it waits. Since 1.3. Follows Linux 6.12, dma_buf_poll() in drivers/dma-buf/dma-buf.c.
 */
int imx_dma_buffer_wait(ImxDmaBuffer *buffer, ImxDmaBufferDirection direction, int timeout_ms, int *error);

/*
 * Return the fences of a buffer's DMA-BUF as a sync file, for a driver with explicit fences (IN_FENCE_FD of DRM). Later
 * fences are not part of it.
 *
 * direction: which fences. FROM_DEVICE: those of devices that write; a reader must wait for them. TO_DEVICE and
 * BIDIRECTIONAL: all; a writer must wait for them. For a device that will write, use BIDIRECTIONAL.
 *
 * Returns a descriptor, close-on-exec, above 2, to be closed by the caller, or -1:
 *   EINVAL   NULL, or an unknown direction
 *   ENOTSUP  the buffer has no DMA-BUF, or the kernel is older than 6.0 or has no sync files
 *   EBADF    the descriptor of a wrapped buffer is not open
 *   EMFILE, ENOMEM  and other codes of the ioctl
 * Threads: any. Since 1.3. DMA_BUF_IOCTL_EXPORT_SYNC_FILE, Linux 6.12, uapi/linux/dma-buf.h.
 */
int imx_dma_buffer_export_sync_file(ImxDmaBuffer *buffer, ImxDmaBufferDirection direction, int *error);

/*
 * Add the fence of a sync file (OUT_FENCE of DRM) to a buffer's DMA-BUF: drivers with implicit fences, and
 * imx_dma_buffer_wait(), then wait for it.
 *
 * sync_file_fd: stays the caller's.
 * direction: TO_DEVICE if the device reads the buffer; FROM_DEVICE or BIDIRECTIONAL if it writes to it.
 *
 * Returns 0, or -1:
 *   EINVAL   NULL, an unknown direction, or not a sync file
 *   ENOTSUP  the buffer has no DMA-BUF, or the kernel is older than 6.0 or has no sync files
 *   EBADF    the descriptor of a wrapped buffer is not open
 *   ENOMEM   and other codes of the ioctl
 * Threads: any. Since 1.3. DMA_BUF_IOCTL_IMPORT_SYNC_FILE, Linux 6.12, uapi/linux/dma-buf.h.
 */
int imx_dma_buffer_import_sync_file(ImxDmaBuffer *buffer, int sync_file_fd, ImxDmaBufferDirection direction,
	int *error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* IMXDMABUFFER_SYNC_H */
