/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of imxdmabuffer top.
 */
#ifndef TOOLS_TOP_H
#define TOOLS_TOP_H

#include <json.h>
#include <stdio.h>

#include "survey.h"

/* top_report.c: write the buffers, in the order of the survey, and the sums; lines have at most `width` columns. */
void top_print(struct survey const *survey, FILE *stream, int width);

/* top_report.c: write what the survey could not see, if anything. */
void top_print_gaps(struct survey const *survey, FILE *stream, int width);

/* top_report.c: add the same to a JSON document. */
void top_add_gaps(json_object *document, struct survey const *survey);

/* top_report.c: return a JSON object of a buffer. */
json_object *top_json_buffer(struct survey const *survey, struct dmabuf const *buffer);

/* top_report.c: print a JSON document. Returns an exit code. */
int top_print_json(struct survey const *survey);

/* top_diff.c: print the differences between two surveys, as text or JSON. seconds: between them. Returns an exit code.
 */
int top_print_difference(struct survey const *before, struct survey const *after, double seconds, bool json);

/*
 * top_screen.c: refresh a terminal each second until q is typed or a signal arrives. take: returns 0, or -1 with errno.
 * Returns 0, or -1 with errno, when the terminal is as before.
 */
int top_watch(int (*take)(void *context, struct survey *survey), void *context);

#endif /* TOOLS_TOP_H */
