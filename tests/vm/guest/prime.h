/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Importers of DMA-BUFs among the kernel's own test drivers for graphics.
 */
#ifndef VM_PRIME_H
#define VM_PRIME_H

#include <stddef.h>

/*
 * Imports a DMA-BUF into a DRM driver ("vgem", "vkms"), which attaches to it and maps it, and lets it go again unless
 * attached_fd is not NULL: that receives a descriptor of the driver, and the DMA-BUF stays attached until it is closed.
 * 0; -ENODEV where there is no such driver; -EBADMSG when the driver gives back another DMA-BUF than it got; or the
 * negative errno code with which it refused.
 */
int prime_import(char const *driver, int dmabuf_fd, int *attached_fd);

/*
 * A DMA-BUF of at least `size` bytes that a DRM driver has allocated, or a negative errno code; -ENODEV where there is
 * no such driver.
 */
int prime_export(char const *driver, size_t size);

#endif
