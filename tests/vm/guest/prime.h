/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Import and export DMA-BUFs with the kernel's DRM test drivers.
 */
#ifndef VM_PRIME_H
#define VM_PRIME_H

#include <stddef.h>

/*
 * Import a DMA-BUF into a DRM driver ("vgem", "vkms"), which attaches to it and maps it. If attached_fd is NULL, detach
 * again. Otherwise attached_fd receives a descriptor of the driver, and the DMA-BUF stays attached until it is closed.
 * Return 0, -ENODEV if there is no such driver, -EBADMSG if the driver exports another DMA-BUF than it imported, or the
 * negative errno code of the driver.
 */
int prime_import(char const *driver, int dmabuf_fd, int *attached_fd);

/*
 * Return a DMA-BUF of at least `size` bytes allocated by a DRM driver, or a negative errno code: -ENODEV if there is no
 * such driver.
 */
int prime_export(char const *driver, size_t size);

#endif
