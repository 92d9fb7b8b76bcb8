/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Output of the commands: error lines, tables and JSON.
 */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <json.h>
#include <stddef.h>
#include <stdio.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* Exit codes of the program. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_UNUSABLE = 3, EXIT_FAULT = 4 };

/* Return the number of columns for text: 79, or less on a narrower terminal. */
int output_width(void);

#define OUTPUT_PRINTF(place) __attribute__((format(printf, place, place + 1)))

/* Set the command's name for error lines. Static text. */
void output_set_command(char const *name);

/* Print "imxdmabuffer: COMMAND: ..." on standard error, always as one line. Returns code. */
int output_fail(int code, char const *format, ...) OUTPUT_PRINTF(2);

/* Print an error line about wrong usage that refers to --help. Returns EXIT_USAGE. */
int output_fail_usage(char const *format, ...) OUTPUT_PRINTF(1);

/* Print a note on standard error; it is not an error. */
void output_note(char const *format, ...) OUTPUT_PRINTF(1);

/*
 * Replace all bytes that are not printable ASCII: control characters, and what a terminal may take for some. For names
 * that other programs have chosen.
 */
void output_printable(char *text);

/* Flush standard output. Returns EXIT_DONE, or EXIT_FAILED after an error line. */
int output_flush(void);

/* Print the document and free it. */
int output_json(json_object *document);

/* Return a JSON string, null for NULL. Bytes that are not UTF-8 are replaced, because JSON cannot hold them. */
json_object *json_text(char const *text);

/* As json_text(), but null also for "". */
json_object *json_text_or_null(char const *text);

/* Return true, false, or null for unknown. */
json_object *json_tristate(ImxDmaBufferTristate value);

/* Return a document that begins with the version of its schema. */
json_object *json_document(void);

/* Print text after `first`, wrapped between words; further lines are indented to the first word. */
void output_wrapped(char const *first, char const *text);
void output_wrapped_to(FILE *stream, char const *first, char const *text);

/* A table is printed row by row, after all rows have been measured. The last column is not padded. */
#define TABLE_COLUMNS 7

struct row {
	char cell[TABLE_COLUMNS][64];
};

struct table {
	int columns;
	int widths[TABLE_COLUMNS];
};

/* Widen the columns to fit this row. */
void table_measure(struct table *table, struct row const *row);

void table_print(struct table const *table, struct row const *row);

/* Return "yes", "no" or "unknown". */
char const *output_tristate(ImxDmaBufferTristate value);

/* Return a name such as "ENOENT", or NULL if the C library has no names. */
char const *output_errno_name(int code);

#endif /* TOOLS_OUTPUT_H */
