/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Import and export DMA-BUFs with the kernel's video test drivers.
 *
 * With vivid.allocators=1 on the kernel command line (set by run.sh), vivid attaches to the buffer, maps it for DMA and
 * requires contiguous memory. vim2m only maps it for the CPU, and accepts scattered memory too.
 */
#ifndef VM_V4L2_H
#define VM_V4L2_H

#include <stddef.h>

/* Large enough for the picture of either driver, in whole pages. */
#define V4L2_BUFFER_SIZE (1024 * 1024)

/*
 * Write one picture with vivid into the DMA-BUF, which must have at least V4L2_BUFFER_SIZE bytes.
 * length: receives the length of the picture.
 * Return 0, -ENODEV if there is no such device, or the negative errno code of the driver.
 */
int vivid_capture(int dmabuf_fd, size_t *length);

/* Return a DMA-BUF allocated by vivid, or a negative errno code: -ENODEV if there is no such device. */
int vivid_export(void);

/*
 * Copy one picture byte by byte from one DMA-BUF to another with vim2m. Results as for vivid_capture().
 */
int vim2m_copy(int source_fd, int destination_fd, size_t *length);

#endif
