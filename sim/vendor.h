/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the simulator does for the libraries in vendor/. They find these functions in the program that has the
 * simulator, or in the preloaded one; their calls of the kernel are not played and count nowhere. Any thread may call
 * these.
 */
#ifndef SIM_VENDOR_H
#define SIM_VENDOR_H

#include <stdbool.h>
#include <stdint.h>

#include "sim.h"

/* What a library gives out, and gets back by a pointer. */
enum sim_vendor_kind { SIM_G2D_HANDLE, SIM_G2D_BUFFER, SIM_DWL_INSTANCE, SIM_DWL_MEMORY };

enum sim_vendor_cache { SIM_CACHE_CLEAN, SIM_CACHE_FLUSH, SIM_CACHE_INVALIDATE };

struct sim_vendor_memory {
	void *pointer; /* the CPU's */
	uint64_t address;
	uint64_t size; /* in whole pages */
	int fd; /* a DMA-BUF, if one was wanted, or -1 */
	void *block;
};

/* Counts a call of the library. False if it is scripted to fail. */
bool sim_vendor_call(enum sim_call call);

/* Whether this node is there and can be opened. */
bool sim_vendor_opens(char const *path);

/*
 * Maps new memory from the node of a device, a heap, or /dev/ion with mask 1. False if there is no such node, or no
 * memory. What is not kept must be freed.
 */
bool sim_vendor_allocate(char const *path, uint64_t size, bool cached, bool with_fd, struct sim_vendor_memory *memory);
void sim_vendor_free(struct sim_vendor_memory const *memory);

/* Takes note of what the library gives out: an object without memory, or one that is this memory. False: no room. */
bool sim_vendor_keep(enum sim_vendor_kind kind, void const *key, struct sim_vendor_memory const *memory);
/* It comes back, and its memory is freed. False for one that is not there, which is a misuse. */
bool sim_vendor_drop(enum sim_vendor_kind kind, void const *key);
/* Whether it is there; if not, that is a misuse if `must` says so. */
bool sim_vendor_has(enum sim_vendor_kind kind, void const *key, bool must);
unsigned int sim_vendor_number(enum sim_vendor_kind kind);
/* False for memory that is not there, which is a misuse. */
bool sim_vendor_maintain(enum sim_vendor_kind kind, void const *key, enum sim_vendor_cache operation);
/* A descriptor of the memory, the library's own. -1 without. */
int sim_vendor_export(enum sim_vendor_kind kind, void const *key);
/* The address of a DMA-BUF, or 0. */
uint64_t sim_vendor_locate(int fd);

/* Statement dwl: where the memory comes from, or NULL if this client type is refused. And whether that is cached. */
char const *sim_vendor_dwl_memory(uint32_t client, bool at_init);
bool sim_vendor_dwl_cached(void);
/* Statement g2d: whether g2d_cache_op() works. */
bool sim_vendor_g2d_maintains(void);

#endif /* SIM_VENDOR_H */
