/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which back ends there are, and which one to take.
 */
#ifndef IMXD_SELECTION_H
#define IMXD_SELECTION_H

#include "allocator.h"

/* The back ends that are built in, in the order in which they are tried; ends with NULL. backends/table.c */
extern struct imxd_backend const *const imxd_backends[];

/* Is "name:target" about this back end? Returns the target, "" where there is none, NULL for another name. */
char const *imxd_match_name(struct imxd_backend const *backend, char const *text);

/* What the environment says about physical addresses: REQUIRED unless it says optional. */
enum imxd_address_policy imxd_policy_from_environment(void);

/*
 * Opens one back end. Where neither a descriptor nor a target is given and IMXDMABUFFER_ALLOCATOR names this back end
 * with a target, that one is used. `tried` is as for imxd_allocator_new().
 */
ImxDmaBufferAllocator *imxd_open_backend(struct imxd_backend const *backend, struct imxd_options const *options,
	enum imxd_address_policy policy, char *tried, int *error);

/* What the constructors of 1.x do: opens a back end as the environment wants it, and reports an error. */
ImxDmaBufferAllocator *imxd_construct(struct imxd_backend const *backend, struct imxd_options const *options,
	int *error);

/* The default: what the environment names, or the first back end of the table that opens. */
ImxDmaBufferAllocator *imxd_open_default(enum imxd_address_policy policy, int *error);

/* By "name" or "name:target". */
ImxDmaBufferAllocator *imxd_open_named(char const *name, enum imxd_address_policy policy, int *error);

#endif /* IMXD_SELECTION_H */
