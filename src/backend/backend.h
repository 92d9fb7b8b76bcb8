/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract between the core and the back ends.
 *
 * A back end is one file in backends/. It contains only the differences of one mechanism: how to open it, how to
 * allocate and free a block of memory, and the traits of such a block. The core does the rest: objects, alignment,
 * mapping, sync sessions, physical addresses, checks of arguments, lists, locks. A back end may include backend/,
 * dmabuf/, base/ and its part of uapi/.
 *
 * Functions return 0 on success. On failure they return a negative errno code after imxd_fail().
 */
#ifndef IMXD_BACKEND_H
#define IMXD_BACKEND_H

#include <fcntl.h>

#include "../dmabuf/block.h"
#include "../dmabuf/sync.h"

/* Who maintains caches: by the facts (AUTO), the process wherever possible (USER), or the kernel. */
enum imxd_sync_choice { IMXD_SYNC_FROM_ENVIRONMENT, IMXD_SYNC_AUTO, IMXD_SYNC_USER, IMXD_SYNC_KERNEL };

/* Arguments of a constructor. */
struct imxd_options {
	/* The text behind the colon of "name:target", or NULL. Usually the device node to open. */
	char const *target;
	/* A descriptor of the caller to use instead of opening a node, or -1. It stays the caller's. */
	int fd;
	/* Flags of the mechanism's own allocation call, for blocks and for their descriptors. */
	unsigned int heap_flags;
	unsigned int fd_flags;
	/* Mask of heaps, if the mechanism numbers them. */
	unsigned int heap_mask;
	/* Is the memory cached, according to the caller? */
	ImxDmaBufferTristate cached;
	/* How the core may keep caches coherent. */
	enum imxd_sync_choice sync;
};

/* Default arguments. */
#define IMXD_OPTIONS_NONE ((struct imxd_options){.fd = -1, .fd_flags = O_RDWR | O_CLOEXEC, .heap_mask = 1})

struct imxd_backend;
struct imxd_shared_node;

/* An open mechanism. `open` fills it, the core reads it. */
struct imxd_device {
	/* `open` may replace it with a variant of the same name and private_size, which is used from then on. */
	struct imxd_backend const *backend;
	/* Descriptor of the node, -1 if there is none. */
	int fd;
	/* The core closes fd. */
	bool owns_fd;
	/* The core releases this share of a node (backend/node_share.h); NULL if there is none. */
	struct imxd_shared_node *share;
	/* Traits of the blocks to come. `allocate` may change them for a block. */
	struct imxd_traits traits;
	/* The largest size that the mechanism can express; 0: any. */
	size_t max_size;
	/* The mechanism's own way to synchronise cached memory; NULL: the core uses the block's descriptor. */
	struct imxd_sync const *sync;
	/* For the core: /proc/self/pagemap has no page frames for this process. */
	_Atomic bool hides_frames;
	/* The node or library in use, "" if there is none. */
	char node[IMX_DMA_BUFFER_NODE_SIZE];
	/* private_size bytes for the back end, zero at first; the core frees them. */
	void *private;
};

struct imxd_backend {
	/* The name for programs and users, as in backends/list.h. */
	char const *name;
	/* A few words for lists. */
	char const *description;
	/* Size of imxd_device.private. */
	size_t private_size;
	/* Buffers are DMA-BUFs: no mechanism without them is taken in place of this one. */
	bool has_dmabufs;
	/* Never the default: the program has to name it. */
	bool by_name_only;
	/* The node that imxd_device_open() opens stays open until the process ends. */
	bool keeps_node;
	/* Allocating does not require a physical address, unless the program asks for one. */
	bool address_optional;

	/*
	 * Open the mechanism. Called once per allocator. Fills *device; backend and private are set, fd is -1, the rest is
	 * zero. On failure the core undoes imxd_device_open(), and the back end everything else; device->node may name the
	 * node that was tried.
	 */
	int (*open)(struct imxd_device *device, struct imxd_options const *options);
	/* Optional: undo open, except for fd, share and private. */
	void (*close)(struct imxd_device *device);
	/*
	 * Allocate a block of at least `size` bytes (1 to SIZE_MAX - 4095, at most max_size). *block is IMXD_BLOCK_INIT
	 * with the traits of the device. Called from any thread without a lock. Makes the mechanism's own calls and no
	 * others.
	 */
	int (*allocate)(struct imxd_device *device, size_t size, struct imxd_block *block);
	/*
	 * Optional: free a block, its descriptor included. Without it, the core closes block->fd. Called once per block,
	 * from any thread without a lock, but not in a forked child for a block of its parent.
	 */
	void (*free)(struct imxd_device *device, struct imxd_block *block);
	/*
	 * Optional, for mechanisms that keep malloc'd memory. Called in a forked child instead of `free` for a block of the
	 * parent, and with block NULL instead of `close`. Frees the child's malloc'd memory, and leaves the mechanism
	 * alone.
	 */
	void (*release_in_child)(struct imxd_device *device, struct imxd_block *block);
	/*
	 * Optional: return the DMA-BUF of a block without `fd`, a descriptor that stays the mechanism's. The core checks
	 * and duplicates it, and finds the offset of the block in it.
	 */
	int (*get_dmabuf)(struct imxd_device *device, struct imxd_block const *block);
	/* Optional: ask the driver for the physical address of a block whose `address` is 0. */
	int (*get_phys_addr)(struct imxd_device *device, struct imxd_block const *block, imx_physical_address_t *address);
};

#endif /* IMXD_BACKEND_H */
