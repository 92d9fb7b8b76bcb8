/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that is linked to nothing: it finds libg2d by name, fills and copies surfaces, and looks at the pixels. It
 * is built for each layout of libg2d (G2D_WIDE or not).
 *
 * exit status: 0, or 1 with a line for each failed check
 */
#include "../vm/standins/g2d.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../../include/imxdmabuffer/imxdmabuffer_sim.h"

#define WIDTH 50
#define HEIGHT 20
#define STRIDE 64
#define CLEAN 0
#define INVALIDATE 2

static int failures;

#define CHECK(condition)                                                                                               \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			printf("line %d: %s\n", __LINE__, #condition);                                                             \
			failures++;                                                                                                \
		}                                                                                                              \
	} while (0)

static __typeof__(g2d_open) *open_g2d;
static __typeof__(g2d_close) *close_g2d;
static __typeof__(g2d_alloc) *alloc;
static __typeof__(g2d_free) *free_g2d;
static __typeof__(g2d_cache_op) *cache_op;
static __typeof__(g2d_clear) *clear;
static __typeof__(g2d_blit) *blit;
static __typeof__(g2d_flush) *flush;
static __typeof__(g2d_finish) *finish;

/* ISO C does not convert an object pointer to a function pointer. */
static void find(void *library, char const *name, void *function)
{
	void *symbol = dlsym(library, name);

	if (symbol)
		memcpy(function, &symbol, sizeof(symbol));
	CHECK(symbol != NULL);
}

static void *load(void)
{
	void *library = dlopen("libg2d.so.2", RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		printf("%s\n", dlerror());
		return NULL;
	}
	find(library, "g2d_open", &open_g2d);
	find(library, "g2d_close", &close_g2d);
	find(library, "g2d_alloc", &alloc);
	find(library, "g2d_free", &free_g2d);
	find(library, "g2d_cache_op", &cache_op);
	find(library, "g2d_clear", &clear);
	find(library, "g2d_blit", &blit);
	find(library, "g2d_flush", &flush);
	find(library, "g2d_finish", &finish);
	return (failures == 0) ? library : NULL;
}

static struct g2d_surface surface_of(struct g2d_buf const *buffer, int format)
{
	return (struct g2d_surface){.format = format,
		.planes = {buffer->buf_paddr},
		.right = WIDTH,
		.bottom = HEIGHT,
		.stride = STRIDE,
		.width = WIDTH,
		.height = HEIGHT};
}

/* The bytes of a pixel, the first one highest. */
static uint32_t pixel(struct g2d_buf const *buffer, int x, int y)
{
	uint8_t const *bytes = (uint8_t const *)buffer->buf_vaddr + 4 * (y * STRIDE + x);

	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void check_clear(void *handle, struct g2d_buf *buffer)
{
	struct g2d_surface area = surface_of(buffer, G2D_BGRA8888);

	memset(buffer->buf_vaddr, 0, 4 * STRIDE * HEIGHT);
	area.left = 3;
	area.top = 2;
	area.right = 6;
	area.bottom = 5;
	area.clrcolor = 0x44332211;
	CHECK(clear(handle, &area) == 0 && finish(handle) == 0);
	CHECK(pixel(buffer, 3, 2) == 0x33221144 && pixel(buffer, 5, 4) == 0x33221144);
	CHECK(pixel(buffer, 2, 2) == 0 && pixel(buffer, 6, 2) == 0 && pixel(buffer, 3, 1) == 0 && pixel(buffer, 3, 5) == 0);
	area.format = G2D_XRGB8888;
	CHECK(clear(handle, &area) == 0 && pixel(buffer, 3, 2) == 0xff112233);
	area.format = G2D_NV12;
	CHECK(clear(handle, &area) == -1);
	area.format = G2D_RGBA8888;
	area.right = WIDTH + 1;
	CHECK(clear(handle, &area) == -1);
	area.right = 6;
	area.planes[0] = 4096;
	CHECK(clear(handle, &area) == -1 && pixel(buffer, 3, 2) == 0xff112233);
}

static void check_blit(void *handle, struct g2d_buf *from, struct g2d_buf *to)
{
	struct g2d_surface source = surface_of(from, G2D_RGBX8888), target = surface_of(to, G2D_ABGR8888);

	for (int i = 0; i < STRIDE * HEIGHT; i++)
		memcpy((uint8_t *)from->buf_vaddr + 4 * i, (uint8_t[]){(uint8_t)(i % STRIDE), (uint8_t)(i / STRIDE), 7, 8}, 4);
	memset(to->buf_vaddr, 0, 4 * STRIDE * HEIGHT);
	source.left = 1;
	target.right = WIDTH - 1;
	CHECK(blit(handle, &source, &target) == 0 && flush(handle) == 0 && finish(handle) == 0);
	CHECK(pixel(to, 0, 0) == 0xff070001 && pixel(to, 48, 19) == 0xff071331 && pixel(to, 49, 0) == 0);
	/* To the double size. */
	source = surface_of(from, G2D_RGBA8888);
	source.right = WIDTH / 2;
	source.bottom = HEIGHT / 2;
	target = surface_of(to, G2D_RGBA8888);
	CHECK(blit(handle, &source, &target) == 0);
	CHECK(pixel(to, 0, 0) == 0x00000708 && pixel(to, 1, 1) == 0x00000708 && pixel(to, 2, 1) == 0x01000708);
	CHECK(pixel(to, 49, 19) == 0x18090708);
	source.rot = 1;
	CHECK(blit(handle, &source, &target) == -1 && blit(handle, &target, NULL) == -1);
	CHECK(imxdmabuffer_sim_fail("g2d-draw", 1, EIO, 1) == 0);
	CHECK(clear(handle, &target) == -1 && clear(handle, &target) == 0 && imxdmabuffer_sim_count("g2d-draw") > 0);
}

/* The device reads memory: it has old pixels until the CPU's cache is cleaned. So has the CPU, of the device's. */
static void check_caches(void *handle, struct g2d_buf *from, struct g2d_buf *to)
{
	struct g2d_surface source = surface_of(from, G2D_RGBA8888), target = surface_of(to, G2D_RGBA8888);

	memset(from->buf_vaddr, 1, 4 * STRIDE * HEIGHT);
	CHECK(cache_op(from, CLEAN) == 0);
	memset(from->buf_vaddr, 2, 4 * STRIDE * HEIGHT);
	CHECK(blit(handle, &source, &target) == 0 && pixel(to, 9, 9) == 0x01010101);
	CHECK(cache_op(from, CLEAN) == 0);
	CHECK(blit(handle, &source, &target) == 0 && pixel(to, 9, 9) == 0x02020202);
	source.clrcolor = 0x03030303;
	CHECK(clear(handle, &source) == 0 && pixel(from, 9, 9) == 0x02020202);
	CHECK(cache_op(from, INVALIDATE) == 0 && pixel(from, 9, 9) == 0x03030303);
}

int main(void)
{
	struct g2d_buf *buffers[3] = {NULL};
	void *handle = NULL;

	if (!load() || open_g2d(&handle) != 0)
		return 1;
	for (int i = 0; i < 3; i++) {
		buffers[i] = alloc(4 * STRIDE * HEIGHT, i == 2);
		if (!buffers[i])
			return 1;
	}
	check_clear(handle, buffers[0]);
	check_blit(handle, buffers[0], buffers[1]);
	check_caches(handle, buffers[2], buffers[1]);
	CHECK(imxdmabuffer_sim_misuses() == 0);
	CHECK(blit(&handle, NULL, NULL) == -1 && imxdmabuffer_sim_misuses() == 1);
	for (int i = 0; i < 3; i++)
		CHECK(free_g2d(buffers[i]) == 0);
	CHECK(close_g2d(handle) == 0 && imxdmabuffer_sim_live_buffers() == 0);
	if (failures == 0)
		printf("passed\n");
	return failures != 0;
}
