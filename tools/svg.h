/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pictures in SVG 1.1. Coordinates are pixels from the top left corner.
 */
#ifndef TOOLS_SVG_H
#define TOOLS_SVG_H

#include <stddef.h>
#include <stdio.h>

struct svg {
	FILE *stream;
	char *text;
	size_t length;
};

enum svg_anchor { SVG_LEFT, SVG_MIDDLE, SVG_RIGHT };

/* Begin a picture on a white ground, with a title. Returns 0, or -1 without memory. */
int svg_begin(struct svg *svg, int width, int height, char const *title);

/* Draw a filled rectangle. fill: a colour such as "#4477aa". tip: shown under the pointer; NULL: none. */
void svg_rectangle(struct svg *svg, double x, double y, double width, double height, char const *fill, char const *tip);

/* Write one line of text; y is its base line. size: of the letters. */
void svg_label(struct svg *svg, double x, double y, int size, enum svg_anchor anchor, char const *text);

/* Write a text that runs upwards, centred at y; x is its base line. */
void svg_upright_label(struct svg *svg, double x, double y, int size, char const *text);

/* Draw a straight line of this width. */
void svg_line(struct svg *svg, double x1, double y1, double x2, double y2, double width, char const *colour);

/*
 * Draw a line through points. dashes: as stroke-dasharray, "" for none: lines must differ for those who see no colours.
 */
void svg_curve(struct svg *svg, double const (*points)[2], size_t count, char const *colour, char const *dashes);

/* Draw a dot. */
void svg_dot(struct svg *svg, double x, double y, double radius, char const *colour);

/* End the picture and write it to a file, see files_replace(). Returns an exit code. */
int svg_end(struct svg *svg, char const *path);

#endif /* TOOLS_SVG_H */
