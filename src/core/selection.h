/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The choice of a back end.
 */
#ifndef IMXD_SELECTION_H
#define IMXD_SELECTION_H

#include "object.h"

/* Return a back end that is built in, in the order of backends/list.h; NULL behind the last one. */
struct imxd_backend const *imxd_backend_at(size_t index);

/* Return the policy of IMXDMABUFFER_PHYSICAL_ADDRESS: DEFAULT or OPTIONAL. */
enum imxd_address_policy imxd_policy_from_environment(void);

/* Find the back end of "name" or "name:target". Returns 0 with *backend and *target (NULL without one), or -EINVAL. */
int imxd_find_backend(char const *text, struct imxd_backend const **backend, char const **target);

/*
 * Open a back end. If neither a descriptor nor a target is given, and IMXDMABUFFER_ALLOCATOR names this back end with a
 * target, that target is used. Returns as imxd_allocator_new().
 */
int imxd_open_backend(struct imxd_backend const *backend, struct imxd_options const *options,
	enum imxd_address_policy policy, char *tried, struct imxd_allocator **allocator);

/*
 * Return what follows "pool:" in the name of an allocator, "" for "pool" alone, NULL if the name is of no pool.
 */
char const *imxd_skip_pool(char const *text);

/*
 * Open "name", "name:target", or a pool around it or around the default ("pool:name", "pool"). Returns 0 with
 * *allocator or a negative errno code.
 */
int imxd_open_named(char const *text, struct imxd_options const *options, enum imxd_address_policy policy,
	struct imxd_allocator **allocator);

/*
 * Open the default allocator: the one in IMXDMABUFFER_ALLOCATOR, or the first back end that works. The search does not
 * go on from a mechanism with DMA-BUFs that is there but closed to one without: -EACCES or -EPERM.
 */
int imxd_open_default(struct imxd_options const *options, enum imxd_address_policy policy,
	struct imxd_allocator **allocator);

#endif /* IMXD_SELECTION_H */
