/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Importers of DMA-BUFs among the kernel's own test drivers for video.
 *
 * vivid, when the kernel's command line has vivid.allocators=1 (run.sh gives it), attaches to the buffer, maps it for
 * DMA and demands contiguous memory. vim2m only maps it for the CPU, and takes scattered memory too.
 */
#ifndef VM_V4L2_H
#define VM_V4L2_H

#include <stddef.h>

/* Pages that are enough for either driver's picture. */
#define V4L2_BUFFER_SIZE (1024 * 1024)

/*
 * Lets vivid write one picture into the DMA-BUF, which has at least V4L2_BUFFER_SIZE bytes.
 * length: receives the length of the picture.
 * 0; -ENODEV where there is no such device; or the negative errno code with which the driver refused.
 */
int vivid_capture(int dmabuf_fd, size_t *length);

/* A DMA-BUF that vivid has allocated for a picture, or a negative errno code; -ENODEV where there is no such device. */
int vivid_export(void);

/*
 * Lets vim2m copy one picture from a DMA-BUF to another one, byte by byte. The result is as above.
 */
int vim2m_copy(int source_fd, int destination_fd, size_t *length);

#endif
