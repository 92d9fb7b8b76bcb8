/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one state machine of mappings: reference count, flags, sync session.
 */
#ifndef IMXD_MAPPING_H
#define IMXD_MAPPING_H

#include "object.h"

struct imxd_range_call;

/* Map a buffer. Returns 0 with *address of byte 0, or a negative errno code. */
int imxd_mapping_map(struct imxd_buffer *buffer, unsigned int flags, uint8_t **address);

/*
 * Undo one map; the last one ends the session and unmaps. Returns 0, or a negative errno code if that failed: the
 * buffer is unmapped anyway, but devices may not see the data that the CPU wrote.
 */
int imxd_mapping_unmap(struct imxd_buffer *buffer);

/* Unmap a buffer however often it is mapped. No other thread uses it any more. Returns as imxd_mapping_unmap(). */
int imxd_mapping_unmap_all(struct imxd_buffer *buffer);

/* As imxd_mapping_unmap_all(), but the mapping may be kept. */
int imxd_mapping_close(struct imxd_buffer *buffer);

/* Start or stop a session of a mapping with MANUAL_SYNC; no effect otherwise. Return 0 or a negative errno code. */
int imxd_mapping_start_session(struct imxd_buffer *buffer);
int imxd_mapping_stop_session(struct imxd_buffer *buffer);

/* Run a range call. Returns 0 or a negative errno code, -EINVAL also if the buffer is not mapped. */
int imxd_mapping_sync_ranges(struct imxd_buffer *buffer, struct imxd_range_call const *call);

/* As imx_dma_buffer_attach_device(). */
int imxd_mapping_attach(struct imxd_buffer *buffer);

/* Detach the device until the next session or range call. Returns true if one was attached. */
bool imxd_mapping_detach(struct imxd_buffer *buffer);

/* Return the strategy of the buffer. May ask the kernel: imxd_sync_choose(). */
struct imxd_sync const *imxd_mapping_get_sync(struct imxd_buffer *buffer);

/* Report a failure of unmap or of a session to a caller that has no error argument. code 0 does nothing. */
void imxd_mapping_report(int code);

/*
 * Members of ImxDmaBufferAllocator for the library's own buffers, whatever the allocator is. They report their errors.
 */
uint8_t *imxd_map(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer, unsigned int flags, int *error);
void imxd_unmap(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
void imxd_start_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);
void imxd_stop_session(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);

#endif /* IMXD_MAPPING_H */
