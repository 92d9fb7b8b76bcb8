/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Witnesses: devices that write to a buffer of the library, and read it, for imxdmabuffer check.
 *
 * A wrong result must only come from the session that is tested. So the other end of each transfer is memory that this
 * fault cannot reach:
 * - libg2d: memory of the library itself, which the CPU maps uncached, with a barrier between CPU and device.
 * - V4L2: buffers that the driver allocated (V4L2_MEMORY_MMAP), which the kernel hands over in each pass. Only one side
 *   of a pass is the tested buffer, and the expected result comes from a pass with such buffers on both sides.
 * - edu: a second buffer of the allocator. The device exists in QEMU only, which has no caches.
 * The tested buffer stays attached from witness.take() on: an attachment cleans the caches, and would hide lost lines.
 * Each witness first shows with its own memory that it works. Each trial has new contents, and begins with a cache that
 * holds nothing of earlier trials. Then only the tested session maintains caches; before a device writes, also a
 * session that reads, which fills the cache with old lines.
 */
#ifndef TOOLS_WITNESS_H
#define TOOLS_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* Room for a reason. */
#define WITNESS_TEXT 700

/* What an open witness says about itself. */
struct witness_facts {
	/* The device, for the report. */
	char device[128];
	/* Bytes of an image: what the CPU or the device writes in one trial. The tested buffer has at least `room`. */
	size_t size, room;
	/* The most bytes of a result. */
	size_t result_size;
	/* There is no real device behind it: it shows nothing about the caches of a board. */
	bool is_emulated;
};

/* The tested buffer. */
struct witness_target {
	ImxDmaBuffer *buffer;
	uint64_t address;
	int fd;
	size_t size;
};

/* Functions return 0, or -1 with witness_reason(). One witness is open at a time, and it has one target at a time. */
struct witness {
	/* For --witness. */
	char const *name;
	/* Does it use physical addresses? Otherwise it imports the DMA-BUF. */
	bool by_address;
	/* allocator: for memory of the witness. */
	int (*open)(ImxDmaBufferAllocator *allocator, struct witness_facts *facts);
	void (*close)(void);
	int (*take)(struct witness_target const *target);
	void (*drop)(void);
	/* The result that the device makes of an image, without the tested buffer. A device that copies returns the image.
	 */
	int (*expect)(uint8_t const *image, uint8_t *result, size_t *length);
	/* The device reads an image from the tested buffer, and writes the result elsewhere. */
	int (*read)(uint8_t *result, size_t *length);
	/* The device reads an image elsewhere, and writes the result to the tested buffer. */
	int (*write)(uint8_t const *image);
};

extern struct witness const witness_g2d, witness_v4l2, witness_edu;

/* In the order in which they are tried; the last entry is NULL. */
extern struct witness const *const witnesses[];

/* Keep the reason of a failure, without a full stop. Returns -1. */
int witness_fail(char const *format, ...) __attribute__((format(printf, 1, 2)));

/* The reason of the last failure. */
char const *witness_reason(void);

/* Bytes that the CPU wrote to uncached memory are in the memory. */
void witness_barrier(void);

#endif /* TOOLS_WITNESS_H */
