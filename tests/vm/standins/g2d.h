/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions of libg2d: memory and copies. G2D_WIDE selects the layout of version 2.3 and later.
 */
#ifndef STANDIN_G2D_H
#define STANDIN_G2D_H

struct g2d_buf {
	void *buf_handle;
	void *buf_vaddr;
#ifdef G2D_WIDE
	unsigned long buf_paddr;
#else
	int buf_paddr;
#endif
	int buf_size;
};

int g2d_open(void **handle);
int g2d_close(void *handle);
struct g2d_buf *g2d_alloc(int size, int cacheable);
int g2d_free(struct g2d_buf *buffer);
int g2d_copy(void *handle, struct g2d_buf *destination, struct g2d_buf *source, int size);
int g2d_finish(void *handle);
int g2d_cache_op(struct g2d_buf *buffer, int operation);
struct g2d_buf *g2d_buf_from_fd(int fd);
int g2d_buf_export_fd(struct g2d_buf *buffer);

#endif
