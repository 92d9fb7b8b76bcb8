/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Helpers that back ends have in common.
 */
#ifndef IMXD_DEVICE_H
#define IMXD_DEVICE_H

#include "backend.h"

/*
 * Open a device: the caller's descriptor if there is one, else the target if it is a path, else `path`. All allocators
 * of the process share a node that the library opens: some drivers permit one user a process, others mix up the memory
 * of their users if they are opened and closed often. Fills fd, share and node. Returns 0 or a negative errno code.
 */
int imxd_device_open(struct imxd_device *device, struct imxd_options const *options, char const *path, int flags);

/*
 * Open the device of a driver that allocates pinned, contiguous and uncached memory filled with zeros, and set these
 * traits. limit: the largest size in bytes that its interface can express. The rest is as above.
 */
int imxd_device_open_uncached(struct imxd_device *device, struct imxd_options const *options, char const *path,
	size_t limit);

/* Fill a block that the device maps at its physical address, which is mmap's offset. */
void imxd_block_at_address(struct imxd_block *block, struct imxd_device const *device, size_t size,
	imx_physical_address_t address);

/* Set the message for a refused allocation, with a remedy for ENOMEM, EMFILE and others. Returns code. */
int imxd_fail_allocation(int code, char const *node, size_t size);

/* Log a failed free. result: of the mechanism's call; 0 and more does nothing. */
void imxd_log_failed_free(struct imxd_device const *device, struct imxd_block const *block, int result);

/* Round the largest number of a mechanism's integers down to whole pages: its own rounding up must not overflow. */
size_t imxd_whole_pages(size_t largest);

#endif /* IMXD_DEVICE_H */
