/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of imxdmabuffer bench: the time of a frame over its size, both logarithmic. Colours and letters stand for
 * allocators, dashes for the ways to get the memory.
 */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "svg.h"

#define WIDTH 1120
#define HEIGHT 640
#define LEFT 90.0
#define RIGHT 740.0
#define TOP 60.0
#define BOTTOM 560.0
#define LEGEND 790.0
#define TEXT_SIZE 13
#define SMALL 12
/* Lines of the legend, and letters beside each other, are this far apart. */
#define LINE 20.0
#define LETTER 12.0
/* Characters of a name that fit right of the legend's letter. */
#define NAME_WIDTH 34

#define GRID "#dddddd"
#define FRAME_COLOUR "#555555"

static struct way {
	enum bench_operation operation;
	char const *text, *dashes;
} const ways[] = {
	{BENCH_FRAME_NEW, "new buffer for each frame", ""},
	{BENCH_FRAME_POOL, "buffer from a pool", "9 5"},
	{BENCH_FRAME_MAPPED, "same buffer, mapped again", "2 4"},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static char const *const colours[] = {
	"#4477aa", "#cc3311", "#228833", "#aa3377", "#bb7700", "#0099aa", "#7755cc", "#000000"};

#define COLOURS (sizeof(colours) / sizeof(colours[0]))

/* A letter at the end of a curve. */
struct letter {
	double x, y;
	size_t allocator;
};

struct plot {
	struct svg svg;
	struct bench const *bench;
	/* Powers of ten in ns at the bottom and at the top. */
	int lowest, highest;
	struct letter letters[BENCH_ALLOCATORS * WAYS];
	size_t letter_count;
};

static char const *colour_of(size_t allocator)
{
	return colours[allocator % COLOURS];
}

/* Return the powers of ten around all values. */
static void find_range(struct plot *plot)
{
	struct bench const *bench = plot->bench;
	double low = INFINITY, high = 0;

	for (size_t i = 0; i < bench->allocator_count; i++) {
		for (size_t size = 0; size < bench->allocators[i].skipped_from; size++) {
			for (size_t way = 0; way < WAYS; way++) {
				double time = bench->allocators[i].values[size][ways[way].operation].median;

				low = fmin(low, time);
				high = fmax(high, time);
			}
		}
	}
	plot->lowest = (high > 0) ? (int)floor(log10(fmax(low, 1))) : 3;
	plot->highest = (high > 0) ? (int)ceil(log10(high)) : 6;
	if (plot->highest <= plot->lowest)
		plot->highest = plot->lowest + 1;
}

static double place_size(struct plot const *plot, size_t size)
{
	double first = log2((double)plot->bench->sizes[0]);
	double last = log2((double)plot->bench->sizes[plot->bench->size_count - 1]);

	return LEFT + 20 + (RIGHT - LEFT - 40) * (log2((double)plot->bench->sizes[size]) - first) / (last - first);
}

static double place_time(struct plot const *plot, double time)
{
	double part = (log10(fmax(time, 1)) - plot->lowest) / (plot->highest - plot->lowest);

	return BOTTOM - (BOTTOM - TOP) * part;
}

/* Write a power of ten in ns with its unit. */
static char const *write_power(char text[16], int power)
{
	static char const *const units[] = {"ns", "us", "ms", "s"};
	int unit = (power < 9) ? power / 3 : 3;

	snprintf(text, 16, "%.0f %s", pow(10, power - 3 * unit), units[unit]);
	return text;
}

static void draw_axes(struct plot *plot)
{
	struct svg *svg = &plot->svg;
	char text[16];

	for (int power = plot->lowest; power <= plot->highest; power++) {
		double y = place_time(plot, pow(10, power));

		svg_line(svg, LEFT, y, RIGHT, y, 1, GRID);
		svg_label(svg, LEFT - 8, y + 4, SMALL, SVG_RIGHT, write_power(text, power));
	}
	for (size_t i = 0; i < plot->bench->size_count; i++) {
		size_t size = plot->bench->sizes[i];
		double x = place_size(plot, i);

		svg_line(svg, x, TOP, x, BOTTOM, 1, GRID);
		snprintf(text, sizeof(text), (size < 1 << 20) ? "%zu KiB" : "%zu MiB",
			(size < 1 << 20) ? size >> 10 : size >> 20);
		svg_label(svg, x, BOTTOM + 18, SMALL, SVG_MIDDLE, text);
	}
	svg_line(svg, LEFT, TOP, LEFT, BOTTOM, 1.5, FRAME_COLOUR);
	svg_line(svg, LEFT, BOTTOM, RIGHT, BOTTOM, 1.5, FRAME_COLOUR);
	svg_label(svg, (LEFT + RIGHT) / 2, BOTTOM + 45, TEXT_SIZE, SVG_MIDDLE, "size of the buffer");
	svg_upright_label(svg, 24, (TOP + BOTTOM) / 2, TEXT_SIZE, "time of a frame (median)");
}

static void draw_curve(struct plot *plot, size_t index, struct way const *way)
{
	struct bench_allocator const *allocator = &plot->bench->allocators[index];
	double points[BENCH_SIZES][2];
	size_t count = allocator->skipped_from;

	if (count == 0)
		return;
	for (size_t size = 0; size < count; size++) {
		points[size][0] = place_size(plot, size);
		points[size][1] = place_time(plot, allocator->values[size][way->operation].median);
		svg_dot(&plot->svg, points[size][0], points[size][1], 3, colour_of(index));
	}
	svg_curve(&plot->svg, (double const(*)[2])points, count, colour_of(index), way->dashes);
	plot->letters[plot->letter_count++] = (struct letter){points[count - 1][0], points[count - 1][1], index};
}

/* Order the letters from left to right, and from the bottom up. */
static void sort_letters(struct plot *plot)
{
	for (size_t i = 1; i < plot->letter_count; i++) {
		struct letter letter = plot->letters[i];
		size_t place = i;

		for (; place > 0; place--) {
			struct letter const *other = &plot->letters[place - 1];

			if (other->x < letter.x || (other->x == letter.x && other->y >= letter.y))
				break;
			plot->letters[place] = *other;
		}
		plot->letters[place] = letter;
	}
}

/* Move letters at the ends of curves apart: up, and down again where there is no room. BENCH_ALLOCATORS have room. */
static void spread_letters(struct plot *plot)
{
	struct letter *letters = plot->letters;

	for (size_t i = 1; i < plot->letter_count; i++)
		if (letters[i].x == letters[i - 1].x)
			letters[i].y = fmin(letters[i].y, letters[i - 1].y - LETTER);
	for (size_t i = plot->letter_count; i-- > 0;) {
		bool is_top = i + 1 == plot->letter_count || letters[i].x != letters[i + 1].x;

		letters[i].y = fmax(letters[i].y, is_top ? LETTER : letters[i + 1].y + LETTER);
	}
}

static void draw_letters(struct plot *plot)
{
	sort_letters(plot);
	spread_letters(plot);
	for (size_t i = 0; i < plot->letter_count; i++) {
		struct letter const *letter = &plot->letters[i];
		char text[2] = {(char)('A' + letter->allocator)};

		svg_label(&plot->svg, letter->x + 7, letter->y + 4, SMALL, SVG_LEFT, text);
	}
}

static void draw_legend(struct plot *plot)
{
	double y = TOP + 10;

	for (size_t way = 0; way < WAYS; way++, y += LINE) {
		double const line[2][2] = {{LEGEND, y - 4}, {LEGEND + 40, y - 4}};

		svg_curve(&plot->svg, line, 2, FRAME_COLOUR, ways[way].dashes);
		svg_label(&plot->svg, LEGEND + 50, y, TEXT_SIZE, SVG_LEFT, ways[way].text);
	}
	y += LINE / 2;
	for (size_t i = 0; i < plot->bench->allocator_count; i++, y += LINE) {
		struct bench_allocator const *allocator = &plot->bench->allocators[i];
		char const *slash = strrchr(allocator->name, '/'), *name = slash ? slash + 1 : allocator->name;
		char text[NAME_WIDTH + 32];

		snprintf(text, sizeof(text), "%c  %.*s%s%s%s", (char)('A' + i), NAME_WIDTH - 14, name,
			(strlen(name) > NAME_WIDTH - 14) ? "..." : "", allocator->sync ? ", sync: " : "",
			allocator->sync ? allocator->sync : "");
		svg_rectangle(&plot->svg, LEGEND, y - 10, 14, 12, colour_of(i), allocator->name);
		svg_label(&plot->svg, LEGEND + 22, y, TEXT_SIZE, SVG_LEFT, text);
	}
}

int bench_plot(struct bench const *bench, char const *path)
{
	static char const title[] = "Frames: map, write all bytes, unmap";
	struct plot plot = {.bench = bench};

	if (svg_begin(&plot.svg, WIDTH, HEIGHT, title) != 0)
		return output_fail(EXIT_FAILED, "out of memory for the picture");
	find_range(&plot);
	svg_label(&plot.svg, (LEFT + RIGHT) / 2, 32, 16, SVG_MIDDLE, title);
	draw_axes(&plot);
	for (size_t i = 0; i < bench->allocator_count; i++)
		for (size_t way = 0; way < WAYS; way++)
			draw_curve(&plot, i, &ways[way]);
	draw_letters(&plot);
	draw_legend(&plot);
	if (bench->noisy)
		svg_label(&plot.svg, LEFT, BOTTOM + 68, SMALL, SVG_LEFT, "Other programs disturbed the measurement.");
	return svg_end(&plot.svg, path);
}
