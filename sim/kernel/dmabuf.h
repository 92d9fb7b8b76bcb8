/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The work of drivers/dma-buf/dma-buf.c on a descriptor, with NXP's additions. Functions return -1 with errno.
 */
#ifndef SIM_DMABUF_H
#define SIM_DMABUF_H

#include "kernel/target.h"

/* Return whether copy_from_user() could read here: the first page is never mapped. */
bool sim_is_readable(void const *pointer);

int sim_dmabuf_ioctl(struct sim_target *target, unsigned long request, void *argument);
/* Return whether the arguments of mmap() are valid; the mapping itself is one of the memfd. */
bool sim_dmabuf_may_map(struct sim_target const *target, size_t length, int flags, uint64_t offset);
int64_t sim_dmabuf_lseek(struct sim_target const *target, int64_t offset, int whence);
/* The lines that the kernel adds to /proc/self/fdinfo/N, and the text of the link /proc/self/fd/N. */
void sim_dmabuf_info(struct sim_target const *target, char *text, size_t size);
void sim_dmabuf_link(struct sim_target const *target, char *text, size_t size);
/* Return whether DMA-BUFs are files of the one anonymous inode, as before Linux 5.3. */
bool sim_dmabuf_is_anonymous(void);
/*
 * Return the address of the first frame as NXP's kernels do: attach, map and unmap a device that is not coherent, which
 * cleans and then invalidates the whole buffer.
 */
uint64_t sim_dmabuf_map_for_device(struct sim_target const *target);
/* The internals of sim_attach() and sim_detach(). */
bool sim_dmabuf_attach(struct sim_target const *target);
bool sim_dmabuf_detach(struct sim_target const *target);
unsigned int sim_dmabuf_attachments(struct sim_target const *target);

/* Set the numbers of fences of devices that read and that write. */
void sim_dmabuf_set_fences(struct sim_target *target, unsigned int readers, unsigned int writers);
/* POLLIN and POLLOUT, as far as the fences permit. */
short sim_dmabuf_events(struct sim_target const *target);

#endif /* SIM_DMABUF_H */
