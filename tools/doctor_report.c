/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The doctor's report as text or JSON.
 */
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "output.h"

static void print_finding(struct finding const *finding, size_t number)
{
	struct doctor_text const *text = &doctor_texts[finding->kind];
	char head[32];

	snprintf(head, sizeof(head), "%zu. %s: ", number, text->is_error ? "error" : "warning");
	putchar('\n');
	output_wrapped(head, text->title);
	output_wrapped("   evidence: ", finding->evidence);
	output_wrapped("   remedy:   ", text->remedy);
}

static void print_text(struct report const *report)
{
	char name[24], head[32];

	for (size_t i = 0; i < report->fact_count; i++) {
		bool again = i > 0 && strcmp(report->facts[i].name, report->facts[i - 1].name) == 0;

		/* The name stands once before several lines. */
		snprintf(name, sizeof(name), "%s%s", again ? "" : report->facts[i].name, again ? "" : ":");
		snprintf(head, sizeof(head), "%-13s", name);
		output_wrapped(head, report->facts[i].text);
	}
	for (size_t i = 0; i < report->gap_count; i++)
		output_wrapped("not seen:    ", report->gaps[i]);
	for (size_t i = 0; i < report->finding_count; i++)
		print_finding(&report->findings[i], i + 1);
	if (report->finding_count == 0)
		puts("\nnothing is wrong");
}

static json_object *json_finding(struct finding const *finding)
{
	struct doctor_text const *text = &doctor_texts[finding->kind];
	json_object *entry = json_object_new_object();

	json_object_object_add(entry, "id", json_text(text->name));
	json_object_object_add(entry, "severity", json_text(text->is_error ? "error" : "warning"));
	json_object_object_add(entry, "title", json_text(text->title));
	json_object_object_add(entry, "evidence", json_text(finding->evidence));
	json_object_object_add(entry, "remedy", json_text(text->remedy));
	return entry;
}

static int print_json(struct report const *report)
{
	json_object *document = json_document(), *facts = json_object_new_array();
	json_object *findings = json_object_new_array(), *gaps = json_object_new_array();

	for (size_t i = 0; i < report->fact_count; i++) {
		json_object *fact = json_object_new_object();

		json_object_object_add(fact, "name", json_text(report->facts[i].name));
		json_object_object_add(fact, "value", json_text(report->facts[i].text));
		json_object_array_add(facts, fact);
	}
	for (size_t i = 0; i < report->finding_count; i++)
		json_object_array_add(findings, json_finding(&report->findings[i]));
	for (size_t i = 0; i < report->gap_count; i++)
		json_object_array_add(gaps, json_text(report->gaps[i]));
	json_object_object_add(document, "findings", findings);
	json_object_object_add(document, "facts", facts);
	json_object_object_add(document, "not_seen", gaps);
	return output_json(document);
}

int doctor_print(struct report const *report, bool json)
{
	if (json)
		return print_json(report);
	print_text(report);
	return output_flush();
}
