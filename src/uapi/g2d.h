/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory functions of libg2d, as in g2d.h and g2dExt.h of NXP's g2d 2.1 and 2.5. From 2.3 on addresses are wider:
 * on 64-bit machines there are two layouts, which are the same up to and including the lower half of the address.
 */
#ifndef IMXD_UAPI_G2D_H
#define IMXD_UAPI_G2D_H

#include <stdint.h>

struct imxd_g2d_buffer_narrow {
	void *handle;
	void *cpu;
	int32_t address;
	int32_t size;
};

struct imxd_g2d_buffer_wide {
	void *handle;
	void *cpu;
	unsigned long address;
	int32_t size;
};

struct imxd_g2d {
	void *(*alloc)(int size, int cacheable);
	int (*free)(void *buffer);
	/* Not in all versions of the library; NULL there. */
	int (*open)(void **handle);
	int (*close)(void *handle);
	int (*export_fd)(void *buffer);
};

/* The names of these functions, in that order, the ones that may be missing last. */
#define IMXD_G2D_NAMES "g2d_alloc", "g2d_free", "g2d_open", "g2d_close", "g2d_buf_export_fd"
#define IMXD_G2D_NEEDED 2

#endif /* IMXD_UAPI_G2D_H */
