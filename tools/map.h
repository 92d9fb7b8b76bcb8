/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of imxdmabuffer map.
 */
#ifndef TOOLS_MAP_H
#define TOOLS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cma.h"

/* The command line. size, alignment: 0 if not given. */
struct map_request {
	size_t size, alignment;
	char const *svg;
	bool json;
};

/* A picture of an area: rows of cells, of which each stands for `cell` bits. */
struct map_scale {
	uint64_t cells, rows, cell;
};

enum map_state { MAP_USED, MAP_PART, MAP_FREE, MAP_LARGEST, MAP_OUTSIDE };

/* map.c: return the scale for an area with this number of cells in a row. */
struct map_scale map_scale(struct cma_area const *area, uint64_t cells, uint64_t max_rows);

/* map.c: return the state of a cell; they are numbered row by row. */
enum map_state map_state(struct cma_area const *area, struct map_scale const *scale, uint64_t cell);

/* map_output.c: print a JSON document. Returns an exit code. */
int map_print_json(struct cma const *cma, struct map_request const *request);

/* map_output.c: draw the areas that have a bitmap into a file. Returns an exit code. */
int map_draw(struct cma const *cma, char const *path);

#endif /* TOOLS_MAP_H */
