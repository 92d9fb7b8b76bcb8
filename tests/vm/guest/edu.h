/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A witness for physical addresses: QEMU's edu device on the virt64 board copies memory that it is told by address
 * alone, and knows nothing of Linux, of DMA-BUFs or of this project. Needs root.
 */
#ifndef VM_EDU_H
#define VM_EDU_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copies len bytes between two places of physical memory that do not overlap. Takes 0.2 s for each 2 KiB.
 * 0; -ENODEV where the board has no such device; another negative errno code.
 */
int edu_copy(uint64_t src_phys, uint64_t dst_phys, size_t len);

/*
 * Is map[i] the byte at phys + i, for the first, a middle and the last page? Fills the buffer with a pattern, lets the
 * device copy three pieces of it, and looks for them, and for changes elsewhere, through the mapping. The buffer must
 * have at least four pages, and its sync session must be the caller's business.
 * 0; -ENODEV as above; -EBADMSG when the bytes are not where they should be; another negative errno code.
 */
int edu_witness(uint8_t *map, uint64_t phys, size_t size);

#endif
