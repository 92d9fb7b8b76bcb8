/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions of libg2d: memory, copies, and surfaces of 32-bit formats. G2D_WIDE selects the layout of version 2.3 and
 * later.
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

/* The names are the order of the bytes in memory. */
enum g2d_format {
	G2D_RGB565 = 0,
	G2D_RGBA8888 = 1,
	G2D_RGBX8888 = 2,
	G2D_BGRA8888 = 3,
	G2D_BGRX8888 = 4,
	G2D_BGR565 = 5,
	G2D_ARGB8888 = 6,
	G2D_ABGR8888 = 7,
	G2D_XRGB8888 = 8,
	G2D_XBGR8888 = 9,
	G2D_NV12 = 20
};

/* The rectangle is from left and top up to, but without, right and bottom. Stride, width and height are in pixels. */
struct g2d_surface {
	int format;
#ifdef G2D_WIDE
	unsigned long planes[3];
#else
	int planes[3];
#endif
	int left, top, right, bottom;
	int stride;
	int width, height;
	int blendfunc; /* without effect while blending is off */
	int global_alpha;
	int clrcolor; /* red in the lowest byte, then green, blue, alpha */
	int rot; /* 0: none */
};

int g2d_open(void **handle);
int g2d_close(void *handle);
struct g2d_buf *g2d_alloc(int size, int cacheable);
int g2d_free(struct g2d_buf *buffer);
int g2d_copy(void *handle, struct g2d_buf *destination, struct g2d_buf *source, int size);
int g2d_clear(void *handle, struct g2d_surface *area);
int g2d_blit(void *handle, struct g2d_surface *source, struct g2d_surface *destination);
int g2d_flush(void *handle);
int g2d_finish(void *handle);
int g2d_cache_op(struct g2d_buf *buffer, int operation);
struct g2d_buf *g2d_buf_from_fd(int fd);
int g2d_buf_export_fd(struct g2d_buf *buffer);

#endif
