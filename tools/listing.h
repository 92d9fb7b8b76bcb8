/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocators of the library on this machine.
 */
#ifndef TOOLS_LISTING_H
#define TOOLS_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

#define MAX_ALLOCATORS 16

struct listing {
	ImxDmaBufferAllocatorInfo infos[MAX_ALLOCATORS];
	size_t count;
	/* The name of the default allocator; NULL: there is none, see default_error. */
	char const *default_name;
	char default_error[4096];
};

/* Query all allocators. Returns an exit code. */
int listing_fill(struct listing *listing);

bool listing_is_default(struct listing const *listing, ImxDmaBufferAllocatorInfo const *info);

/*
 * Is the allocator usable only by programs that need no physical address? Allocation fails for others, unless the
 * environment says that they need none. The host allocator never requires an address.
 */
bool listing_needs_option(ImxDmaBufferAllocatorInfo const *info);

/* Owner and mode of a device node; empty texts without a node. */
struct owner {
	char user[64], group[64], mode[16];
};

/* Look up the owner. Without a slash, `node` is the name of a library or a kind of memory, which has none. */
void listing_owner(char const *node, struct owner *owner);

#endif /* TOOLS_LISTING_H */
