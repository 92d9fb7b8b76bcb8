/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The version of the JSON schema; raised if a member changes its meaning or is removed. */
#define SCHEMA 1

/* Of text, on any terminal. */
#define MAX_WIDTH 79

static char const *command;

void output_set_command(char const *name)
{
	command = name;
}

/* Replace control characters, which arguments and paths may contain: they would break the line or the terminal. */
static char *printable(char *text)
{
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return text;
}

void output_printable(char *text)
{
	for (char *c = text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static void __attribute__((format(printf, 2, 0))) print_line(char const *prefix, char const *format, va_list arguments)
{
	char text[4096];

	vsnprintf(text, sizeof(text), format, arguments);
	fprintf(stderr, "imxdmabuffer: %s%s%s%s\n", command ? command : "", command ? ": " : "", prefix, printable(text));
}

int output_fail(int code, char const *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("", format, arguments);
	va_end(arguments);
	return code;
}

int output_fail_usage(char const *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (command)
		return output_fail(EXIT_USAGE, "%s; see imxdmabuffer %s --help", text, command);
	return output_fail(EXIT_USAGE, "%s; see imxdmabuffer --help", text);
}

void output_note(char const *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("note: ", format, arguments);
	va_end(arguments);
}

int output_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	return output_fail(EXIT_FAILED, "standard output cannot be written: %s", strerror(errno));
}

int output_json(json_object *document)
{
	char const *text = json_object_to_json_string_ext(document,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text) {
		json_object_put(document);
		return output_fail(EXIT_FAILED, "out of memory for the JSON document");
	}
	puts(text);
	json_object_put(document);
	return output_flush();
}

/* Return the length of the UTF-8 character at `text` in bytes; 0 if the bytes are not UTF-8. */
static size_t utf8_length(char const *text)
{
	unsigned char const *c = (unsigned char const *)text;
	size_t length = (c[0] < 0x80) ? 1 : (c[0] >= 0xc2 && c[0] < 0xe0) ? 2 : (c[0] >> 4 == 0xe) ? 3 : 4;

	if (length == 4 && (c[0] < 0xf0 || c[0] > 0xf4))
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates and values above U+10FFFF. */
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf0 && c[1] < 0x90) ||
		(c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return length;
}

json_object *json_text(char const *text)
{
	static char const replacement[] = "\xef\xbf\xbd";
	json_object *result = NULL;
	size_t used = 0;
	/* A byte becomes at most three. */
	char *clean = text ? malloc(strlen(text) * 3 + 1) : NULL;

	while (clean && *text != '\0') {
		size_t length = utf8_length(text);

		memcpy(clean + used, (length > 0) ? text : replacement, (length > 0) ? length : 3);
		used += (length > 0) ? length : 3;
		text += (length > 0) ? length : 1;
	}
	if (clean)
		result = json_object_new_string_len(clean, (int)used);
	free(clean);
	return result;
}

json_object *json_text_or_null(char const *text)
{
	return (text[0] != '\0') ? json_text(text) : NULL;
}

json_object *json_tristate(ImxDmaBufferTristate value)
{
	return (value != IMX_DMA_BUFFER_TRISTATE_UNKNOWN) ? json_object_new_boolean(value == IMX_DMA_BUFFER_TRISTATE_YES)
													  : NULL;
}

json_object *json_document(void)
{
	json_object *document = json_object_new_object();

	json_object_object_add(document, "schema", json_object_new_int(SCHEMA));
	return document;
}

int output_width(void)
{
	struct winsize window = {.ws_col = 0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_col > MAX_WIDTH)
		return MAX_WIDTH;
	return window.ws_col > 2 ? window.ws_col - 1 : 1;
}

void output_wrapped_to(FILE *stream, char const *first, char const *text)
{
	size_t indent = strlen(first), column = indent, width = (size_t)output_width();

	fputs(first, stream);
	while (*text != '\0') {
		size_t length = strcspn(text, " \n");

		if (column > indent && column + 1 + length > width) {
			fprintf(stream, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', stream);
			column++;
		}
		for (size_t i = 0; i < length; i++)
			fputc(((unsigned char)text[i] < ' ' || text[i] == 0x7f) ? '?' : text[i], stream);
		column += length;
		text += length;
		text += strspn(text, " \n");
	}
	fputc('\n', stream);
}

void output_wrapped(char const *first, char const *text)
{
	output_wrapped_to(stdout, first, text);
}

void table_measure(struct table *table, struct row const *row)
{
	for (int i = 0; i < table->columns; i++) {
		int width = (int)strlen(row->cell[i]);

		if (width > table->widths[i])
			table->widths[i] = width;
	}
}

void table_print(struct table const *table, struct row const *row)
{
	struct row copy = *row;

	for (int i = 0; i < table->columns; i++) {
		bool last = i + 1 == table->columns;

		printf("%-*s%s", last ? 0 : table->widths[i], printable(copy.cell[i]), last ? "\n" : "  ");
	}
}

char const *output_tristate(ImxDmaBufferTristate value)
{
	return (value == IMX_DMA_BUFFER_TRISTATE_YES) ? "yes" : (value == IMX_DMA_BUFFER_TRISTATE_NO) ? "no" : "unknown";
}

char const *output_errno_name(int code)
{
#if defined(HAVE_STRERRORNAME_NP)
	return strerrorname_np(code);
#else
	(void)code;
	return NULL;
#endif
}
