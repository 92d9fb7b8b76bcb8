/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CMA areas as JSON and as SVG.
 */
#include <inttypes.h>

#include "map.h"
#include "output.h"
#include "size.h"
#include "svg.h"

/* Sizes of the picture in pixels. */
#define WIDTH 860
#define LEFT 120
#define CELLS 64
#define CELL 11
#define ROW 16
#define TITLE 58
#define MARGIN 20
#define LEGEND 44
#define MAX_ROWS 32

/* In the order of enum map_state; colours that people with any vision tell apart. */
static char const *const colours[] = {"#225588", "#88aacc", "#e4e4e4", "#eecc66", "#ffffff"};

static json_object *json_number(uint64_t number)
{
	return json_object_new_int64((int64_t)number);
}

static json_object *json_area(struct cma_area const *area, struct map_request const *request)
{
	json_object *entry = json_object_new_object();
	bool known = area->bitmap != NULL;

	json_object_object_add(entry, "name", json_text(area->name));
	json_object_object_add(entry, "size", area->size ? json_number(area->size) : NULL);
	json_object_object_add(entry, "base", known ? json_number(area->base) : NULL);
	json_object_object_add(entry, "free", known ? json_number(area->free) : NULL);
	json_object_object_add(entry, "free_runs", known ? json_number(area->runs) : NULL);
	json_object_object_add(entry, "largest_run", known ? json_number(area->largest) : NULL);
	json_object_object_add(entry, "largest_run_base", known ? json_number(area->base + area->largest_at) : NULL);
	json_object_object_add(entry, "allocated_pages", area->has_counters ? json_number(area->allocated_pages) : NULL);
	json_object_object_add(entry, "failed_pages", area->has_counters ? json_number(area->failed_pages) : NULL);
	if (request->size != 0)
		json_object_object_add(entry, "fits",
			known ? json_number(cma_fit(area, request->size, request->alignment)) : NULL);
	return entry;
}

int map_print_json(struct cma const *cma, struct map_request const *request)
{
	json_object *document = json_document(), *array = json_object_new_array();

	for (size_t i = 0; i < cma->count; i++)
		json_object_array_add(array, json_area(&cma->areas[i], request));
	json_object_object_add(document, "total", cma->has_total ? json_number(cma->total) : NULL);
	json_object_object_add(document, "free", cma->has_total ? json_number(cma->free) : NULL);
	json_object_object_add(document, "areas", array);
	return output_json(document);
}

static int height_of(struct cma_area const *area)
{
	return TITLE + (int)map_scale(area, CELLS, MAX_ROWS).rows * ROW + MARGIN;
}

/* Draw the cells of one row; neighbours of one state are one rectangle. */
static void draw_row(struct svg *svg, struct cma_area const *area, struct map_scale const *scale, uint64_t row, int y)
{
	uint64_t cell_bytes = scale->cell * area->granule, first = row * scale->cells;
	char tip[96], size[SIZE_TEXT];

	for (uint64_t i = 0, next; i < scale->cells; i = next) {
		enum map_state state = map_state(area, scale, first + i);

		for (next = i + 1; next < scale->cells && map_state(area, scale, first + next) == state; next++)
			;
		if (state == MAP_OUTSIDE)
			continue;
		snprintf(tip, sizeof(tip), "%s from %#" PRIx64, size_text((next - i) * cell_bytes, size),
			area->base + (first + i) * cell_bytes);
		svg_rectangle(svg, LEFT + (int)i * CELL, y, (int)(next - i) * CELL, ROW - 2, colours[state], tip);
	}
}

static void draw_area(struct svg *svg, struct cma_area const *area, int top)
{
	struct map_scale scale = map_scale(area, CELLS, MAX_ROWS);
	char text[256], size[3][SIZE_TEXT];

	svg_label(svg, MARGIN, top + 22, 16, SVG_LEFT, area->name);
	snprintf(text, sizeof(text), "%s, %s free in %" PRIu64 " run%s, the largest %s at %#" PRIx64,
		size_text(area->size, size[0]), size_text(area->free, size[1]), area->runs, area->runs == 1 ? "" : "s",
		size_text(area->largest, size[2]), area->base + area->largest_at);
	svg_label(svg, MARGIN, top + 42, 13, SVG_LEFT, text);
	snprintf(text, sizeof(text), "one cell: %s", size_text(scale.cell * area->granule, size[0]));
	svg_label(svg, LEFT + CELLS * CELL, top + 42, 13, SVG_RIGHT, text);
	for (uint64_t row = 0; row < scale.rows; row++) {
		int y = top + TITLE + (int)row * ROW;

		snprintf(text, sizeof(text), "%#" PRIx64, area->base + row * scale.cells * scale.cell * area->granule);
		svg_label(svg, LEFT - 8, y + ROW - 5, 11, SVG_RIGHT, text);
		draw_row(svg, area, &scale, row, y);
	}
}

static void draw_legend(struct svg *svg, int y)
{
	static char const *const texts[] = {"used", "used in part", "free", "free, in the largest run"};

	for (int i = 0; i < 4; i++) {
		svg_rectangle(svg, LEFT + i * 140, y, CELL + 5, ROW - 2, colours[i], NULL);
		svg_label(svg, LEFT + i * 140 + 22, y + ROW - 5, 13, SVG_LEFT, texts[i]);
	}
}

int map_draw(struct cma const *cma, char const *path)
{
	int height = LEGEND, top = 0;
	struct svg svg;

	for (size_t i = 0; i < cma->count; i++)
		height += cma->areas[i].bitmap ? height_of(&cma->areas[i]) : 0;
	if (svg_begin(&svg, WIDTH, height, "CMA areas") != 0)
		return output_fail(EXIT_FAILED, "out of memory for the picture");
	for (size_t i = 0; i < cma->count; i++) {
		if (!cma->areas[i].bitmap)
			continue;
		draw_area(&svg, &cma->areas[i], top);
		top += height_of(&cma->areas[i]);
	}
	draw_legend(&svg, top + 8);
	return svg_end(&svg, path);
}
