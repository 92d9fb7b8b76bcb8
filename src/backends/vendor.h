/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What back ends on vendors' libraries share. The libraries are opened at run time where they are there: nothing of
 * them is needed to build this one. Their memory is mapped already.
 */
#ifndef IMXD_VENDOR_H
#define IMXD_VENDOR_H

#include "../backend.h"

/* The allocators of one library that are open in this process. Guarded by the vendors' lock. */
struct imxd_vendor_users {
	unsigned int count;
	/* The capabilities that they have found. */
	unsigned int caps;
};

/* No errno code. */
#define IMXD_VENDOR_EMPTY (-1)

/* A vendor's library, and what is wanted of it. */
struct imxd_vendor {
	/* By SONAME, the preferred one first; ends with NULL. One that is in the process already wins. */
	char const *const *sonames;
	/* A library whose functions it uses without saying so, or NULL. */
	char const *missing_dependency;
	/* The names of its functions; those from `needed` on may be missing. */
	char const *const *names;
	size_t count;
	size_t needed;
	/*
	 * Asks for memory, and learns what it is: a library that is there may have none to give, and the next allocator is
	 * to be tried then. It is told whether the library was in the process before, so that others may use it. Returns 0,
	 * an errno code with a sentence, or IMXD_VENDOR_EMPTY: the library works, as far as can be seen, and has no memory.
	 */
	int (*probe)(struct imxd_instance *self, bool was_there);
	/* The sentence for such a library, where nothing else shows that it can give memory. Returns a code. */
	int (*fail_empty)(struct imxd_instance *self);
	struct imxd_vendor_users *users;
};

/*
 * Opens the library, which is never closed: what it has started lives as long as the process. self->state[0] then
 * points to `size` bytes that begin with pointers to the functions (NULL where one is missing) and are zero otherwise;
 * node is the library's name; self->state[1] are its users once it is open. Probes at last; a library that has no
 * memory left is usable while another allocator of this process uses it.
 *
 * Returns 0, or ENOMEM, ENODEV, EINVAL (a target was given) or probe's code with a sentence; the memory is freed then.
 */
int imxd_vendor_open(struct imxd_instance *self, struct imxd_options const *options, struct imxd_vendor const *vendor,
	size_t size);

/* Undoes imxd_vendor_open(): the last step of `close`, and all of `forget`. */
void imxd_vendor_close(struct imxd_instance *self);

/* Fills a block of `size` bytes. Memory without an address or a mapping is given back: ENOTSUP and a sentence. */
int imxd_vendor_block(struct imxd_instance *self, struct imxd_block *block, void *handle, size_t size, void *cpu,
	imx_physical_address_t address);

/*
 * Is one of these nodes, a list that ends with NULL, closed to this process? Then that is why `function` of the library
 * failed, and the answer is EACCES or EPERM with a sentence. 0: none is.
 */
int imxd_vendor_fail_closed(struct imxd_instance const *self, char const *function, char const *const *nodes);

/*
 * A library does not tell, but the exporter of its memory's DMA-BUF may (0 or less: there is none). What is not cached
 * may be flushed without harm.
 */
bool imxd_vendor_may_be_cached(int fd);

/*
 * No vendor says that its functions may be called by several threads at once: one at a time. Held around calls, not
 * around anything of this library that takes a lock.
 */
void imxd_vendor_lock(void);
void imxd_vendor_unlock(void);

#endif /* IMXD_VENDOR_H */
