/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lane: an open memory-to-memory driver of V4L2 with one buffer on each side, which passes pictures one at a time.
 */
#ifndef TOOLS_LANE_H
#define TOOLS_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OUTPUT, which the device reads, or CAPTURE, which it writes. */
struct lane_side {
	unsigned int type;
	/* The DMA-BUF, or -1 for a buffer of the driver, which is mapped. */
	int dmabuf;
	uint8_t *map;
	size_t map_length;
	/* Bytes of a picture or of the largest result. */
	size_t picture;
};

struct lane {
	int fd;
	/* The interface with several planes, of which there is one. */
	bool is_planar;
	bool is_streaming;
	struct lane_side output, capture;
};

/* Functions return 0, or -1 with witness_reason(). */

void lane_init(struct lane *lane);

/* Open a node that is a memory-to-memory driver. */
int lane_open(struct lane *lane, char const *node, char driver[17]);

/* Return the raw format with this index, 0 for one that is not raw. -1 behind the last one, without a reason. */
int lane_offer(struct lane const *lane, unsigned int index, uint32_t *format);

/* The driver chooses the format of the result. */
int lane_set_format(struct lane *lane, uint32_t format);

/* DMA-BUFs, or -1 for buffers of the driver. */
int lane_start(struct lane *lane, int output_dmabuf, int capture_dmabuf);

/* Pass one picture. length: receives the bytes of the result. */
int lane_run(struct lane *lane, size_t *length);

/* Does nothing after lane_init(). */
void lane_close(struct lane *lane);

#endif /* TOOLS_LANE_H */
