/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's allocators: one object over every back end.
 */
#ifndef IMXD_ALLOCATOR_H
#define IMXD_ALLOCATOR_H

#include "backend.h"
#include "buffer.h"

/* What allocation does about physical addresses. */
enum imxd_address_policy {
	/* Finds the address, or fails: a device must never be handed address 0 by accident. */
	IMXD_ADDRESS_REQUIRED,
	/* Tries. */
	IMXD_ADDRESS_OPTIONAL,
	/* Takes it where the mechanism tells it by itself, and asks nobody. */
	IMXD_ADDRESS_NOT_WANTED
};

struct imxd_allocator {
	ImxDmaBufferAllocator parent;
	struct imxd_instance instance;
	enum imxd_address_policy policy;
	/*
	 * What the mechanism can express, at most the memory of this machine: what is larger is refused here, since not
	 * every heap looks before it tries. The system heap of Linux 6.1 takes page after page until the kernel ends
	 * processes.
	 */
	size_t max_size;
	/* In the child of a fork: what is behind it is the parent's. */
	bool is_copy;
	/* Guarded by IMXD_LOCK_LIVE. */
	struct imxd_buffer *live;
	struct imxd_allocator *next;
};

/* Puts an allocator on the list of all, which imxd_watch_forks() is about. */
void imxd_enlist(struct imxd_allocator *allocator);

/* In the child of a fork, under IMXD_LOCK_LIVE: everything is a copy, and no buffer is locked. */
void imxd_note_copies(void);

/* The functions in every allocator of the library. */
extern ImxDmaBufferAllocator const imxd_allocator_functions;

/* The allocator as the library knows it, NULL where it is not one of the library's own. */
struct imxd_allocator *imxd_own_allocator(ImxDmaBufferAllocator *allocator);

/*
 * Opens a back end. Returns the allocator, or NULL with *error and a sentence; `tried`, if not NULL, then receives the
 * name of the node that it was about (IMXD_NODE_SIZE bytes).
 */
ImxDmaBufferAllocator *imxd_allocator_new(struct imxd_backend const *backend, struct imxd_options const *options,
	enum imxd_address_policy policy, char *tried, int *error);

/* buffer.c: the members of ImxDmaBufferAllocator that make and free buffers. They report errors themselves. */
ImxDmaBuffer *imxd_allocate(ImxDmaBufferAllocator *allocator, size_t size, size_t alignment, int *error);
void imxd_deallocate(ImxDmaBufferAllocator *allocator, ImxDmaBuffer *buffer);

/*
 * A buffer of `size` bytes, `shift` bytes from the beginning of a block that is there already and that it owns from now
 * on, also when this fails.
 */
struct imxd_buffer *imxd_buffer_adopt(struct imxd_allocator *owner, struct imxd_block const *block, size_t shift,
	size_t size, int *error);

#endif /* IMXD_ALLOCATOR_H */
