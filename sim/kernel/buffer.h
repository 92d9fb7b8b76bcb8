/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of a buffer: a DMA-BUF or a block.
 */
#ifndef SIM_BUFFER_H
#define SIM_BUFFER_H

#include "kernel/memory.h"

/* The name of a buffer's memfd, which /proc/self/fd shows. */
#define SIM_BUFFER_NAME "imxdmabuffer-sim-buffer"

/* Make a DMA-BUF in a memfd. Returns the descriptor or -1 with errno. */
int sim_buffer_create(struct sim_header const *kind, uint64_t alignment, int flags);
/* Make a buffer in a file of the private directory, without a descriptor. Returns NULL with errno. */
struct sim_memory *sim_buffer_create_file(struct sim_header const *kind, uint64_t alignment);
/* Add a buffer that another process made. Returns NULL if fd is no buffer. */
struct sim_memory *sim_buffer_adopt(int fd);

/* The offset at which a mapping of a hollow DMA-BUF has no memory, not even zeros; 0 for other buffers. */
uint64_t sim_buffer_nothing(struct sim_memory const *memory);

#endif /* SIM_BUFFER_H */
