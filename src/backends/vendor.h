/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by the back ends on vendors' libraries. The library is opened at run time; nothing of it is needed to build.
 * Its memory is mapped already.
 */
#ifndef IMXD_VENDOR_H
#define IMXD_VENDOR_H

#include "../backend/backend.h"
#include "../base/error.h"

/* The state of a vendor's library in this process. Zero at first; guarded by the vendors' lock. */
struct imxd_vendor_state {
	/* The library in use, NULL before it is loaded, and its functions. */
	char const *soname;
	void *functions[8];
	/* Why there is no library, "" before the search for it. */
	char absent[IMXD_MESSAGE_SIZE / 4];
};

/* A vendor's library. */
struct imxd_vendor {
	struct imxd_vendor_state *state;
	/* SONAMEs, the preferred one first; ends with NULL. A library that the process has loaded already is used. */
	char const *const *sonames;
	/* A library whose functions it uses without being linked with it, or NULL. */
	char const *missing_dependency;
	/* The names of its functions; those from `needed` on are optional. */
	char const *const *names;
	size_t count;
	size_t needed;
	/* The nodes that the library opens by itself, for messages. */
	char const *nodes;
};

/*
 * Load the library, which is never closed, and look up its functions: `count` pointers at `functions`, NULL for a
 * missing optional one. The process searches for a library once, and does not find one that is installed later. Sets
 * device->node to the library's name. Returns 0, -ENODEV, or -EINVAL if a target was given.
 */
int imxd_vendor_load(struct imxd_device *device, struct imxd_options const *options, struct imxd_vendor const *vendor,
	void *functions);

/* Set the message for a library that is there but gives no memory to `function`. Returns -ENODEV. */
int imxd_vendor_fail(struct imxd_device const *device, struct imxd_vendor const *vendor, char const *function);

/* Set the message for an allocation that `function` refused. Returns -ENOMEM. */
int imxd_vendor_fail_memory(struct imxd_device const *device, char const *function, size_t size);

/* Fill a block. Memory without an address or a mapping is freed again, and -ENOTSUP returned. */
int imxd_vendor_fill_block(struct imxd_device *device, struct imxd_block *block, void *handle, size_t size, void *cpu,
	imx_physical_address_t address);

/*
 * No vendor promises that several threads may call the functions at the same time: hold this lock around each call, and
 * not around anything that takes another lock.
 */
void imxd_vendor_lock(void);
void imxd_vendor_unlock(void);

#endif /* IMXD_VENDOR_H */
