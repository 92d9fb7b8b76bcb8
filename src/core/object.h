/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects behind ImxDmaBufferAllocator and ImxDmaBuffer.
 */
#ifndef IMXD_OBJECT_H
#define IMXD_OBJECT_H

#include <pthread.h>

#include "../backend/backend.h"

/* The physical address of a block or buffer. source NONE: unknown. */
struct imxd_address {
	imx_physical_address_t value;
	/* Contiguous bytes from there on, as far as known. */
	size_t length;
	ImxDmaBufferAddressSource source;
	/* Learned on the way, also by a failure. */
	enum imxd_phys phys;
};

/* The state of a mapping. It changes under the lock, except for the count of maps above 0. */
struct imxd_mapping {
	pthread_mutex_t lock;
	/* The holder's state of cancellation before it took the lock. */
	int cancel_state;
	/* Byte 0 of the buffer; NULL if there is no mapping, not even a kept one. */
	uint8_t *address;
	/* The turn in which the mapping was kept (core/cpu_map.c); 0: it is not kept. */
	_Atomic unsigned long kept;
	/* PROT_… of the mapping. */
	int protection;
	/* The kernel has refused to unmap the memory: a driver must not get it back. */
	bool is_lost;
	/* 0 if the buffer is not mapped; otherwise the number of maps times 4, plus the access of the mapping. */
	_Atomic unsigned int state;
	/* Flags of the first map, with READ or WRITE filled in. */
	unsigned int flags;
	bool in_session;
	/* The CPU may have written outside of a session: its caches may have data that nobody will clean. */
	_Atomic bool is_dirty;
	/* The next session is the first one of a mapping with OVERWRITE. */
	bool overwrites;
	/* The warning about a further map that asked for MANUAL_SYNC was given. */
	_Atomic bool has_warned;
	/* NULL before the first session. */
	struct imxd_sync const *sync;
	/* The strategy has been chosen, and the log does not have it yet. */
	bool sync_is_new;
	/* The sessions on the same DMA-BUF (core/sharing.h); NULL before the first session. */
	struct imxd_sharing *sharing;
};

/* The protection of a mapping in a forked child, until it is set there. */
#define IMXD_PROTECTION_UNKNOWN (-1)

struct imxd_allocator;
struct imxd_pool;
struct imxd_sharing;
struct imxd_slab;
struct imxd_slab_block;
struct imxd_views;

struct imxd_buffer {
	ImxDmaBuffer parent;
	/* Constant once the buffer is handed out: the getters read them without a lock. */
	size_t size;
	imx_physical_address_t physical_address;
	/* Offset of byte 0 in the block. */
	size_t offset;
	struct imxd_block block;
	/* Of the block: see imxd_address_narrow(). */
	struct imxd_address address;
	struct imxd_mapping mapping;
	/* The program has seen the descriptor: others may have one, too. */
	_Atomic bool is_known;
	/* In a pool: the references to the DMA-BUF that the library has without a mapping and a device; 0: not known. */
	int references;
	/* The references that the library's attached device has. */
	int attached_references;
	/* The program has set the name of its DMA-BUF; any thread may. */
	_Atomic bool is_named;
	/* The name that was sent with a received buffer; constant. */
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	/* Of a view (core/view.h): the buffer whose memory it is a part of; otherwise NULL. Constant. */
	struct imxd_buffer *whole;
	/* Of a buffer with views; otherwise NULL. Guarded by IMXD_LOCK_LIVE. */
	struct imxd_views *views;
	/* Made from a descriptor: other buffers may be on the same DMA-BUF. Constant. */
	bool is_import;
	/* In a forked child: the memory is the parent's. */
	bool inherited;
	/* The allocator that frees the buffer, whatever a program writes into parent.allocator. */
	struct imxd_allocator *owner;
	/* The owner's list of live buffers. */
	struct imxd_buffer *next;
	struct imxd_buffer *previous;
};

/* A buffer of a pool (core/pool.h). Its own members are guarded by IMXD_LOCK_LIVE. */
struct imxd_pooled {
	struct imxd_buffer buffer;
	/* SPENT: the buffer was freed, and only the structure is left. */
	enum { IMXD_POOLED_USED, IMXD_POOLED_IDLE, IMXD_POOLED_SPENT } state;
	/* The list of idle buffers, or that of spent structures. */
	struct imxd_pooled *newer, *older;
	/* The size that the block was allocated for, and the alignment of the latest buffer in it. */
	size_t class_size, alignment;
	/* The time when it became idle, in milliseconds. */
	uint64_t since;
	/* imxd_forks() when it was given out. */
	unsigned long forks;
	/* The pool's turn in which it was found not to be free; 0: none. */
	unsigned long looked;
	/* A thread is looking at it. */
	bool is_busy;
	/* The buffer was made all of the block, to be refreshed. */
	bool is_whole;
};

/* A small buffer of a slab (core/slab.h). */
struct imxd_piece {
	struct imxd_buffer view;
	struct imxd_slab_block *block;
	unsigned int number;
};

/* The treatment of physical addresses by allocation. */
enum imxd_address_policy {
	/* As REQUIRED, or as OPTIONAL if the back end has address_optional. */
	IMXD_ADDRESS_DEFAULT,
	/* Find the address, or fail: a device must never be given address 0 by accident. */
	IMXD_ADDRESS_REQUIRED,
	/* Try to find it. */
	IMXD_ADDRESS_OPTIONAL,
	/* Take it only if the driver gives it together with the memory. */
	IMXD_ADDRESS_NOT_WANTED
};

struct imxd_allocator {
	ImxDmaBufferAllocator parent;
	struct imxd_device device;
	enum imxd_address_policy policy;
	/* How its buffers may be kept coherent. */
	enum imxd_sync_choice sync;
	/*
	 * The largest block: the mechanism's limit, at most the memory of this machine. Not every heap checks the size
	 * first: the system heap of Linux 6.1 takes page after page until the kernel ends processes.
	 */
	size_t max_size;
	/* No mapping of its buffers is kept. */
	bool drops_mappings;
	/* Of a pool or a slab (core/pool.h, core/slab.h), whose device is that of `inner`; otherwise NULL. */
	struct imxd_pool *pool;
	struct imxd_slab *slab;
	struct imxd_allocator *inner;
	/* May the DMA-BUFs of a pool be polled? 0: not known yet, 1: yes, 2: no. */
	_Atomic int can_poll;
	/* Pools and slabs around this allocator, which keep it alive, and 1 for the program. Guarded by IMXD_LOCK_LIVE. */
	unsigned int users;
	/* In a forked child: the device is the parent's. */
	bool inherited;
	/* Guarded by IMXD_LOCK_LIVE. */
	struct imxd_buffer *live;
	struct imxd_allocator *next;
};

#endif /* IMXD_OBJECT_H */
