/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kept attachments. DMA_BUF_IOCTL_SYNC maintains caches for attached devices only. A device that is attached for as
 * long as the buffer lives, though it does not use it, makes SYNC serve all devices that are not coherent. DRM drivers
 * attach and map when a DMA-BUF is imported; one render node serves the process.
 */
#ifndef IMXD_ATTACHMENT_H
#define IMXD_ATTACHMENT_H

#include <stdbool.h>
#include <stdint.h>

#define IMXD_DRIVER_SIZE 32

/*
 * Attach a device to a DMA-BUF. The node is that of IMXDMABUFFER_ATTACH, or the first render node whose driver maps at
 * import and whose device is not coherent. Attaching cleans the memory. Returns 0 with *attachment above 0, or a
 * negative errno code: -ENOTSUP if the variable is "off", -ENODEV without such a node.
 */
int imxd_attachment_add(int dmabuf_fd, uint64_t *attachment);

/* Is the device still attached? No: in a forked child, or if the program has closed the render node. */
bool imxd_attachment_is_valid(uint64_t attachment);

/* Undo it. The kernel invalidates the memory: what the CPU wrote must have been cleaned. */
void imxd_attachment_drop(uint64_t attachment);

/* Copy the name of the driver that attaches in this process, "" if none does. */
void imxd_attachment_driver(char name[IMXD_DRIVER_SIZE]);

#endif /* IMXD_ATTACHMENT_H */
