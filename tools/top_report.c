/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A survey as text or JSON.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "size.h"
#include "top.h"

/* Columns before the holders. */
#define LEFT_COLUMNS 47
/* Holders get at least this number of columns, or lines of their own. */
#define HOLDER_COLUMNS 24

/* Write one line, cut to the width. */
static void __attribute__((format(printf, 3, 4))) put_line(FILE *stream, int width, char const *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fprintf(stream, "%.*s\n", width, text);
}

/* A line that is filled word by word. */
struct line {
	FILE *stream;
	int used, indent, width;
};

/* Write a word, on a new line if it does not fit. A comma may follow it. */
static void put_word(struct line *line, char const *word)
{
	int length = (int)strlen(word);

	if (line->used > line->indent && line->used + 2 + length >= line->width) {
		fprintf(line->stream, ",\n%*s", line->indent, "");
		line->used = line->indent;
	} else if (line->used > line->indent) {
		fputs(", ", line->stream);
		line->used += 2;
	}
	fprintf(line->stream, "%.*s", line->width > line->used ? line->width - line->used - 1 : 0, word);
	line->used += length;
}

static void print_holders(struct survey const *survey, struct dmabuf const *buffer, struct line *line)
{
	char word[128];
	uint64_t others = survey_others(buffer);

	for (size_t i = 0; i < buffer->count; i++) {
		struct holder const *holder = &buffer->holders[i];
		struct process const *process = &survey->processes[holder->process];
		int used = snprintf(word, sizeof(word), "%s[%d]", process->name, (int)process->pid);

		if (holder->descriptors > 0)
			used += snprintf(word + used, sizeof(word) - (size_t)used, " %u fd", holder->descriptors);
		if (holder->mappings > 0)
			snprintf(word + used, sizeof(word) - (size_t)used, " %u map", holder->mappings);
		put_word(line, word);
	}
	if (others > 0) {
		snprintf(word, sizeof(word), "%" PRIu64 " other", others);
		put_word(line, word);
	}
	fputc('\n', line->stream);
}

static void print_buffer(struct survey const *survey, struct dmabuf const *buffer, FILE *stream, int width)
{
	struct line line = {.stream = stream, .indent = LEFT_COLUMNS, .used = LEFT_COLUMNS, .width = width};
	char left[128], size[SIZE_TEXT];

	snprintf(left, sizeof(left), "%9s  %8" PRIu64 "  %-14.14s  %-9.9s", size_text(buffer->size, size), buffer->inode,
		buffer->exporter[0] ? buffer->exporter : "unknown", buffer->name[0] ? buffer->name : "-");
	if (width >= LEFT_COLUMNS + HOLDER_COLUMNS) {
		fprintf(stream, "%-*s", LEFT_COLUMNS, left);
	} else {
		fprintf(stream, "%.*s\n    ", width, left);
		line.indent = line.used = 4;
	}
	print_holders(survey, buffer, &line);
}

static int by_bytes(void const *a, void const *b)
{
	struct process const *one = a, *other = b;

	if (one->bytes != other->bytes)
		return (one->bytes < other->bytes) ? 1 : -1;
	return (one->pid > other->pid) - (one->pid < other->pid);
}

/* The sums of the processes, the largest first. */
static void print_processes(struct survey const *survey, FILE *stream, int width)
{
	struct process *sorted = malloc((survey->process_count + 1) * sizeof(*sorted));
	char size[SIZE_TEXT];

	if (!sorted)
		return;
	memcpy(sorted, survey->processes, survey->process_count * sizeof(*sorted));
	qsort(sorted, survey->process_count, sizeof(*sorted), by_bytes);
	fputc('\n', stream);
	put_line(stream, width, "     size  process");
	for (size_t i = 0; i < survey->process_count && sorted[i].buffers > 0; i++)
		put_line(stream, width, "%9s  %s[%d], %zu buffer%s", size_text(sorted[i].bytes, size), sorted[i].name,
			(int)sorted[i].pid, sorted[i].buffers, sorted[i].buffers == 1 ? "" : "s");
	free(sorted);
}

static void print_exporters(struct survey const *survey, FILE *stream, int width)
{
	char size[SIZE_TEXT];
	struct exporter exporter;

	fputc('\n', stream);
	put_line(stream, width, "     size  exporter");
	for (size_t i = 0; survey_exporter(survey, &i, &exporter);)
		put_line(stream, width, "%9s  %s, %zu buffer%s", size_text(exporter.bytes, size),
			exporter.name[0] ? exporter.name : "unknown", exporter.buffers, exporter.buffers == 1 ? "" : "s");
}

void top_print_gaps(struct survey const *survey, FILE *stream, int width)
{
	if (survey->unreadable > 0)
		put_line(stream, width, "%zu process%s cannot be read: %s", survey->unreadable,
			survey->unreadable == 1 ? "" : "es",
			geteuid() == 0 ? "the kernel refuses it, as in some containers" : "run this as root");
	if (survey->hides)
		put_line(stream, width, "/proc hides other users' processes (hidepid): run this as root");
	if (survey->indistinct > 0)
		put_line(stream, width, "%zu descriptors of DMA-BUFs that this kernel does not tell apart", survey->indistinct);
}

void top_print(struct survey const *survey, FILE *stream, int width)
{
	size_t holding = 0;
	char size[SIZE_TEXT];

	for (size_t i = 0; i < survey->process_count; i++)
		holding += survey->processes[i].buffers > 0;
	put_line(stream, width, "%zu DMA-BUF%s, %s, in %zu process%s", survey->count, survey->count == 1 ? "" : "s",
		size_text(survey_bytes(survey), size), holding, holding == 1 ? "" : "es");
	top_print_gaps(survey, stream, width);
	if (survey->count == 0)
		return;
	fputc('\n', stream);
	put_line(stream, width, "     size     inode  exporter        name      holders");
	for (size_t i = 0; i < survey->count; i++)
		print_buffer(survey, &survey->buffers[i], stream, width);
	print_processes(survey, stream, width);
	print_exporters(survey, stream, width);
}

static json_object *json_holders(struct survey const *survey, struct dmabuf const *buffer)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < buffer->count; i++) {
		struct holder const *holder = &buffer->holders[i];
		struct process const *process = &survey->processes[holder->process];
		json_object *entry = json_object_new_object();

		json_object_object_add(entry, "pid", json_object_new_int(process->pid));
		json_object_object_add(entry, "process", json_text(process->name));
		json_object_object_add(entry, "descriptors", json_object_new_int64(holder->descriptors));
		json_object_object_add(entry, "mappings", json_object_new_int64(holder->mappings));
		json_object_array_add(array, entry);
	}
	return array;
}

json_object *top_json_buffer(struct survey const *survey, struct dmabuf const *buffer)
{
	json_object *entry = json_object_new_object();
	bool counted = buffer->references > 0;

	json_object_object_add(entry, "inode", json_object_new_int64((int64_t)buffer->inode));
	json_object_object_add(entry, "size", json_object_new_int64((int64_t)buffer->size));
	json_object_object_add(entry, "exporter", json_text_or_null(buffer->exporter));
	json_object_object_add(entry, "name", json_text_or_null(buffer->name));
	json_object_object_add(entry, "other_references",
		counted ? json_object_new_int64((int64_t)survey_others(buffer)) : NULL);
	json_object_object_add(entry, "holders", json_holders(survey, buffer));
	return entry;
}

void top_add_gaps(json_object *document, struct survey const *survey)
{
	json_object_object_add(document, "unreadable_processes", json_object_new_int64((int64_t)survey->unreadable));
	json_object_object_add(document, "hidden_processes", json_object_new_boolean(survey->hides));
	json_object_object_add(document, "indistinct_descriptors", json_object_new_int64((int64_t)survey->indistinct));
}

int top_print_json(struct survey const *survey)
{
	json_object *document = json_document(), *array = json_object_new_array();

	for (size_t i = 0; i < survey->count; i++)
		json_object_array_add(array, top_json_buffer(survey, &survey->buffers[i]));
	json_object_object_add(document, "buffers", array);
	json_object_object_add(document, "bytes", json_object_new_int64((int64_t)survey_bytes(survey)));
	top_add_gaps(document, survey);
	return output_json(document);
}
