/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "output.h"
#include "symbols.h"

static struct sim_text const *find_text(char const *name)
{
	struct sim_text const *text = sim_texts;

	while (text->name && name && strcmp(text->name, name) != 0)
		text++;
	return text;
}

static char const *get_text(json_object *object, char const *key)
{
	char const *text = json_object_get_string(json_object_object_get(object, key));

	return text ? text : "";
}

static int64_t get_number(json_object *object, char const *key)
{
	return json_object_get_int64(json_object_object_get(object, key));
}

/* Add the numbers of a process. */
static void add_numbers(json_object *report, json_object *line)
{
	static char const *const names[] = {"buffers", "cached_buffers", "untold_maps", "findings_cut"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int64_t sum = get_number(report, names[i]) + get_number(line, names[i]);

		json_object_object_add(report, names[i], json_object_new_int64(sum));
	}
}

/* A later line of the same finding has the final count. */
static void add_line(json_object *report, json_object *found, json_object *line)
{
	char key[96];

	if (!json_object_object_get(line, "kind")) {
		add_numbers(report, line);
		return;
	}
	snprintf(key, sizeof(key), "%" PRId64 "/%" PRId64 "/%" PRId64, get_number(line, "process"),
		get_number(line, "image"), get_number(line, "number"));
	json_object_object_del(line, "image");
	json_object_object_del(line, "number");
	json_object_object_add(found, key, json_object_get(line));
}

/* Names of programs and buffers may have bytes that JSON cannot hold. */
static void make_valid(json_object *object)
{
	json_object_object_foreach(object, key, value) if (json_object_is_type(value, json_type_string))
		json_object_object_add(object, key, json_text(json_object_get_string(value)));
}

static void add_place(json_object *place)
{
	for (size_t i = 0; place && i < json_object_array_length(place); i++)
		make_valid(json_object_array_get_idx(place, i));
	symbols_add(place);
}

static void add_findings(json_object *report, json_object *found)
{
	json_object *findings = json_object_object_get(report, "findings");
	json_object *remarks = json_object_object_get(report, "remarks");

	json_object_object_foreach(found, key, finding)
	{
		bool is_remark = find_text(get_text(finding, "kind"))->is_remark;

		(void)key;
		if (json_object_object_get(finding, "buffer"))
			make_valid(json_object_object_get(finding, "buffer"));
		add_place(json_object_object_get(finding, "place"));
		add_place(json_object_object_get(json_object_object_get(finding, "before"), "place"));
		json_object_array_add(is_remark ? remarks : findings, json_object_get(finding));
	}
	symbols_resolve();
}

json_object *sim_report_read(char const *path)
{
	json_object *report, *found;
	FILE *stream = fopen(path, "re");
	char *text = NULL;
	size_t room = 0, bad = 0;

	if (!stream) {
		output_fail(EXIT_FAILED, "the report %.200s cannot be read: %m", path);
		return NULL;
	}
	report = json_document();
	json_object_object_add(report, "findings", json_object_new_array());
	json_object_object_add(report, "remarks", json_object_new_array());
	found = json_object_new_object();
	/* A process that is ended while it writes may leave half a line. */
	while (getline(&text, &room, stream) > 0) {
		json_object *line = json_tokener_parse(text);

		if (json_object_is_type(line, json_type_object))
			add_line(report, found, line);
		else
			bad++;
		json_object_put(line);
	}
	if (bad > 0)
		output_note("findings that cannot be read: %zu; a process was ended while it wrote one", bad);
	free(text);
	fclose(stream);
	add_findings(report, found);
	json_object_put(found);
	return report;
}

size_t sim_report_findings(json_object *report)
{
	return json_object_array_length(json_object_object_get(report, "findings"));
}

/* The report as JSON has all of the place. */
static void print_place(char const *head, json_object *place, size_t most)
{
	size_t count = json_object_array_length(place), left = (count > most) ? count - most : 0;

	count -= left;
	if (count == 0)
		fprintf(stderr, "   %-7s an unknown place\n", head);
	for (size_t i = 0; i < count; i++) {
		char text[SYMBOLS_TEXT];

		symbols_write(json_object_array_get_idx(place, i), text);
		fprintf(stderr, "   %-7s %s\n", (i == 0) ? head : "", text);
	}
	if (left > 0)
		fprintf(stderr, "   %-7s and %zu more\n", "", left);
}

static void print_buffer(json_object *finding)
{
	json_object *buffer = json_object_object_get(finding, "buffer");
	char text[256], name[80] = "without a name";

	if (!buffer)
		return;
	if (get_text(buffer, "name")[0] != '\0')
		snprintf(name, sizeof(name), "\"%s\"", get_text(buffer, "name"));
	snprintf(text, sizeof(text), "%s, %" PRId64 " bytes of %s", name, get_number(buffer, "size"),
		get_text(buffer, "heap"));
	output_wrapped_to(stderr, "   buffer  ", text);
	if (get_number(finding, "end") > 0)
		fprintf(stderr, "   bytes   %" PRId64 " to %" PRId64 ": %" PRId64 " %s\n", get_number(finding, "begin"),
			get_number(finding, "end") - 1, get_number(finding, "lines"),
			(get_number(finding, "lines") == 1) ? "line" : "lines");
}

static void print_finding(size_t number, json_object *finding)
{
	struct sim_text const *text = find_text(get_text(finding, "kind"));
	json_object *before = json_object_object_get(finding, "before");
	bool is_traced = json_object_get_boolean(json_object_object_get(finding, "traced"));
	char head[16], title[512];
	int64_t times = get_number(finding, "times");

	snprintf(head, sizeof(head), "%-2zu ", number);
	snprintf(title, sizeof(title), "%s: %s", get_text(finding, "kind"), text->name ? text->fault : "");
	fputc('\n', stderr);
	output_wrapped_to(stderr, head, title);
	if (get_text(finding, "detail")[0] != '\0')
		output_wrapped_to(stderr, "           ", get_text(finding, "detail"));
	print_buffer(finding);
	if (times > 1)
		fprintf(stderr, "   times   %" PRId64 "\n", times);
	print_place("at", json_object_object_get(finding, "place"), 8);
	if (before) {
		fprintf(stderr, "   before  %s\n", get_text(before, "call"));
		print_place("", json_object_object_get(before, "place"), 4);
	}
	fprintf(stderr, "   found   by %s\n", is_traced ? "--trace-cpu" : "comparing memory and calls");
	if (text->name)
		output_wrapped_to(stderr, "   to do   ", text->remedy);
}

static void print_all(json_object *array, size_t first)
{
	for (size_t i = 0; i < json_object_array_length(array); i++)
		print_finding(first + i, json_object_array_get_idx(array, i));
}

void sim_report_print(json_object *report)
{
	json_object *findings = json_object_object_get(report, "findings");
	json_object *remarks = json_object_object_get(report, "remarks");
	size_t found = json_object_array_length(findings), remarked = json_object_array_length(remarks);

	print_all(findings, 1);
	print_all(remarks, found + 1);
	fprintf(stderr, "%simxdmabuffer: sim: findings: %zu, remarks: %zu, buffers: %" PRId64 ", cached: %" PRId64 "\n",
		(found + remarked > 0) ? "\n" : "", found, remarked, get_number(report, "buffers"),
		get_number(report, "cached_buffers"));
	if (get_number(report, "findings_cut") > 0)
		output_note("there were more findings than the simulator keeps: mend these, and try again");
	if (get_number(report, "untold_maps") > 0)
		output_note("the program called libimxdmabuffer in a way that the simulator does not see, such as dlsym(): its "
					"sessions were not checked");
	if (get_number(report, "buffers") > 0 && get_number(report, "cached_buffers") == 0)
		output_note("all memory was uncached: mistakes with caches do not show; use a board with a cached heap, such "
					"as imx8mp/mainline");
}
