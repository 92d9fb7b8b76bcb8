/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs of users of libimxdmabuffer, with one mistake each. Their devices are those of imxdmabuffer_sim.h.
 */
#ifndef MISTAKES_H
#define MISTAKES_H

#include <imxdmabuffer/imxdmabuffer_ext.h>
#include <imxdmabuffer/imxdmabuffer_sim.h>
#include <stdbool.h>

#define SIZE 16384
#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define WRITE IMX_DMA_BUFFER_MAPPING_FLAG_WRITE
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC
#define OVERWRITE IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE

/* The mistake is not made. */
extern bool mended;
extern ImxDmaBufferAllocator *allocator;
/* SIZE bytes, which main() frees unless the pointer is NULL then. */
extern ImxDmaBuffer *buffer;
extern unsigned int sum;

void device_writes(int value);
void device_reads(void);
/* Read all bytes. */
void add(uint8_t const *bytes);

/* One function for each mistake: the report shows its name. */
void write_without_start(void);
void read_without_start(void);
void read_without_stop(void);
void unmap_without_stop(void);
void write_beside_device(void);
void write_under_device(void);
void free_in_use(void);
void free_before_fence(void);
void forget_to_free(void);
void sync_only_reads(void);
void sync_too_late(void);
void detach_dirty(void);
void sync_by_kernel(void);
void sync_for_nothing(void);
void overwrite(void);
void hand_over_ranges(void);
void use_views(void);
void use_pool(void);
void use_threads(void);
void transfer(void);
void pass_pointer(void);
void use_own_handler(void);
void crash(void);
void read_after_unmap(void);
void share_buffer(void);
void fork_before_handover(void);
void move_mapping(void);
void protect_part(void);
void mask_all(void);
void ignore_fault(void);
void raise_fault(void);
void jump_nowhere(void);
void mistakes_around_exec(void);
void mistake_in_child(void);
void mistake_after_exec(void);

#endif /* MISTAKES_H */
