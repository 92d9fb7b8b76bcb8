/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include "node.h"
#include "pool.h"

extern struct sim_device const sim_dma_heap;
extern struct sim_device const sim_udmabuf;
extern struct sim_device const sim_dmabuf_imx;

extern struct sim_device const sim_ion;
extern struct sim_device const sim_ipu;
extern struct sim_device const sim_pxp;
extern struct sim_device const sim_galcore;
extern struct sim_device const sim_hantro;

/* What a failing copy_from_user() would find: the first page is never there. */
bool sim_is_readable(void const *pointer);

/* The limits of all contiguous memory but the GPU's, and what is free of them: CmaTotal and CmaFree. */
void sim_cma_state(uint64_t *total, uint64_t *available);

/* map.c: mmap() on a node. MAP_FAILED with errno. */
void *sim_node_map(struct sim_node *node, struct sim_request const *request);

/* misuse.c: what passes, and should not be done */

__attribute__((format(printf, 1, 2))) void sim_note_misuse(char const *format, ...);
void sim_misuse_reset(void);

/* vendor.c: forgets what libraries gave out */
void sim_vendor_reset(void);

/* device_ion.c: what its heaps have of that */
void sim_ion_account(struct sim_node const *node, uint64_t *total, uint64_t *available);

/* dmabuf.c: what drivers/dma-buf/dma-buf.c does with a descriptor, with NXP's addition. Return -1 with errno. */

int sim_dmabuf_ioctl(struct sim_target *target, unsigned long request, void *argument);
/* Whether this may be mapped; the mapping itself is that of the memfd. */
bool sim_dmabuf_may_map(struct sim_target const *target, size_t length, int flags, uint64_t offset);
int64_t sim_dmabuf_lseek(struct sim_target const *target, int64_t offset, int whence);
/* What the kernel appends to /proc/self/fdinfo/N, and shows as the link /proc/self/fd/N. */
void sim_dmabuf_info(struct sim_target const *target, char *text, size_t size);
void sim_dmabuf_link(struct sim_target const *target, char *text, size_t size);
/* Before Linux 5.3 all DMA-BUFs are files of the one anonymous inode. */
bool sim_dmabuf_is_anonymous(void);
/*
 * What NXP's kernels do to learn the address: attach, map and unmap a device that is not coherent, which cleans and
 * then invalidates the whole buffer. Returns the address of the first frame.
 */
uint64_t sim_dmabuf_map_for_device(struct sim_target const *target);

/* huge.c: files in huge pages, fs/hugetlbfs */

int sim_huge_create(char const *name, unsigned int flags);
int sim_huge_truncate(struct sim_memory *memory, int fd, int64_t length);
int sim_huge_allocate(struct sim_memory *memory, int fd, int mode, int64_t offset, int64_t length);
/* Takes the pages for a mapping and rounds its length up. False with errno. */
bool sim_huge_may_map(struct sim_memory *memory, size_t *length, uint64_t offset);
/* Whether all pages of the range are really there. */
bool sim_huge_is_present(struct sim_memory const *memory, int fd, uint64_t offset, uint64_t size);

/* proc.c: files in /proc. Each opens a text of the simulator's, and returns the descriptor or -1 with errno. */

int sim_open_meminfo(int flags);
int sim_open_fdinfo(int fd, struct sim_target const *target, int flags);
/* Puts frames of simulated memory into what was read from pagemap at this offset. */
void sim_patch_pagemap(void *data, size_t length, uint64_t offset);

#endif /* SIM_DEVICE_H */
