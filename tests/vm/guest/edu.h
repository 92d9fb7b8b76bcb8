/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A witness for physical addresses: QEMU's edu device on the virt64 board copies memory by physical address. It is
 * independent of Linux, of DMA-BUFs and of this project. Needs root.
 */
#ifndef VM_EDU_H
#define VM_EDU_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copy len bytes of physical memory. The ranges must not overlap. A copy takes 0.2 s for each 2 KiB.
 * Return 0, -ENODEV if the board has no such device, or another negative errno code.
 */
int edu_copy(uint64_t src_phys, uint64_t dst_phys, size_t len);

/*
 * Check that map[i] is the byte at phys + i, for the first, a middle and the last page. Fill the buffer with a pattern,
 * copy three pieces with the device, and compare the whole mapping with the expected contents. The buffer must have at
 * least four pages. The caller must begin and end the sync session.
 * Return 0, -ENODEV as above, -EBADMSG if the contents are wrong, or another negative errno code.
 */
int edu_witness(uint8_t *map, uint64_t phys, size_t size);

#endif
