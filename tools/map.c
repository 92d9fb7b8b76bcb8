/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer map: the CMA areas as a picture, and whether a buffer fits.
 */
#include "map.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "size.h"

/* Columns of an address and its blank. */
#define ADDRESS_COLUMNS 14
#define MAX_CELLS 64

#define ADVICE "root can read them if debugfs is mounted on /sys/kernel/debug and the kernel has CONFIG_CMA_DEBUGFS"

static int read_size_of_map(char const *text, struct map_request *request)
{
	char message[SIZE_MESSAGE];

	if (request->size != 0)
		return output_fail_usage("takes one SIZE, but \"%.60s\" follows", text);
	return (size_parse(text, &request->size, message) == 0) ? EXIT_DONE : output_fail_usage("%s", message);
}

static int read_alignment(char const *text, struct map_request *request)
{
	char message[SIZE_MESSAGE];

	if (size_parse_bytes(text, &request->alignment, message) != 0)
		return output_fail_usage("%s", message);
	if (request->alignment != 0 && (request->alignment & (request->alignment - 1)) == 0)
		return EXIT_DONE;
	return output_fail_usage("--alignment: \"%.60s\" is no power of two", text);
}

static int take(void *context, int option, char const *text)
{
	struct map_request *request = context;

	switch (option) {
	case OPTION_ARGUMENT:
		return read_size_of_map(text, request);
	case OPTION_ALIGNMENT:
		return read_alignment(text, request);
	case OPTION_SVG:
		request->svg = text;
		return EXIT_DONE;
	default:
		request->json = true;
		return EXIT_DONE;
	}
}

struct map_scale map_scale(struct cma_area const *area, uint64_t cells, uint64_t max_rows)
{
	struct map_scale scale = {.cells = cells, .cell = 1};

	while (area->bits > scale.cells * scale.cell * max_rows)
		scale.cell *= 2;
	scale.rows = (area->bits + scale.cells * scale.cell - 1) / (scale.cells * scale.cell);
	return scale;
}

enum map_state map_state(struct cma_area const *area, struct map_scale const *scale, uint64_t cell)
{
	uint64_t first = cell * scale->cell, count = scale->cell, used;
	uint64_t largest = area->largest_at / area->granule, end = largest + area->largest / area->granule;

	if (first >= area->bits)
		return MAP_OUTSIDE;
	if (count > area->bits - first)
		count = area->bits - first;
	used = cma_used(area, first, count);
	if (used == count)
		return MAP_USED;
	if (used > 0)
		return MAP_PART;
	return (first < end && first + count > largest) ? MAP_LARGEST : MAP_FREE;
}

/* Return the largest power of two that fits the columns: addresses at the left are round then. */
static uint64_t choose_cells(void)
{
	uint64_t cells = MAX_CELLS;

	while (cells > 4 && cells + ADDRESS_COLUMNS > (uint64_t)output_width())
		cells /= 2;
	return cells;
}

static void print_picture(struct cma_area const *area)
{
	/* In the order of enum map_state. */
	static char const signs[] = {'#', '+', '.', '=', ' '};
	struct map_scale scale = map_scale(area, choose_cells(), 16);
	char size[SIZE_TEXT];

	for (uint64_t row = 0; row < scale.rows; row++) {
		char text[MAX_CELLS + 1] = "";

		for (uint64_t i = 0; i < scale.cells; i++)
			text[i] = signs[map_state(area, &scale, row * scale.cells + i)];
		printf("%#13" PRIx64 " %.*s\n", area->base + row * scale.cells * scale.cell * area->granule, (int)scale.cells,
			text);
	}
	output_wrapped("  ", "# used, + used in part, . free, = free and in the largest run");
	printf("  one sign: %s\n", size_text(scale.cell * area->granule, size));
}

static void print_counters(struct cma_area const *area)
{
	char text[160];

	if (!area->has_counters)
		return;
	snprintf(text, sizeof(text), "since boot: %" PRIu64 " pages allocated, %" PRIu64 " not available when asked for",
		area->allocated_pages, area->failed_pages);
	output_wrapped("  ", text);
}

static void print_fit(struct cma_area const *area, struct map_request const *request)
{
	uint64_t count = cma_fit(area, request->size, request->alignment);
	char text[200], size[SIZE_TEXT];

	if (count > 0)
		snprintf(text, sizeof(text), "a buffer of %s fits %" PRIu64 " time%s, the next one fails",
			size_text(request->size, size), count, count == 1 ? "" : "s");
	else
		snprintf(text, sizeof(text), "a buffer of %s does not fit%s", size_text(request->size, size),
			(area->largest >= request->size)    ? ": no free run has a place with its alignment"
				: (area->free >= request->size) ? ": the free memory is fragmented"
												: "");
	output_wrapped("  ", text);
}

static void print_area(struct cma_area const *area, struct map_request const *request)
{
	char text[320], size[3][SIZE_TEXT];

	if (!area->bitmap) {
		snprintf(text, sizeof(text), "%s%s%s", area->name, area->size ? ": " : "",
			area->size ? size_text(area->size, size[0]) : "");
		output_wrapped("", text);
		print_counters(area);
		return;
	}
	snprintf(text, sizeof(text), "%s: %s, %s free in %" PRIu64 " run%s, the largest %s at %#" PRIx64, area->name,
		size_text(area->size, size[0]), size_text(area->free, size[1]), area->runs, area->runs == 1 ? "" : "s",
		size_text(area->largest, size[2]), area->base + area->largest_at);
	output_wrapped("", text);
	print_picture(area);
	print_counters(area);
	if (request->size != 0)
		print_fit(area, request);
}

static int print_text(struct cma const *cma, struct map_request const *request)
{
	char size[2][SIZE_TEXT];

	if (cma->has_total)
		printf("CMA: %s, %s free\n", size_text(cma->total, size[0]), size_text(cma->free, size[1]));
	for (size_t i = 0; i < cma->count; i++)
		print_area(&cma->areas[i], request);
	return output_flush();
}

/* Is there an area whose bitmap can be read? */
static bool has_bitmap(struct cma const *cma)
{
	for (size_t i = 0; i < cma->count; i++)
		if (cma->areas[i].bitmap)
			return true;
	return false;
}

/* Explain why there is no picture. Returns the exit code. */
static int explain(struct cma const *cma, struct map_request const *request)
{
	char const *reason = cma->error ? strerror(cma->error) : "no bitmap";

	if (!cma->has_total && cma->count == 0)
		return output_fail(EXIT_FAILED,
			"this kernel has no CMA area, or /proc/meminfo and /sys are hidden: boot with "
			"cma=256M, or see linux,cma in the device tree");
	for (size_t i = 0; i < cma->count; i++)
		if (cma->areas[i].has_ranges)
			reason = "an area has several ranges";
	if (request->svg || request->size != 0)
		return output_fail(EXIT_FAILED, "the free runs are unknown: /sys/kernel/debug/cma: %s; " ADVICE, reason);
	output_note("no picture: /sys/kernel/debug/cma: %s; " ADVICE, reason);
	return EXIT_DONE;
}

int run_map(struct command const *command, int argc, char **argv)
{
	struct map_request request = {.size = 0};
	struct cma cma;
	int code = read_options(command, argc, argv, take, &request);

	if (code != 0)
		return code - 1;
	cma_read(&cma);
	code = has_bitmap(&cma) ? EXIT_DONE : explain(&cma, &request);
	if (code == EXIT_DONE)
		code = request.json ? map_print_json(&cma, &request) : print_text(&cma, &request);
	if (code == EXIT_DONE && request.svg)
		code = map_draw(&cma, request.svg);
	cma_free(&cma);
	return code;
}
