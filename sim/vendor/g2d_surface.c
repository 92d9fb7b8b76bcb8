/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of the stand-in for libg2d that works on surfaces: g2d_clear() and g2d_blit() for formats of 32 bits, with
 * the order of the channels and the nearest pixel where sizes differ. The device works by physical address, so it sees
 * the data of a CPU's cache only after that was cleaned. Blending and rotation do not exist here.
 */
#include "g2d.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "devices/vendor.h"

#define OK 0
#define FAIL (-1)
#define PIXEL 4

/* Return the order of the bytes, or NULL for other formats. X is no channel. */
static char const *order_of(int format)
{
	static char const *const orders[] = {[G2D_RGBA8888] = "RGBA",
		[G2D_RGBX8888] = "RGBX",
		[G2D_BGRA8888] = "BGRA",
		[G2D_BGRX8888] = "BGRX",
		[G2D_ARGB8888] = "ARGB",
		[G2D_ABGR8888] = "ABGR",
		[G2D_XRGB8888] = "XRGB",
		[G2D_XBGR8888] = "XBGR"};

	return (format >= 0 && (size_t)format < sizeof(orders) / sizeof(orders[0])) ? orders[format] : NULL;
}

static int is_usable(struct g2d_surface const *surface)
{
	return surface && order_of(surface->format) && surface->left >= 0 && surface->top >= 0 &&
		surface->left < surface->right && surface->top < surface->bottom && surface->right <= surface->width &&
		surface->bottom <= surface->height && surface->width <= surface->stride && surface->rot == 0;
}

static size_t width_of(struct g2d_surface const *surface)
{
	return (size_t)(surface->right - surface->left);
}

static size_t height_of(struct g2d_surface const *surface)
{
	return (size_t)(surface->bottom - surface->top);
}

/* Read or write one line of the rectangle. */
static bool access_line(struct g2d_surface const *surface, size_t line, uint8_t *pixels, bool write)
{
	size_t first = ((size_t)surface->top + line) * (size_t)surface->stride + (size_t)surface->left;
#ifdef G2D_WIDE
	uint64_t address = surface->planes[0];
#else
	uint64_t address = (uint32_t)surface->planes[0];
#endif

	return sim_vendor_access(address + first * PIXEL, pixels, width_of(surface) * PIXEL, write);
}

/* Reorder the channels of one pixel. A channel that the source does not have is opaque. */
static void convert(uint8_t *pixel, char const *order, uint8_t const *source, char const *source_order)
{
	for (size_t i = 0; i < PIXEL; i++) {
		char const *place = (order[i] != 'X') ? strchr(source_order, order[i]) : NULL;

		pixel[i] = place ? source[place - source_order] : 0xff;
	}
}

int g2d_clear(void *handle, struct g2d_surface *area)
{
	uint8_t *pixels, color[PIXEL];
	bool done = sim_vendor_call(SIM_CALL_G2D_DRAW) && sim_vendor_has(SIM_G2D_HANDLE, handle, true);

	if (!done || !is_usable(area))
		return FAIL;
	pixels = malloc(width_of(area) * PIXEL);
	if (!pixels)
		return FAIL;
	for (size_t i = 0; i < PIXEL; i++)
		color[i] = (uint8_t)((unsigned int)area->clrcolor >> (8 * i));
	for (size_t i = 0; i < width_of(area); i++)
		convert(pixels + i * PIXEL, order_of(area->format), color, "RGBA");
	for (size_t line = 0; done && line < height_of(area); line++)
		done = access_line(area, line, pixels, true);
	free(pixels);
	return done ? OK : FAIL;
}

static bool blit_line(struct g2d_surface const *source, struct g2d_surface const *destination, size_t line,
	uint8_t *pixels, uint8_t *source_pixels)
{
	if (!access_line(source, line * height_of(source) / height_of(destination), source_pixels, false))
		return false;
	for (size_t i = 0; i < width_of(destination); i++)
		convert(pixels + i * PIXEL, order_of(destination->format),
			source_pixels + i * width_of(source) / width_of(destination) * PIXEL, order_of(source->format));
	return access_line(destination, line, pixels, true);
}

int g2d_blit(void *handle, struct g2d_surface *source, struct g2d_surface *destination)
{
	uint8_t *pixels, *source_pixels;
	bool done = sim_vendor_call(SIM_CALL_G2D_DRAW) && sim_vendor_has(SIM_G2D_HANDLE, handle, true);

	if (!done || !is_usable(source) || !is_usable(destination))
		return FAIL;
	pixels = malloc(width_of(destination) * PIXEL);
	source_pixels = malloc(width_of(source) * PIXEL);
	done = pixels && source_pixels;
	for (size_t line = 0; done && line < height_of(destination); line++)
		done = blit_line(source, destination, line, pixels, source_pixels);
	free(pixels);
	free(source_pixels);
	return done ? OK : FAIL;
}
