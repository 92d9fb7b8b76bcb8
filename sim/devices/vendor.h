/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Services for the libraries in sim/vendor. The libraries find these functions in the program that has the simulator,
 * or in the preloaded library. Their own calls of the kernel are neither simulated nor counted. All functions but the
 * last two may be called from any thread, without the lock.
 */
#ifndef SIM_VENDOR_H
#define SIM_VENDOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/constants.h"

/* The objects that a library hands out. A pointer identifies each. */
enum sim_vendor_kind { SIM_G2D_HANDLE, SIM_G2D_BUFFER, SIM_DWL_INSTANCE, SIM_DWL_MEMORY };

enum sim_vendor_cache { SIM_CACHE_CLEAN, SIM_CACHE_FLUSH, SIM_CACHE_INVALIDATE };

struct sim_vendor_memory {
	void *pointer; /* the CPU's address */
	uint64_t address; /* the physical address */
	uint64_t size; /* in whole pages */
	int fd; /* a DMA-BUF if requested, or -1 */
	void *block;
};

/* Count a call of the library. Returns false if the call is scripted to fail. */
bool sim_vendor_call(enum sim_call call);

/* Return whether the node exists and can be opened. */
bool sim_vendor_opens(char const *path);

/*
 * Allocate and map memory of a node: a heap, a driver, or /dev/ion with mask 1. Returns false without such a node or
 * without memory. Pass the memory to sim_vendor_keep() or free it.
 */
bool sim_vendor_allocate(char const *path, uint64_t size, bool cached, bool with_fd, struct sim_vendor_memory *memory);
void sim_vendor_free(struct sim_vendor_memory const *memory);

/* Register an object, with memory or without (NULL). Returns false without room. */
bool sim_vendor_keep(enum sim_vendor_kind kind, void const *key, struct sim_vendor_memory const *memory);
/* Remove an object and free its memory. Returns false for an unknown object, which is a misuse. */
bool sim_vendor_drop(enum sim_vendor_kind kind, void const *key);
/* Return whether an object is registered. If `must` is true, an unknown object is a misuse. */
bool sim_vendor_has(enum sim_vendor_kind kind, void const *key, bool must);
/* The number of objects. */
unsigned int sim_vendor_number(enum sim_vendor_kind kind);
/* Maintain the caches of an object. Returns false for an unknown object, which is a misuse. */
bool sim_vendor_maintain(enum sim_vendor_kind kind, void const *key, enum sim_vendor_cache operation);
/* Read, write or copy by physical address, as a device does. Returns false if a part of a range is no memory. */
bool sim_vendor_access(uint64_t address, void *data, size_t length, bool write);
bool sim_vendor_copy(uint64_t destination, uint64_t source, size_t length);
/* Return the library's own descriptor of an object's memory, or -1. */
int sim_vendor_export(enum sim_vendor_kind kind, void const *key);
/* Return the address of a DMA-BUF, or 0. */
uint64_t sim_vendor_get_phys_addr(int fd);

/* sim_hantro_memory(), sim_hantro_is_cached() and sim_galcore_maintains() for libraries. */
char const *sim_vendor_dwl_memory(uint32_t client, bool at_init);
bool sim_vendor_dwl_cached(void);
bool sim_vendor_g2d_maintains(void);

/* The number of open handles of G2D and instances of DWL. Needs the lock. */
unsigned int sim_vendor_handles(void);
/* Remove all objects and free their memory. Needs the lock. */
void sim_vendor_reset(void);

#endif /* SIM_VENDOR_H */
