/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract between the core and the back ends.
 *
 * A back end is one file in backends/ that says what is different about one mechanism: how it is opened, how a block of
 * memory is taken from it and given back, and what such a block is. Everything else (objects, alignment, mapping, sync,
 * addresses, checks of arguments, lists, locks) is the core's. A back end includes this header, sys.h and its part of
 * uapi/; those on vendors' libraries also backends/vendor.h, which they share. Functions that can fail answer 0, or a
 * positive errno code after a call of imxd_fail().
 */
#ifndef IMXD_BACKEND_H
#define IMXD_BACKEND_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#include "error.h"
#include "exporter.h"
#include "log.h"
#include "meminfo.h"
#include "node.h"
#include "sync.h"

/*
 * What memory is: the public capability bits, which are data that the core checks and acts on, and these.
 */
enum {
	/* The block begins at a multiple of the power of two that covers its size, up to 1 MiB (the CMA's rule). */
	IMXD_CAP_ALIGNED_BY_SIZE = 1 << 16,
	/*
	 * Not known to be contiguous, and not known not to be, although CONTIGUOUS is not set. Otherwise it is known not to
	 * be.
	 */
	IMXD_CAP_MAYBE_CONTIGUOUS = 1 << 17,
	/* The memory cannot move while the block lives. */
	IMXD_CAP_PINNED = 1 << 18,
	/* A block's descriptor stands for all of it from its beginning: a buffer cannot begin elsewhere in the block. */
	IMXD_CAP_DESCRIPTOR = 1 << 19,
	/* A DMA-BUF whose address DMA_BUF_IOCTL_PHYS is asked for. */
	IMXD_CAP_ASK_PHYS = 1 << 20
};

/* What a constructor was given. IMXD_OPTIONS_NONE means: no wishes. */
struct imxd_options {
	/* The text behind the colon of "name:target", or NULL. The node to use where the mechanism has nodes. */
	char const *target;
	/* The caller's open node, or -1. */
	int fd;
	/* The mechanism's own flags for blocks and for their descriptors. */
	unsigned int heap_flags;
	unsigned int fd_flags;
	/* Which heaps, where the mechanism numbers them. */
	unsigned int heap_mask;
	/* The caller's word for whether the memory is cached. */
	ImxDmaBufferAnswer cached;
};

#define IMXD_OPTIONS_NONE                                                                                              \
	((struct imxd_options){.fd = -1, .fd_flags = O_RDWR | O_CLOEXEC, .heap_mask = 1, .cached = IMX_DMA_BUFFER_UNKNOWN})

struct imxd_backend;

#define IMXD_NODE_SIZE 96

/* An opened mechanism. Filled by open, read by the core. */
struct imxd_instance {
	/* Open may put a variant of the same name here, whose functions are used from then on. */
	struct imxd_backend const *backend;
	/* The node's descriptor, -1 where there is none, and whether the core is to close it, or its share of it. */
	int fd;
	bool owns_fd;
	struct imxd_shared_node *share;
	/* Capabilities of the blocks to come, unless allocate says otherwise for a block. */
	unsigned int caps;
	unsigned int heap_flags;
	unsigned int fd_flags;
	/* The largest size that the mechanism can express; 0: any. */
	size_t max_size;
	/* How cached memory is synchronised where the mechanism itself does it; NULL: by what the descriptor offers. */
	struct imxd_sync const *sync;
	/* The node in use, or the variant, "" where there is none. */
	char node[IMXD_NODE_SIZE];
	/* The back end's own. */
	uintptr_t state[2];
};

/* One piece of memory. Filled by allocate; the core fills it with zeros and -1 before. */
struct imxd_block {
	/*
	 * Descriptor that stands for the memory, -1 for none. The core exports, shares and syncs it; free closes it.
	 */
	int fd;
	/* What mmap takes, where that is not `fd` and 0. */
	int map_fd;
	off_t map_offset;
	/* Where a vendor's library has mapped the memory already; NULL: the core maps map_fd. */
	uint8_t *cpu;
	/* Bytes that may be used, at least what was asked for; all of them are mapped. Need not be rounded up to pages. */
	size_t size;
	/* Physical address where the mechanism tells it by itself; 0: it does not. */
	imx_physical_address_t address;
	/* Capabilities of this block; the core sets the instance's before. */
	unsigned int caps;
	/* The mechanism's own name for the block. */
	uintptr_t handle;
};

/* The descriptor that mmap takes, -1 where the core cannot map the block. */
static inline int imxd_block_map_fd(struct imxd_block const *block)
{
	return (block->map_fd >= 0) ? block->map_fd : block->fd;
}

/*
 * Takes a DMA-BUF descriptor that an ioctl has given. Some vendor drivers answer 0 to what they do not know and touch
 * nothing: 0 counts only if it is a DMA-BUF, and is then moved, since callers of old take it for a failure. Returns the
 * descriptor or a negative errno code, without a sentence.
 */
int imxd_claim_dmabuf(int fd);

/*
 * Takes a device into use: the caller's descriptor if there is one, else the target if it is a path, else `path`. What
 * the library opens itself is shared by all allocators of the process: some drivers know one user a process, others mix
 * up what belongs to whom when it is opened and closed often. Fills fd, share and node. Returns 0, or an errno code
 * with a sentence.
 */
int imxd_instance_open(struct imxd_instance *self, struct imxd_options const *options, char const *path, int flags);

/* A block that the device maps at its physical address, which is the offset that mmap takes. */
static inline void imxd_block_at_address(struct imxd_block *block, struct imxd_instance const *self, size_t size,
	imx_physical_address_t address)
{
	block->map_fd = self->fd;
	block->map_offset = (off_t)address;
	block->address = address;
	block->size = size;
}

/*
 * The sentence for a kernel that gives no memory, where the mechanism has nothing to add: what helps against ENOMEM,
 * too many descriptors, and so on. Returns code.
 */
int imxd_fail_allocation(int code, char const *node, size_t size);

/* The kernel refused to take memory back (a negative result): nobody can be told but by the log. */
void imxd_log_lost(struct imxd_instance const *self, struct imxd_block const *block, int result);

/* The largest multiple of a page that fits into a mechanism's integers: what it rounds up must not overflow. */
size_t imxd_whole_pages(size_t largest);

struct imxd_backend {
	/* As programs and users write it: "dma-heap". */
	char const *name;
	/* A few words for lists. */
	char const *description;
	/* Is never the default: only used when it is asked for by name. */
	bool by_name_only;
	/* The device that imxd_instance_open() opens stays open until the process ends. */
	bool keeps_node;
	/* Programs that ask for it do not need physical addresses; allocation does not fail for the lack of one. */
	bool address_optional;

	/*
	 * Opens the mechanism. Called once per allocator; what it decides stays decided. Fills *self, in which backend is
	 * set, fd is -1 and the rest zero. On failure nothing stays open but what imxd_instance_open() has opened;
	 * self->node may name the node that was tried.
	 */
	int (*open)(struct imxd_instance *self, struct imxd_options const *options);
	/* Undoes open, but for the descriptor, which is the core's to close. May be NULL. */
	void (*close)(struct imxd_instance *self);
	/*
	 * Takes a block of at least `size` bytes, 1 to SIZE_MAX - 4095; refuses, never truncates, what the mechanism cannot
	 * express. Called from any thread without a lock. Makes the mechanism's own calls and no others.
	 */
	int (*allocate)(struct imxd_instance *self, size_t size, struct imxd_block *block);
	/*
	 * Gives a block back, its descriptor included. Called once per block, from any thread, without a lock; not in a
	 * forked child for a block of its parent. NULL: closing `fd` gives it back.
	 */
	void (*free)(struct imxd_instance *self, struct imxd_block *block);
	/*
	 * Optional: in the child of a fork, in place of free for a block of the parent's, and of close with block NULL:
	 * frees what the process has of its own, and leaves the mechanism alone.
	 */
	void (*forget)(struct imxd_instance *self, struct imxd_block *block);
	/*
	 * Optional: the DMA-BUF of a block without `fd`: the mechanism's own descriptor, or -1 with a sentence. The core
	 * checks and duplicates it, and finds out where in it the block begins.
	 */
	int (*get_dmabuf)(struct imxd_instance *self, struct imxd_block const *block);
	/* Optional: asks the mechanism for the address of a block whose `address` is 0. */
	int (*locate)(struct imxd_instance *self, struct imxd_block const *block, imx_physical_address_t *address);
};

#endif /* IMXD_BACKEND_H */
