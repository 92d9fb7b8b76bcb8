/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The results of imxdmabuffer bench as text and JSON.
 */
#include "bench.h"

#include <stdio.h>

#include "output.h"

#define LABEL_WIDTH 21
#define VALUE_WIDTH 7

/* Write a time of three digits with its unit, such as "1.25us". */
static char const *write_time(char text[16], double nanoseconds)
{
	static char const *const units[] = {"ns", "us", "ms", "s"};
	double value = nanoseconds;
	int unit = 0;

	/* 999.5 would be printed as 1000. */
	for (; value >= 999.5 && unit < 3; unit++)
		value /= 1000;
	snprintf(text, 16,
		(value >= 99.95 || unit == 0) ? "%.0f%s"
			: (value >= 9.995)        ? "%.1f%s"
									  : "%.2f%s",
		value, units[unit]);
	return text;
}

char const *bench_write_size(char text[16], size_t size)
{
	snprintf(text, 16, (size < 1 << 20) ? "%zuK" : "%zuM", (size < 1 << 20) ? size >> 10 : size >> 20);
	return text;
}

static void print_head(struct bench const *bench)
{
	char text[16];

	printf("%-*s", LABEL_WIDTH, "");
	for (size_t i = 0; i < bench->size_count; i++)
		printf("%*s", VALUE_WIDTH, bench_write_size(text, bench->sizes[i]));
	putchar('\n');
}

static void print_row(struct bench const *bench, struct bench_allocator const *allocator, int operation)
{
	printf("%-*s", LABEL_WIDTH, bench_operations[operation].label);
	for (size_t i = 0; i < bench->size_count; i++) {
		struct bench_value const *value = &allocator->values[i][operation];
		char text[16] = "-";

		if (value->repetitions > 0 && bench_operations[operation].is_speed)
			snprintf(text, sizeof(text), "%.0f", value->median);
		else if (value->repetitions > 0)
			write_time(text, value->median);
		printf("%*s", VALUE_WIDTH, text);
	}
	putchar('\n');
}

/* Print what belongs to all values of an allocator. */
static void print_properties(struct bench_allocator const *allocator)
{
	static char const *const kinds[] = {[IMX_DMA_BUFFER_TRISTATE_UNKNOWN] = "cached or uncached",
		[IMX_DMA_BUFFER_TRISTATE_NO] = "uncached",
		[IMX_DMA_BUFFER_TRISTATE_YES] = "cached"};
	bool no_address = allocator->flags & IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS;
	char text[256];

	output_wrapped("allocator: ", allocator->name);
	snprintf(text, sizeof(text), "%s memory, coherency %s%s%s%s", kinds[allocator->info.cached],
		imx_dma_buffer_coherency_name(allocator->coherency), allocator->sync ? ", sync: " : "",
		allocator->sync ? allocator->sync : "",
		no_address ? "; allocated without looking for the physical address" : "");
	output_wrapped("  ", text);
}

static void print_allocator(struct bench const *bench, struct bench_allocator const *allocator)
{
	char text[BENCH_REASON + 64], from[16];

	print_properties(allocator);
	if (allocator->skipped_from > 0)
		print_head(bench);
	for (int operation = 0; allocator->skipped_from > 0 && operation < BENCH_OPERATIONS; operation++)
		print_row(bench, allocator, operation);
	if (allocator->reason[0] != '\0') {
		snprintf(text, sizeof(text), "%s from %s on: %s", allocator->failed ? "failed" : "not measured",
			bench_write_size(from, bench->sizes[allocator->skipped_from]), allocator->reason);
		output_wrapped("  ", text);
	}
	putchar('\n');
}

int bench_print_text(struct bench const *bench)
{
	char median[16], p95[16], text[256];

	for (size_t i = 0; i < bench->allocator_count; i++)
		print_allocator(bench, &bench->allocators[i]);
	output_wrapped("",
		"Values are medians. A frame is a map for writing, a write to all bytes, and an unmap; with a new "
		"buffer or a pool, allocating and freeing come on top. A sync session is a start and a stop.");
	if (bench->unusable[0] != '\0') {
		snprintf(text, sizeof(text), "%s; imxdmabuffer list shows why", bench->unusable);
		output_wrapped("Not usable: ", text);
	}
	if (bench->noisy) {
		snprintf(text, sizeof(text),
			"other programs disturbed the results: a fixed loop took %s, but %s in one of 20 runs",
			write_time(median, bench->control.median), write_time(p95, bench->control.p95));
		output_wrapped("Note: ", text);
	}
	return output_flush();
}

static json_object *json_size(size_t size)
{
	return json_object_new_int64((int64_t)size);
}

/* Without digits that mean nothing. */
static json_object *json_number(double value)
{
	char text[64];

	snprintf(text, sizeof(text), "%.1f", value);
	return json_object_new_double_s(value, text);
}

static void add_value(json_object *entry, struct bench_value const *value)
{
	json_object_object_add(entry, "median", json_number(value->median));
	json_object_object_add(entry, "p5", json_number(value->p5));
	json_object_object_add(entry, "p95", json_number(value->p95));
	json_object_object_add(entry, "repetitions", json_size(value->repetitions));
}

static json_object *json_allocator(struct bench const *bench, struct bench_allocator const *allocator)
{
	bool has_address = !(allocator->flags & IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS);
	bool skipped = allocator->reason[0] != '\0';
	json_object *entry = json_object_new_object();

	json_object_object_add(entry, "name", json_text(allocator->name));
	json_object_object_add(entry, "sync", json_text(allocator->sync));
	json_object_object_add(entry, "cached", json_tristate(allocator->info.cached));
	json_object_object_add(entry, "coherency", json_text(imx_dma_buffer_coherency_name(allocator->coherency)));
	json_object_object_add(entry, "with_physical_address", json_object_new_boolean(has_address));
	json_object_object_add(entry, "failed", json_object_new_boolean(allocator->failed));
	json_object_object_add(entry, "skipped_from", skipped ? json_size(bench->sizes[allocator->skipped_from]) : NULL);
	json_object_object_add(entry, "skipped_reason", skipped ? json_text(allocator->reason) : NULL);
	return entry;
}

static json_object *json_point(struct bench const *bench, struct bench_allocator const *allocator, size_t size,
	int operation)
{
	struct bench_operation_text const *text = &bench_operations[operation];
	json_object *entry = json_object_new_object();

	json_object_object_add(entry, "allocator", json_text(allocator->name));
	json_object_object_add(entry, "sync", json_text(allocator->sync));
	json_object_object_add(entry, "size", json_size(bench->sizes[size]));
	json_object_object_add(entry, "operation", json_text(text->name));
	json_object_object_add(entry, "unit", json_text(text->is_speed ? "MiB/s" : "ns"));
	add_value(entry, &allocator->values[size][operation]);
	return entry;
}

int bench_print_json(struct bench const *bench)
{
	json_object *document = json_document(), *allocators = json_object_new_array();
	json_object *points = json_object_new_array(), *control = json_object_new_object();

	for (size_t i = 0; i < bench->allocator_count; i++) {
		struct bench_allocator const *allocator = &bench->allocators[i];

		json_object_array_add(allocators, json_allocator(bench, allocator));
		for (int operation = 0; operation < BENCH_OPERATIONS; operation++)
			for (size_t size = 0; size < allocator->skipped_from; size++)
				json_object_array_add(points, json_point(bench, allocator, size, operation));
	}
	add_value(control, &bench->control);
	json_object_object_add(document, "quick", json_object_new_boolean(bench->quick));
	json_object_object_add(document, "noisy", json_object_new_boolean(bench->noisy));
	json_object_object_add(document, "control", control);
	json_object_object_add(document, "unusable", json_text_or_null(bench->unusable));
	json_object_object_add(document, "allocators", allocators);
	json_object_object_add(document, "points", points);
	return output_json(document);
}
