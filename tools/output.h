/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the subcommands print: errors of one line, tables and JSON.
 */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <json.h>
#include <stddef.h>

#include "imxdmabuffer/imxdmabuffer_ext.h"

/* Exit codes of the program. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_UNUSABLE = 3 };

/* Columns that text is wrapped to. */
#define OUTPUT_WIDTH 96

#define OUTPUT_PRINTF(place) __attribute__((format(printf, place, place + 1)))

/* The subcommand that error lines name; NULL before it is known. Static text. */
void output_set_command(char const *name);

/* Prints "imxdmabuffer: COMMAND: ..." on standard error, always as one line, and returns code. */
int output_fail(int code, char const *format, ...) OUTPUT_PRINTF(2);

/* Wrong usage: the same, and where to read more. */
int output_fail_usage(char const *format, ...) OUTPUT_PRINTF(1);

/* Something to know that is no failure, on standard error. */
void output_note(char const *format, ...) OUTPUT_PRINTF(1);

/* Writes out what stdout holds. Returns EXIT_DONE, or EXIT_FAILED with an error line. */
int output_flush(void);

/* Prints the document and frees it. */
int output_json(json_object *document);

/* A string, null for NULL; bytes that are no UTF-8 are replaced, because JSON cannot hold them. */
json_object *json_text(char const *text);

/* A document that begins with the version of its form. */
json_object *json_document(void);

/* Prints text with `first` before it, broken between words; further lines begin in the column of the first word. */
void output_wrapped(char const *first, char const *text);

/* A table is printed row by row, after all rows have been measured. The last column is not padded. */
#define TABLE_COLUMNS 8

struct row {
	char cell[TABLE_COLUMNS][256];
};

struct table {
	int columns;
	int widths[TABLE_COLUMNS];
};

/* Widens the columns so that this row fits. */
void table_measure(struct table *table, struct row const *row);

void table_print(struct table const *table, struct row const *row);

/* "yes", "no" or "unknown". */
char const *output_answer(ImxDmaBufferAnswer answer);

/* "ENOENT", or NULL where the C library does not tell. */
char const *output_errno_name(int code);

#endif /* TOOLS_OUTPUT_H */
